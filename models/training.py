"""One training loop for all models: a budget in minutes, resumable, its curve on disk.

Examples come from `models.shards`, committed weights from `models.weights`.
"""

import argparse
import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint.npz"
CURVE = "curve.csv"
WARM_UP_SHARE = 0.03
FINAL_RATE_SHARE = 0.01

"""What a model takes and gives, written once and checked everywhere else.

Export, the gRPC client, the server's configuration and the chart are all compared with the
`ModelSpec`s that live in `models/<model>/contract.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

# The three models, in the order a card meets them.
MODELS = ("cropper", "detector", "reader")

Tensors = Mapping[str, np.ndarray]
MAX_OPEN = 1000


@dataclass(frozen=True)
class TensorSpec:
    """One named tensor. `None` in `shape`: first the batch, elsewhere what releases differ in, up to MAX_OPEN.

    `optional`: an output that models of older releases do not give, and that can be done without.
    """

    name: str
    dtype: str  # "uint8", "int32", "float32" or "string"
    shape: tuple[int | None, ...]
    optional: bool = False


@dataclass(frozen=True)
class ModelSpec:
    """The signature of one model, as TF Serving calls it."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    signature: str = "serving_default"


# The only seam between "what a card is" and "where models run": gRPC in production,
# Keras models in evaluation, a dictionary in tests.
Predict = Callable[[ModelSpec, Tensors], Tensors]

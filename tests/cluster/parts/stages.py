"""Stages that could not run, and why: never silently."""

import os
import re
from typing import NoReturn

import pytest

from tests.cluster.parts.space import ROOT
from tests.cluster.parts.tools import Missing

STAGES = {"b": "control plane, simulated nodes", "c": "one real node, real pods"}
_GUIDE = ROOT / "docs" / "cluster-tests.md"
_not_run: dict[str, str] = {}


def without(stage: str, reason: Missing) -> NoReturn:
    """Skip what a stage needs. In CI that is a failure, unless docs/cluster-tests.md waives the stage."""
    _not_run[stage] = str(reason)
    if os.environ.get("CI") and not re.search(rf"^Waived: stage {stage}\b", _GUIDE.read_text(), re.MULTILINE):
        pytest.fail(f"stage {stage} cannot run: {reason}")
    pytest.skip(f"stage {stage} cannot run: {reason}")


def report() -> list[str]:
    """A line for each stage that was not run."""
    return [f"STAGE {stage} NOT RUN ({STAGES[stage]}): {reason}" for stage, reason in _not_run.items()]

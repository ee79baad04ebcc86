"""The Reader before the committed one, for the demonstration of rollouts (`make demo-rollout`)."""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[3] / "models" / "reader"


def test_the_previous_reader_is_another_one_for_the_same_network() -> None:
    """Where a new network has no previous weights yet, take them away with the demonstration."""
    with np.load(FOLDER / "previous.npz") as previous, np.load(FOLDER / "weights.npz") as committed:
        assert {name: previous[name].shape for name in previous.files} == {
            name: committed[name].shape for name in committed.files
        }
        assert any((previous[name] != committed[name]).any() for name in previous.files)

"""scripts/adopt: new weights, and the Reader's former ones kept for the demonstration of rollouts."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The models of a small repository."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=lambda _, names: set(names) - {"adopt"})
    for model in ("reader", "cropper"):
        folder = tmp_path / "models" / model
        folder.mkdir(parents=True)
        (folder / "weights.npz").write_bytes(b"first")
    return tmp_path / "models"


def adopt(models: Path, *words: str) -> int:
    """With a file that is named relative to where it is called."""
    command = [models.parent / "scripts" / "adopt", *words]
    return subprocess.run(command, cwd=models.parent, capture_output=True, timeout=30).returncode


def test_the_former_weights_of_the_reader_become_the_previous_ones(models: Path) -> None:
    for content in (b"second", b"third", b"third"):
        (models.parent / "new.npz").write_bytes(content)
        assert adopt(models, "reader", "new.npz") == 0
    assert (models / "reader" / "weights.npz").read_bytes() == b"third"
    assert (models / "reader" / "previous.npz").read_bytes() == b"second"


def test_of_other_models_nothing_is_kept(models: Path) -> None:
    (models.parent / "new.npz").write_bytes(b"second")
    assert adopt(models, "cropper", "new.npz") == 0
    assert {path.name: path.read_bytes() for path in (models / "cropper").iterdir()} == {"weights.npz": b"second"}


@pytest.mark.parametrize("words", [[], ["reader"], ["reader", "none.npz"], ["scanner", "new.npz"]])
def test_what_is_not_there_is_told_and_changes_nothing(models: Path, words: list[str]) -> None:
    (models.parent / "new.npz").write_bytes(b"second")
    assert adopt(models, *words) == 2
    assert (models / "reader" / "weights.npz").read_bytes() == b"first"

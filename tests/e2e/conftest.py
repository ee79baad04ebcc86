"""The whole system as `fvi-ocr up` starts it: real processes, real sockets, the committed weights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import export.__main__ as export
from services.local import MODELS, running

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.jpg"))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model store with version 1 of each model."""
    folder = tmp_path_factory.mktemp("store")
    assert export.main([*MODELS, "--version", "1", "--store", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def url(store: Path) -> Iterator[str]:
    """The address of a running API."""
    with running(store) as address:
        yield address

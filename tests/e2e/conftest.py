"""The whole system as `fvi-ocr up` starts it: real processes, real sockets, the committed weights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import export.__main__ as export
from models.spec import MODELS
from services.local import System, running


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model store with version 1 of each model."""
    folder = tmp_path_factory.mktemp("store")
    assert export.main([*MODELS, "--version", "1", "--store", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def system(store: Path) -> Iterator[System]:
    """Model server and API, ready; with every route that is off by default."""
    with running(str(store), environ={"FVI_COMPAT_FPT": "true"}) as ready:
        yield ready


@pytest.fixture(scope="session")
def url(system: System) -> str:
    """The address of a running API."""
    return system.url

"""A real S3 server (versitygw), stores in it and in folders, and small models to publish."""

import os
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from services.store.options import StoreOptions
from services.store.store import ModelStore
from tests.services.store.s3_server import BUCKET, KEY, SECRET, Gateway, make_bucket, running


@dataclass(frozen=True)
class Place:
    """Where one test has its store."""

    url: str
    folder: Path  # holds the files, of an S3 store too
    options: StoreOptions

    @property
    def is_s3(self) -> bool:
        return self.url.startswith("s3://")

    def open(self, **changes: object) -> ModelStore:
        return ModelStore.open(self.url, options=replace(self.options, **changes))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings, credentials and proxies of the machine that the tests run on."""
    for name in tuple(os.environ):
        if name.startswith(("AWS_", "FVI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """An S3 server with the bucket BUCKET."""
    with running(tmp_path_factory.mktemp("versitygw")) as server:
        make_bucket(server)
        yield server


@pytest.fixture
def s3_place(gateway: Gateway) -> Place:
    name = f"stores/{uuid.uuid4().hex}"
    options = StoreOptions(endpoint_url=gateway.endpoint)
    return Place(f"s3://{BUCKET}/{name}", gateway.data / BUCKET / name, options)


@pytest.fixture
def folder_place(tmp_path: Path) -> Place:
    folder = tmp_path / "the store"
    folder.mkdir()
    return Place(folder.as_uri(), folder, StoreOptions())


@pytest.fixture(params=["folder_place", "s3_place"], ids=["file", "s3"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty store, once in a folder and once in a bucket."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """make_model(name="a", size=…): a folder that looks like a SavedModel; another `name`, other bytes."""

    def make(name: str = "a", size: int = 300_000) -> Path:
        folder = tmp_path / "made" / name
        (folder / "variables").mkdir(parents=True)
        (folder / "saved_model.pb").write_bytes(f"a graph called {name}".encode())
        (folder / "variables" / "variables.data-00000-of-00001").write_bytes(random.Random(name).randbytes(size))
        (folder / "variables" / "variables.index").write_bytes(b"an index")
        (folder / "assets").mkdir()
        (folder / "assets" / "chữ cái [1] #2 50%.txt").write_bytes(b"")
        return folder

    return make


@pytest.fixture
def content() -> Callable[[Path], dict[str, bytes]]:
    """content(folder): every file below it, but for manifests and signatures."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("manifest.json"))
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return read

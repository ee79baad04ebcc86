"""The server under test: ours, or any whose address is given.

FVI_CONFORMANCE_GRPC and FVI_CONFORMANCE_REST (host:port) name a server that was started on a folder which
saved_models.py wrote. Without them our own server is started on such a folder.
FVI_CONFORMANCE_FOLDER: that folder, if it can be changed from here; FVI_CONFORMANCE_BASE: how the server sees it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.serving.conformance import client as client_
from tests.serving.conformance import saved_models, server


@dataclass
class Target:
    """A server, and the folder with its models if we may change it."""

    grpc: str
    rest: str
    folder: Path | None = None
    base: Path | None = None
    is_ours: bool = False  # then its flags are those below


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The server that all tests here ask."""
    address = os.environ.get("FVI_CONFORMANCE_GRPC")
    if address:
        given = os.environ.get("FVI_CONFORMANCE_FOLDER")
        base = os.environ.get("FVI_CONFORMANCE_BASE", given)
        rest = os.environ.get("FVI_CONFORMANCE_REST", "")
        yield Target(address, rest, Path(given) if given else None, Path(base) if base else None)
        return
    folder = tmp_path_factory.mktemp("conformance")
    saved_models.write_folder(folder, folder)
    flags = [
        f"--model_config_file={folder / 'models.config'}",
        f"--monitoring_config_file={folder / 'monitoring.config'}",
        "--allow_version_labels_for_unavailable_models",
        "--max_num_load_retries=0",
        "--enable_grpc_healthcheck_service",
    ]
    with server.embedded_server(*flags) as (grpc, rest):
        yield Target(grpc, rest, folder, folder, is_ours=True)


@pytest.fixture(scope="session")
def client(target: Target) -> Iterator[client_.Client]:
    """Requests to the server as it was started: linear has stable = 1, canary = 2, gone = 5 (not there)."""
    client = client_.Client(target.grpc, target.rest)
    yield client
    client.close()


@pytest.fixture(scope="session")
def http(client: client_.Client):
    """Requests to its REST API."""
    if client.http is None:
        pytest.skip("needs the address of the REST API: FVI_CONFORMANCE_REST")
    return client.http


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """Helpers for requests."""
    return SimpleNamespace(predict_request=client_.predict_request, refused=client_.refused)


@pytest.fixture
def shared(client: client_.Client, target: Target) -> Iterator[Target]:
    """For tests that change what the server serves; when they are over it serves again what it did."""
    if target.folder is None or target.base is None:
        pytest.skip("changes the server's files or configuration: FVI_CONFORMANCE_FOLDER says where they are")
    yield target
    client.reload(client_.parsed(saved_models.models_config(target.base)))
    client.wait_until_served("linear", {1, 2})
    for model in saved_models.OTHERS:
        client.wait_until_served(model, {1})

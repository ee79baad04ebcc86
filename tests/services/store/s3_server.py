"""A real S3 server for tests: versitygw, which scripts/versitygw builds."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from services.children import free_port

ROOT = Path(__file__).parents[3]
KEY, SECRET = "test-access-key", "test-secret-that-must-not-leak"
BUCKET = "models"


@dataclass(frozen=True)
class Gateway:
    """A running S3 server. Its buckets are folders below `data`, so tests can damage objects behind its back."""

    port: int
    data: Path
    scheme: str = "http"

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def running(folder: Path, *flags: str, scheme: str = "http") -> Iterator[Gateway]:
    """A server that keeps everything in `folder`; its own flags may be added. Skips the test if it is not built."""
    data, metadata, log = folder / "data", folder / "metadata", folder / "log"
    data.mkdir()
    metadata.mkdir()
    port = free_port()
    command = [_versitygw(), "--port", f"127.0.0.1:{port}", "--quiet", *flags]
    environment = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET, "PATH": os.environ["PATH"]}
    with log.open("wb") as output:
        arguments = [*command, "posix", "--sidecar", str(metadata), str(data)]
        process = subprocess.Popen(arguments, env=environment, stdout=output, stderr=output)
    try:
        _wait_for(port, process, log)
        yield Gateway(port, data, scheme)
    finally:
        process.terminate()
        process.wait(10)


def make_bucket(server: Gateway, **client_arguments: object) -> None:
    """Make BUCKET."""
    files = S3FileSystem(
        key=KEY, secret=SECRET, endpoint_url=server.endpoint, skip_instance_cache=True, client_kwargs=client_arguments
    )
    files.mkdir(BUCKET)


def _versitygw() -> str:
    script = [str(ROOT / "scripts" / "versitygw"), "--path"]
    path = subprocess.run(script, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).exists():
        reason = "the S3 server of the tests is not built: run scripts/versitygw"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"versitygw does not listen: {log.read_text(errors='replace')[-2000:]}")

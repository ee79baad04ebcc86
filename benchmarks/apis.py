"""The API and its peers as processes of their own."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import START_SECONDS, embedded, models_config
from models.spec import MODELS
from services.children import free_port

ROOT = Path(__file__).resolve().parents[1]
SERVING = ROOT / "services" / "serving"
_MODEL_SECONDS = re.compile(r"^:tensorflow:serving:runtime_latency_sum\{.*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class ModelServer:
    """The embedded server with all three models, each version 1 labelled `stable`."""

    address: str
    monitoring: str  # URL

    def model_seconds(self) -> float:
        """Time in which its models have run so far, the time in their queue included."""
        scrape = urllib.request.urlopen(self.monitoring, timeout=10).read().decode()
        return sum(float(found) for found in _MODEL_SECONDS.findall(scrape)) / 1e6


@contextlib.contextmanager
def model_server(store: Path, *more_flags: str) -> Iterator[ModelServer]:
    """Runs as long as the context."""
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "models.config", free_port()
        config.write_text(models_config({model: (store / model, [1]) for model in MODELS}, "stable"))
        flags = (
            "--enable_serialization_as_tensor_content",
            "--allow_version_labels_for_unavailable_models",
            f"--rest_api_port={port}",
            f"--monitoring_config_file={SERVING / 'monitoring.config'}",
            *more_flags,
        )
        with embedded(config, *flags) as server:
            yield ModelServer(server.address, f"http://127.0.0.1:{port}/monitoring/prometheus/metrics")


@dataclass(frozen=True)
class Api:
    """Something that answers HTTP. `card`: URL and form field for a photo, as cards.over_http wants them."""

    card: str
    pid: int
    ready_seconds: float  # from the start of its first process

    def children(self) -> list[int]:
        """The pids of its workers."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]


@contextlib.contextmanager
def ours(server: ModelServer, **settings: str) -> Iterator[Api]:
    """Our API, as gunicorn runs it."""
    port, admin = free_port(), free_port()
    environ = {
        "FVI_BIND": f"127.0.0.1:{port}",
        "FVI_ADMIN_BIND": f"127.0.0.1:{admin}",
        "FVI_SERVING_TARGET": server.address,
        "FVI_DRAIN_SECONDS": "0",
        **settings,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "services" / "api" / "gunicorn.conf.py")]
    with running(command, environ, admin, "/readyz") as (pid, seconds):
        yield Api(f"http://127.0.0.1:{port}/v1/cards image", pid, seconds)


@contextlib.contextmanager
def running(command: Sequence[str], environ: Mapping[str, str], port: int, probe: str) -> Iterator[tuple[int, float]]:
    """A process that answers 200 to `probe` on `port`: its pid, and the seconds that this took.

    Raises:
        RuntimeError: it did not, within START_SECONDS.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        while not _answers(port, probe):
            if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                raise RuntimeError(f"{' '.join(map(str, command))} did not start")
            time.sleep(0.005)
        yield process.pid, time.monotonic() - started
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children, too
        process.wait()


def _answers(port: int, probe: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", probe)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()

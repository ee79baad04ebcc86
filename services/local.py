"""`fvi-ocr up`: agent, model server and API on this machine, for people and tests."""

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import httpx
import yaml

from models.spec import MODELS
from services.children import Child, free_port, listen
from services.cli import CommandError
from services.read import read, run_file
from services.serving.agent.listing import read as read_listing
from services.store.errors import StoreError
from services.store.options import ENVIRONMENT, StoreOptions
from services.store.store import ModelStore

START_SECONDS = 120.0
_POLL_SECONDS = 0.05


def up(store: str, photos: Sequence[Path], once: bool, port: int, desired: Path | None) -> int:
    """Start all three, read `photos` through them, and keep serving until Ctrl-C unless `once`.

    Args:
        store: folder or URL. desired: the desired-state document to follow; by default one that names
            the newest version of each model.

    Raises:
        CommandError: the store lacks a model, or one of the processes stopped.
    """
    with _interrupted_by_signals(), running(store, port, desired=desired) as system:
        print(f"The API listens on {system.url}", flush=True)
        status = read(photos, system.url, "table", None) if photos else 0
        if once:
            return status
        print(f"Try: curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' {system.url}/v1/cards")
        print(f"Open {system.url}/ for a page to drop a photo on.")
        print(f"Metrics: {system.admin_url}/metrics, model server: {system.serving_target} (docs/rollout.md)")
        print("Watch it: fvi-ocr top")
        print(f"Edit {system.desired} to roll versions. Ctrl-C stops everything.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            system.wait()
        print("\nStopping", flush=True)
    return 0


class System:
    """A running agent, model server and API. `admin_url` has the API's probes and metrics, `serving_target` the
    model server; `metrics` is where each process has its own; `desired` is the document that the agent follows."""

    def __init__(
        self,
        url: str,
        admin_url: str,
        serving_target: str,
        metrics: Sequence[str],
        desired: Path,
        agent: Child,
        serving: Child,
        api: Child,
    ) -> None:
        self.url, self.admin_url, self.serving_target, self.desired = url, admin_url, serving_target, desired
        self.metrics, self.agent, self.serving, self.api = tuple(metrics), agent, serving, api

    def wait(self, until: Callable[[], bool] = lambda: False, seconds: float = float("inf")) -> bool:
        """Whether `until` came true within `seconds`.

        Raises:
            CommandError: one of the processes stopped.
        """
        return _wait([self.agent, self.serving, self.api], until, seconds)

    def is_ready(self) -> bool:
        """Whether every model can answer through the API."""
        try:
            return httpx.get(f"{self.admin_url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def running(
    store: str,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
    desired: Path | None = None,
    serving_flags: Mapping[str, object] | None = None,
) -> Iterator[System]:
    """Agent, model server and API as child processes; all are ended on the way out.

    Args:
        port: of the API; a free one is taken if it is 0 or in use.
        environ: more settings for the API.
        desired: see `up`.
        serving_flags: more flags for the model server.

    Raises:
        CommandError: one of them stopped, or they were not ready in time; says what was last printed.
    """
    with tempfile.TemporaryDirectory(prefix="fvi-ocr-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        config, serving_port = folder / "models.config", free_port()
        agent_port, rest_port = free_port(), free_port()
        if desired is None:
            desired = folder / "desired.yaml"
            desired.write_text(yaml.safe_dump({"models": newest_versions(store)}))
        agent_command = _agent_command(store, desired, folder, config, serving_port, agent_port)
        agent = Child("agent", agent_command, folder / "agent.log", os.environ)
        stack.callback(agent.stop)
        # The server would start without models, too, but find out about them only at its next poll.
        if not _wait([agent], lambda: (read_listing(config) or {}).keys() >= set(MODELS), START_SECONDS):
            raise CommandError(f"the models were not here after {START_SECONDS:.0f} s: {agent.last_words}")
        serving_command = _serving_command(config, serving_port, rest_port, serving_flags or {})
        serving = Child("model server", serving_command, folder / "serving.log", os.environ)
        stack.callback(serving.stop)
        # Bound here and handed over, so that two systems started at once never share a port.
        listener = stack.enter_context(listen(port))
        admin = f"127.0.0.1:{free_port()}"
        settings = {
            "FVI_BIND": f"fd://{listener.fileno()}",
            "FVI_ADMIN_BIND": admin,
            "FVI_DRAIN_SECONDS": "0",  # nothing in front of it that has to notice
            "FVI_SERVING_TARGET": f"127.0.0.1:{serving_port}",
            "FVI_DESIRED_STATE": str(desired),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT.prefix)}
        api_environ = {**inherited, **settings, **(environ or {})}
        api = Child("API", _api_command(), folder / "api.log", api_environ, listener.fileno())
        stack.callback(api.stop)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        metrics = [
            *(f"http://{address}/metrics" for address in (admin, f"127.0.0.1:{agent_port}")),
            f"http://127.0.0.1:{rest_port}/monitoring/prometheus/metrics",
        ]
        system = System(url, f"http://{admin}", f"127.0.0.1:{serving_port}", metrics, desired, agent, serving, api)
        if not system.wait(system.is_ready, START_SECONDS):
            raise CommandError(f"the system was not ready after {START_SECONDS:.0f} s: {agent.last_words}")
        stack.enter_context(_announced(system))
        yield system


def newest_versions(store: str) -> dict[str, dict[str, int]]:
    """The desired state with the newest version of each model, as plain data.

    Raises:
        CommandError: the store cannot be read, or lacks a model.
    """
    try:
        with ModelStore.open(store, options=StoreOptions.from_env()) as opened:
            versions = {model: opened.versions(model) for model in MODELS}
    except StoreError as error:
        raise CommandError(f"{error}") from error
    for model, found in versions.items():
        if not found:
            raise CommandError(f"{store} holds no version of {model}: run `make export`, or name another --store")
    return {model: {"stable": found[-1]} for model, found in versions.items()}


def _wait(children: Sequence[Child], until: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for child in children:
            child.check()
        if until():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _agent_command(store: str, desired: Path, folder: Path, config: Path, serving_port: int, port: int) -> list[str]:
    flags = {
        "store": store,
        "desired": desired,
        "models": folder / "models",
        "config": config,
        "serving": f"127.0.0.1:{serving_port}",
        "port": port,
    }
    return [sys.executable, "-m", "services.serving.agent", *(f"--{name}={value}" for name, value in flags.items())]


def _serving_command(config: Path, port: int, rest_port: int, more: Mapping[str, object]) -> list[str]:
    flags = {
        "port": port,
        "rest_api_port": rest_port,
        "monitoring_config_file": Path(__file__).parent / "serving" / "monitoring.config",
        "model_config_file": config,
        "model_config_file_poll_wait_seconds": 1,
        "allow_version_labels_for_unavailable_models": "true",
        "num_load_threads": 1,
        "num_unload_threads": 1,
        "max_num_load_retries": 1,
        "load_retry_interval_micros": 1_000_000,
        "enable_serialization_as_tensor_content": "true",
        **more,
    }
    return [sys.executable, "-m", "services.serving.embedded", *(f"--{name}={value}" for name, value in flags.items())]


def _api_command() -> list[str]:
    config = Path(__file__).parent / "api" / "gunicorn.conf.py"
    return [sys.executable, "-m", "gunicorn", "-c", str(config)]


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end us as Ctrl-C does, once; while we stop, none of them cuts that short."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


@contextlib.contextmanager
def _announced(system: System) -> Iterator[None]:
    """Where `fvi-ocr read` and `fvi-ocr top` find a running system without being told."""
    path, content = run_file(), json.dumps({"url": system.url, "metrics": system.metrics})
    path.write_text(content)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            if path.read_text() == content:  # another system may have been started since
                path.unlink()

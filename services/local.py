"""`fvi-ocr up`: model server and API on this machine, for people and tests."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import httpx

from models.spec import MODELS
from services.cli import CommandError
from services.read import read, run_file

START_SECONDS = 120.0
STOP_SECONDS = 35.0  # more than both children give to requests under way
_POLL_SECONDS = 0.1


def up(store: Path, photos: Sequence[Path], once: bool, port: int) -> int:
    """Start both, read `photos` through them, and keep serving until Ctrl-C unless `once`.

    Raises:
        CommandError: the store lacks a model, or one of the processes stopped.
    """
    _refuse_incomplete(store)
    with _interrupted_by_signals(), running(store, port) as system:
        print(f"The API listens on {system.url}", flush=True)
        status = read(photos, system.url, "table", None) if photos else 0
        if once:
            return status
        print(f"Try: curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' {system.url}/v1/cards")
        print(f"Open {system.url}/ for a page to drop a photo on. Ctrl-C stops everything.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            system.wait()
        print("\nStopping", flush=True)
    return 0


class Child:
    """A child process with its output kept in a file, so that its last words can be told."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environ: Mapping[str, str], fd: int = -1) -> None:
        self.name = name
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                pass_fds=[fd] if fd >= 0 else [],
                start_new_session=True,  # Ctrl-C is ours to pass on; and a group to kill as a whole
            )

    @property
    def pid(self) -> int:
        """Of the process, which leads its own group."""
        return self._process.pid

    def check(self) -> None:
        """Raise CommandError if it has stopped."""
        if self._process.poll() is not None:
            last = self._log.read_text(errors="replace").strip().splitlines()[-5:]
            raise CommandError(f"the {self.name} stopped with status {self._process.returncode}: " + " | ".join(last))

    def stop(self) -> None:
        """SIGTERM and time to finish, then SIGKILL to all that is left of its group."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class System:
    """A running model server and API."""

    def __init__(self, url: str, serving: Child, api: Child) -> None:
        self.url, self.serving, self.api = url, serving, api

    def wait(self, until: Callable[[], bool] = lambda: False, seconds: float = float("inf")) -> bool:
        """Whether `until` came true within `seconds`.

        Raises:
            CommandError: one of the processes stopped.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for child in (self.serving, self.api):
                child.check()
            if until():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def is_ready(self) -> bool:
        """Whether every model can answer through the API."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def running(store: Path, port: int = 0, environ: Mapping[str, str] | None = None) -> Iterator[System]:
    """Model server and API as child processes; both are ended on the way out.

    Args:
        port: of the API; a free one is taken if it is 0 or in use.
        environ: more settings for the API.

    Raises:
        CommandError: one of them stopped, or neither was ready in time; says what it last printed.
    """
    with tempfile.TemporaryDirectory(prefix="fvi-ocr-") as folder, contextlib.ExitStack() as stack:
        logs = Path(folder)
        config = logs / "models.config"
        config.write_text(models_config(store), encoding="utf-8")
        serving_port = free_port()
        serving = Child("model server", _serving_command(config, serving_port), logs / "serving.log", os.environ)
        stack.callback(serving.stop)
        # Bound here and handed over, so that two systems started at once never share a port.
        listener = stack.enter_context(listen(port))
        settings = {"FVI_BIND": f"fd://{listener.fileno()}", "FVI_SERVING_TARGET": f"127.0.0.1:{serving_port}"}
        api_environ = {**os.environ, **settings, **(environ or {})}
        api = Child("API", _api_command(), logs / "api.log", api_environ, listener.fileno())
        stack.callback(api.stop)
        system = System(f"http://127.0.0.1:{listener.getsockname()[1]}", serving, api)
        if not system.wait(system.is_ready, START_SECONDS):
            raise CommandError(f"the system was not ready after {START_SECONDS:.0f} s")
        stack.enter_context(_announced(system.url))
        yield system


def models_config(store: Path) -> str:
    """TF Serving's models.config for the newest version of each model in `store`, labelled stable."""
    entries = []
    for model in MODELS:
        base = (store / model).resolve()
        newest = max(int(child.name) for child in base.iterdir() if child.name.isdigit())
        entries.append(
            f'  config {{ name: "{model}" base_path: {json.dumps(str(base))} model_platform: "tensorflow"\n'
            f"    model_version_policy {{ specific {{ versions: {newest} }} }}\n"
            f'    version_labels {{ key: "stable" value: {newest} }} }}\n'
        )
    return "model_config_list {\n" + "".join(entries) + "}\n"


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with listen(0) as probe:
        return int(probe.getsockname()[1])


def listen(port: int) -> socket.socket:
    """A listening socket on loopback: on `port`, or on a free one where that is in use."""
    for wanted in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
            listener.listen(1024)
            return listener
        except OSError:
            listener.close()
    raise CommandError("no free port on 127.0.0.1")


def _serving_command(config: Path, port: int) -> list[str]:
    switches = ("enable_serialization_as_tensor_content", "allow_version_labels_for_unavailable_models")
    flags = ["--port", str(port), "--model_config_file", str(config), *(f"--{name}=true" for name in switches)]
    return [sys.executable, "-m", "services.serving.embedded", *flags]


def _api_command() -> list[str]:
    config = Path(__file__).parent / "api" / "gunicorn.conf.py"
    return [sys.executable, "-m", "gunicorn", "-c", str(config)]


def _refuse_incomplete(store: Path) -> None:
    for model in MODELS:
        if not any(child.name.isdigit() for child in (store / model).glob("*")):
            raise CommandError(f"{store} holds no version of {model}: run `make export`, or name another --store")


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
def _announced(url: str) -> Iterator[None]:
    """Where `fvi-ocr read` finds a running system without being told."""
    path, content = run_file(), json.dumps({"url": url})
    path.write_text(content)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            if path.read_text() == content:  # another system may have been started since
                path.unlink()

"""`fvi-ocr up`: model server and API on this machine, for people and tests."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from services.cli import CommandError
from services.read import read, run_file

MODELS = ("cropper", "detector", "reader")
START_SECONDS = 120.0


def up(store: Path, photos: Sequence[Path], once: bool, port: int) -> int:
    """Start both, read `photos` through them, and keep serving until Ctrl-C unless `once`."""
    _refuse_incomplete(store)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with running(store, port) as url:
        print(f"The API listens on {url}", flush=True)
        status = read(photos, url, "table", None) if photos else 0
        if once:
            return status
        print(f"Try: curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' {url}/v1/cards")
        print(f"Open {url}/ for a page to drop a photo on. Ctrl-C stops everything.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        print("\nStopping")
    return 0


@contextlib.contextmanager
def running(store: Path, port: int = 0, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Model server and API as child processes; yields the API's URL, ends both on the way out.

    Raises:
        CommandError: one of them stopped, or neither was ready in time; says what it last printed.
    """
    with tempfile.TemporaryDirectory(prefix="fvi-ocr-") as folder, contextlib.ExitStack() as stack:
        logs = Path(folder)
        serving_port, api_port = free_port(), port if port and is_free(port) else free_port()
        config = logs / "models.config"
        config.write_text(models_config(store))
        serving = stack.enter_context(_child("model server", _serving_command(config, serving_port), logs, os.environ))
        url = f"http://127.0.0.1:{api_port}"
        settings = {"FVI_BIND": f"127.0.0.1:{api_port}", "FVI_SERVING_TARGET": f"127.0.0.1:{serving_port}"}
        api = stack.enter_context(_child("API", _api_command(), logs, {**os.environ, **settings, **(environ or {})}))
        _wait_until_ready(url, (serving, api))
        stack.enter_context(_announced(url))
        yield url


def models_config(store: Path) -> str:
    """TF Serving's models.config for the newest version of each model in `store`, labelled stable."""
    entries = []
    for model in MODELS:
        base = (store / model).resolve()
        newest = max(int(child.name) for child in base.iterdir() if child.name.isdigit())
        entries.append(
            f'  config {{ name: "{model}" base_path: "{base}" model_platform: "tensorflow"\n'
            f"    model_version_policy {{ specific {{ versions: {newest} }} }}\n"
            f'    version_labels {{ key: "stable" value: {newest} }} }}\n'
        )
    return "model_config_list {\n" + "".join(entries) + "}\n"


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Child:
    """A child process with its output kept in a file, so that its last words can be told."""

    def __init__(self, name: str, command: Sequence[str], logs: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self.log = logs / f"{name.replace(' ', '-')}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env=dict(environ), start_new_session=True
            )

    def check(self) -> None:
        """Raise CommandError if it has stopped."""
        if self.process.poll() is not None:
            last = self.log.read_text(errors="replace").strip().splitlines()[-5:]
            raise CommandError(f"the {self.name} stopped with status {self.process.returncode}: " + " | ".join(last))

    def stop(self) -> None:
        """SIGTERM, time to finish, then SIGKILL."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def _child(name: str, command: Sequence[str], logs: Path, environ: Mapping[str, str]) -> Iterator[Child]:
    child = Child(name, command, logs, environ)
    try:
        yield child
    finally:
        child.stop()


def _serving_command(config: Path, port: int) -> list[str]:
    switches = ("enable_serialization_as_tensor_content", "allow_version_labels_for_unavailable_models")
    flags = ["--port", str(port), "--model_config_file", str(config), *(f"--{name}=true" for name in switches)]
    return [sys.executable, "-m", "services.serving.embedded", *flags]


def _api_command() -> list[str]:
    config = Path(__file__).parent / "api" / "gunicorn.conf.py"
    return [sys.executable, "-m", "gunicorn", "-c", str(config)]


def _wait_until_ready(url: str, children: Sequence[Child]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for child in children:
            child.check()
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        threading.Event().wait(0.1)
    raise CommandError(f"the system was not ready after {START_SECONDS:.0f} s")


def _refuse_incomplete(store: Path) -> None:
    for model in MODELS:
        if not any(child.name.isdigit() for child in (store / model).glob("*")):
            raise CommandError(f"{store} holds no version of {model}: run `make export`, or name another --store")


@contextlib.contextmanager
def _announced(url: str) -> Iterator[None]:
    """Where `fvi-ocr read` finds a running system without being told."""
    path = run_file()
    path.write_text(json.dumps({"url": url}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)

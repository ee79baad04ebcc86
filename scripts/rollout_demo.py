"""Two Readers of ours on this machine: the newer is rolled out by evidence, then somebody wants the older one back.

`make demo-rollout` exports both and runs this: agent, model server, API, Prometheus and controller as they are, cards
of SPECIMENs of which no two are the same, and the command that people use. It ends by itself and leaves nothing behind.
"""

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import yaml
from rich.console import Console
from rich.live import Live

from models.synthetic.photograph import sample
from services.children import Child, free_port
from services.cli import CommandError
from services.cli import main as fvi_ocr
from services.local import System, running
from services.rollout import view
from services.rollout.home import FileHome, read_both
from services.rollout.state import Rollout, to_iso

ROOT = Path(__file__).parents[1]
_CLIENTS = 2
_PATIENCE_SECONDS = 60  # on two busy cores our embedded model server is late while it loads another version
_FIRST = 5_000_000  # photos that neither training nor the figures of accuracy know


class Cards:
    """Clients that send cards, one after the other, and what they were answered."""

    def __init__(self, url: str) -> None:
        self.answered: Counter[tuple[int, str]] = Counter()  # by status, and by the Reader's version
        self._url, self._stop, self._numbers = url, threading.Event(), itertools.count(_FIRST)
        self._threads = [threading.Thread(target=self._send) for _ in range(_CLIENTS)]

    def __enter__(self) -> "Cards":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def __str__(self) -> str:
        return ", ".join(f"{count} x {status} {by}".rstrip() for (status, by), count in sorted(self.answered.items()))

    def _send(self) -> None:
        with httpx.Client(timeout=2 * _PATIENCE_SECONDS, trust_env=False) as client:
            while not self._stop.is_set():
                photo = sample("mobile", next(self._numbers)).jpeg
                answer = client.post(f"{self._url}/v1/cards", content=photo, headers={"Content-Type": "image/jpeg"})
                reader = answer.json().get("models", {}).get("reader")
                by = f"by Reader {reader['version']}" if reader else answer.json().get("code", "")
                self.answered[answer.status_code, by] += 1


def start_prometheus(program: str, folder: Path, system: System, port: int) -> Child:
    """A Prometheus on loopback that scrapes the API every second; its files are in `folder`."""
    config = folder / "prometheus.yml"
    targets = [{"targets": [system.admin_url.removeprefix("http://")]}]
    job = {"job_name": "api", "scrape_interval": "1s", "static_configs": targets}
    config.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    flags = {
        "config.file": config,
        "storage.tsdb.path": folder / "tsdb",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    command = [program, *(f"--{name}={value}" for name, value in flags.items())]
    return Child("Prometheus", command, folder / "prometheus.log", os.environ)


def start_controller(store: Path, folder: Path, system: System, prometheus_port: int) -> Child:
    """`python -m services.rollout` for a running system and its Prometheus; its log is in `folder`."""
    flags = {
        "desired": system.desired,
        "serving": system.serving_target,
        "prometheus": f"http://127.0.0.1:{prometheus_port}",
        "store": store,
        "golden": 1,
        "port": 0,
        "interval_seconds": 0.5,
    }
    command = [sys.executable, "-m", "services.rollout", *(f"--{name}={value}" for name, value in flags.items())]
    return Child("controller", command, folder / "controller.log", os.environ)


@contextlib.contextmanager
def judged(store: Path, folder: Path, stable: int) -> Iterator[tuple[System, list[Child]]]:
    """A running system with a Prometheus and a controller; `folder` gets all that they write."""
    found = subprocess.run([ROOT / "scripts" / "prometheus"], stdout=subprocess.PIPE, text=True, check=True)
    models = {"cropper": {"stable": 1}, "detector": {"stable": 1}, "reader": {"stable": stable}}
    (folder / "desired.yaml").write_text(yaml.safe_dump({"models": models}))
    port = free_port()
    environ = {f"FVI_{name}_SECONDS": str(_PATIENCE_SECONDS) for name in ("DEADLINE", "ATTEMPT")}
    with (
        running(str(store), environ=environ, desired=folder / "desired.yaml") as system,
        contextlib.ExitStack() as stack,
    ):
        children = []
        for child in (
            start_prometheus(found.stdout.strip(), folder, system, port),
            start_controller(store, folder, system, port),
        ):
            stack.callback(child.stop)
            children.append(child)
        yield system, children


def said(console: Console, system: System, *words: str) -> None:
    """`fvi-ocr rollout` with these words: the command, and what it prints."""
    shown = " ".join(f'"{word}"' if " " in word else word for word in words)
    console.print(f"\n$ fvi-ocr rollout --desired {system.desired} {shown}", style="bold", highlight=False)
    if fvi_ocr(["rollout", "--desired", str(system.desired), *words]):
        raise CommandError("that could not be done")


def watched(console: Console, system: System, children: list[Child]) -> Rollout:
    """Shows what happens until the rollout has ended, and the evidence live if this is a terminal.

    Raises:
        CommandError: one of the processes stopped.
    """
    home, told = FileHome(system.desired), len(read_both(FileHome(system.desired)).state.history)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            state = read_both(home).state
            for event in state.history[told:]:
                console.print(f"{to_iso(event.at)[11:19]} {event.what}: {event.why}", highlight=False)
            told = len(state.history)
            if state.rollouts["reader"].is_settled:
                return state.rollouts["reader"]
            if console.is_terminal:
                live.update(view.status(state, time.time()), refresh=True)
            for child in children:
                child.check()
            system.wait(seconds=0.5)


def main(argv: list[str] | None = None) -> int:
    """Returns 0 when both rollouts have come to an end, whichever, and no card failed but for what its photo shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, help="with both Readers, and golden set 1")
    parser.add_argument("--versions", type=int, nargs=2, default=(1, 2), metavar=("OLDER", "NEWER"))
    parser.add_argument("--policy", type=Path, default=Path(os.path.relpath(ROOT / "examples" / "rollout.yaml")))
    arguments = parser.parse_args(argv)
    console = Console(soft_wrap=True)
    older, newer = arguments.versions
    with tempfile.TemporaryDirectory(prefix="fvi-ocr-demo-") as name:
        try:
            with judged(arguments.store, Path(name), older) as (system, children), Cards(system.url) as cards:
                for version, why in ((newer, "trained for longer"), (older, "the old one was good enough")):
                    words = ("--version", str(version), "--policy", str(arguments.policy), "--why", why)
                    said(console, system, "start", "reader", *words)
                    ended = watched(console, system, children)
                    console.print(f"Reader {version}: {ended.phase.upper()}", style="bold")
                    said(console, system, "status")
                said(console, system, "history", "reader")
        except CommandError as error:
            print(f"rollout_demo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    console.print(f"\nMeanwhile the API answered: {cards}")
    return int(any(status not in (200, 422) for status, _ in cards.answered))


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # all end it, and what it has started, as Ctrl-C does
    sys.exit(main())

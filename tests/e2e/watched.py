"""A running system with everything that the dashboards look at, and Prometheus scraping it every second.

Things go wrong in it on purpose: panels about failures must have something to show.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from export.manifest import write_manifest
from models.cropper.contract import SPEC as CROPPER
from services.children import Child, free_port
from services.cli import main
from services.local import System, running
from services.store.names import MANIFEST_FILE
from tests.e2e.clients import ANSWERED, Clients, new_keys
from tests.e2e.exporters import exporters

ROOT = Path(__file__).parents[2]
NAMESPACE = "laptop"
SCRAPE_SECONDS = 1
CANARY, BROKEN, CORRUPT = 2, 7, 8
DEADLINE_SECONDS = 8
_SECONDS = 420
_POLICY = {
    "margin": 0.3,
    "wrong_promotion": 0.05,
    "least_pairs": 10,
    "shadow": 100,
    "shares": [50],
    "step_seconds": 1000,  # it is still there when the panels are looked at
    "step_cards": 2,
    "wrong_alarm": 1e-9,
}


@dataclass
class Watched:
    """The system, and where its Prometheus is."""

    system: System
    folder: Path
    store: Path
    rules: list[dict]
    clients: Clients
    others: list[dict]
    prometheus_port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    beside: list[Child] = field(default_factory=list)  # Prometheus and the controller

    @property
    def prometheus_url(self) -> str:
        return f"http://127.0.0.1:{self.prometheus_port}"

    def prometheus(self, program: str) -> Child:
        rules = self.folder / "rules.yaml"
        rules.write_text(yaml.safe_dump({"groups": self.rules}))
        targets = [*self.system.metrics, f"http://127.0.0.1:{self.controller_port}/metrics"]
        config = {
            "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
            "rule_files": [str(rules)],
            "scrape_configs": [
                *(_job(number, urlsplit(target)) for number, target in enumerate(targets)),
                *self.others,
            ],
        }
        file = self.folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        flags = [f"--config.file={file}", f"--storage.tsdb.path={self.folder / 'tsdb'}"]
        flags.append(f"--web.listen-address=127.0.0.1:{self.prometheus_port}")
        return Child("Prometheus", [program, *flags], self.folder / "prometheus.log", os.environ)

    def controller(self) -> Child:
        flags = {
            "desired": self.system.desired,
            "serving": self.system.serving_target,
            "prometheus": self.prometheus_url,
            "store": self.store,
            "port": self.controller_port,
            "interval_seconds": 0.5,
        }
        command = [sys.executable, "-m", "services.rollout", *(f"--{name}={value}" for name, value in flags.items())]
        return Child("controller", command, self.folder / "controller.log", os.environ)

    def roll_out(self) -> None:
        """Another version of the Reader, until it answers every second card."""
        script = ROOT / "tests" / "e2e" / "derive_reader.py"
        derive = [sys.executable, str(script), str(self.store / "reader"), str(CANARY), "same"]
        subprocess.run(derive, check=True, timeout=300, capture_output=True)
        policy = self.folder / "policy.yaml"
        policy.write_text(yaml.safe_dump(_POLICY))
        begin = ["start", "reader", "--version", str(CANARY), "--policy", str(policy)]
        assert main(["rollout", "--desired", str(self.system.desired), *begin]) == 0
        self.wait(lambda: self.rollout()["phase"] not in ("check", "load", "golden", "shadow"), "the shadow is over")

    def rollout(self) -> dict:
        return yaml.safe_load(self.system.desired.with_name("rollout.yaml").read_text())["rollouts"]["reader"]

    def break_versions(self) -> None:
        """Two canaries: a Cropper that cannot be loaded, and a Detector that is not what its manifest says."""
        broken, corrupt = self.store / "cropper" / str(BROKEN), self.store / "detector" / str(CORRUPT)
        shutil.copytree(self.store / "cropper" / "1", broken)
        (broken / MANIFEST_FILE).unlink()
        (broken / "saved_model.pb").write_bytes(b"no model")
        write_manifest(CROPPER, BROKEN, broken, {"parity": None, "evaluation": None})
        shutil.copytree(self.store / "detector" / "1", corrupt)
        (corrupt / "saved_model.pb").write_bytes(b"not what the manifest says")
        desired = yaml.safe_load(self.system.desired.read_text())
        desired["models"]["cropper"].update(canary=BROKEN, traffic=50)
        desired["models"]["detector"].update(canary=CORRUPT, traffic=50)
        self.system.desired.write_text(yaml.safe_dump(desired))

    def hang(self) -> None:
        """The model server does not answer for longer than a card may take."""
        os.kill(self.system.serving.pid, signal.SIGSTOP)
        time.sleep(DEADLINE_SECONDS + 2)
        os.kill(self.system.serving.pid, signal.SIGCONT)

    def wait(self, until: Callable[[], bool], what: str) -> None:
        def seen() -> bool:
            for child in self.beside:
                child.check()
            return until()

        assert self.system.wait(seen, _SECONDS), what


def _job(number: int, target: object) -> dict:
    static = {"targets": [target.netloc], "labels": {"namespace": NAMESPACE, "pod": "laptop-0"}}
    return {"job_name": f"fvi-ocr-{number}", "metrics_path": target.path, "static_configs": [static]}


@contextlib.contextmanager
def watched(program: str, store: Path, folder: Path, rules: list[dict]) -> Iterator[Watched]:
    """The system, under load, with a canary that answers half of the cards.

    Args:
        program: of Prometheus. store: of models, which is copied. rules: groups of recording rules and alerts.
    """
    own = folder / "store"
    shutil.copytree(store, own)
    shutil.rmtree(own / "reader" / str(CANARY), ignore_errors=True)
    desired = folder / "desired.yaml"
    desired.write_text("models: {cropper: {stable: 1}, detector: {stable: 1}, reader: {stable: 1}}\n")
    keys, lines = new_keys()
    (folder / "keys").write_text(lines)
    environ = {
        "FVI_API_KEYS_FILE": str(folder / "keys"),
        "FVI_WORKERS": "1",
        "FVI_THREADS": "5",
        "FVI_QUEUE": "2",
        "FVI_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
    }
    batching = {
        "enable_batching": "true",
        "batching_parameters_file": ROOT / "services" / "serving" / "batching.config",
    }
    with exporters() as others, running(str(own), environ=environ, desired=desired, serving_flags=batching) as system:
        each = Watched(system, folder, own, rules, Clients(system.url, keys), others)
        with contextlib.ExitStack() as stack:
            for start in (lambda: each.prometheus(program), each.controller):
                each.beside.append(start())
                stack.callback(each.beside[-1].stop)
            stack.enter_context(each.clients.traffic())
            each.roll_out()
            each.break_versions()
            each.hang()
            each.wait(lambda: set(each.clients.answers) >= ANSWERED, f"all of {ANSWERED} were answered")
            yield each

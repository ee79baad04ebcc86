"""Rollouts on a laptop: real agent, model server, API and Prometheus; the controller is killed in every phase."""

import contextlib
import itertools
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml

from models.synthetic.golden import golden_set
from scripts.rollout_demo import start_controller, start_prometheus
from services.children import Child, free_port
from services.cli import main
from services.local import System, running
from services.rollout.versions import GOLDEN, GOLDEN_FILE
from services.serving.agent.tf_serving import TensorFlowServing
from services.store.store import ModelStore
from tests.services.api.marked import found

ROOT = Path(__file__).parents[2]
PHOTOS = [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.jpg"))]
SECONDS = 300
POLICY = {
    "margin": 0.3,
    "wrong_promotion": 0.05,
    "least_pairs": 10,
    "shadow": 100,
    "shares": [50],
    "step_seconds": 2,
    "step_cards": 2,
    "linger_seconds": 2,
    "wrong_alarm": 1e-9,  # so few words and cards are known here that the gates must not be first
}


class Clients:
    """Two that send cards one after the other, each photo once; what they were answered."""

    def __init__(self, url: str) -> None:
        self.answers: list[tuple[int, int | None, str | None]] = []  # status, the Reader's version and label
        self._url, self._stop, self._numbers = url, threading.Event(), itertools.count()
        self._threads = [threading.Thread(target=self._send) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def versions(self, since: int = 0) -> set[tuple[int | None, str | None]]:
        return {(version, label) for _, version, label in self.answers[since:]}

    def _send(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._stop.is_set():
                number = next(self._numbers)
                photo = PHOTOS[number % len(PHOTOS)]
                # A comment makes it another photo for whoever hashes it.
                photo = photo[:2] + b"\xff\xfe\x00\x06" + struct.pack(">I", number) + photo[2:]
                answer = client.post(f"{self._url}/v1/cards", content=photo, headers={"Content-Type": "image/jpeg"})
                reader = answer.json().get("models", {}).get("reader", {})
                self.answers.append((answer.status_code, reader.get("version"), reader.get("label")))


@dataclass
class Rollouts:
    """A running system with a Prometheus and a controller, both of which a test may kill and start again."""

    system: System
    folder: Path
    store: Path
    prometheus_port: int
    clients: Clients = field(init=False)
    prometheus: Child = field(init=False)
    controller: Child = field(init=False)

    def start_prometheus(self) -> None:
        self.prometheus = start_prometheus(found_prometheus(), self.folder, self.system, self.prometheus_port)

    def start_controller(self) -> None:
        self.controller = start_controller(self.store, self.folder, self.system, self.prometheus_port)

    def derive(self, version: int, kind: str) -> None:
        script = ROOT / "tests" / "e2e" / "derive_reader.py"
        command = [sys.executable, str(script), str(self.store / "reader"), str(version), kind]
        subprocess.run(command, check=True, timeout=240, capture_output=True)

    def say(self, *words: str) -> None:
        assert main(["rollout", "--desired", str(self.system.desired), *words]) == 0

    def begin(self, version: int, **policy: object) -> None:
        file = self.folder / "policy.yaml"
        file.write_text(yaml.safe_dump({**POLICY, **policy}))
        self.say("start", "reader", "--version", str(version), "--policy", str(file))

    def now(self) -> dict:
        return yaml.safe_load(self.system.desired.with_name("rollout.yaml").read_text())["rollouts"]["reader"]

    def desired(self) -> dict:
        return yaml.safe_load(self.system.desired.read_text())["models"]["reader"]

    def wait(self, until: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not until():
            assert time.monotonic() < deadline, f"{what}: {self.now()}"
            self.controller.check()
            self.system.wait(seconds=0.1)

    def until(self, phase: str) -> None:
        self.wait(lambda: self.now()["phase"] == phase, phase)


def publish_golden_set(store: Path, folder: Path) -> None:
    """Of two cards; its file is in `folder`, too."""
    images, texts = golden_set(2)
    (folder / "words").mkdir()
    np.savez_compressed(folder / "words" / GOLDEN_FILE, images=images, texts=texts)
    with ModelStore.open(str(store)) as models:
        models.publish(folder / "words", GOLDEN, 1)


def found_prometheus() -> str:
    found = subprocess.run([ROOT / "scripts" / "prometheus", "--path"], capture_output=True, text=True)
    if found.returncode:
        pytest.skip("Prometheus is not installed; as root, scripts/prometheus installs it")
    return found.stdout.strip()


@pytest.fixture(scope="module")
def rollouts(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollouts]:
    """A system with a store of its own, clients that send cards all the time, Prometheus, and no controller yet."""
    found_prometheus()
    folder = tmp_path_factory.mktemp("rollouts")
    own = folder / "store"
    shutil.copytree(store, own)
    shutil.rmtree(own / "reader" / "2", ignore_errors=True)
    desired = folder / "desired.yaml"
    desired.write_text("models: {cropper: {stable: 1}, detector: {stable: 1}, reader: {stable: 1}}\n")
    publish_golden_set(own, folder)
    with running(str(own), desired=desired) as system:
        each = Rollouts(system, folder, own, free_port())
        each.start_prometheus()
        each.clients = Clients(system.url)
        yield each
        each.clients.stop()
        each.prometheus.stop()


@pytest.fixture(autouse=True)
def controller(rollouts: Rollouts) -> Iterator[None]:
    rollouts.start_controller()
    yield
    rollouts.controller.stop()
    assert {status for status, _, _ in rollouts.clients.answers} == {200}


def watched(rollouts: Rollouts) -> str:
    """What `fvi-ocr rollout status --watch` shows in a terminal until Ctrl-C."""
    terminal, inside = pty.openpty()
    words = ["rollout", "--desired", str(rollouts.system.desired), "status", "--watch"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140", "LINES": "40"}
    # Whoever runs the tests in the background may have Ctrl-C ignored in all that they start.
    command = ["env", "--default-signal=INT", sys.executable]
    command += ["-c", "import sys; from services.cli import main; sys.exit(main(sys.argv[1:]))", *words]
    with subprocess.Popen(command, env=environment, stdin=inside, stdout=inside, stderr=inside) as watching:
        os.close(inside)
        shown, is_told = b"", False
        with contextlib.suppress(OSError):  # the terminal is gone with the process
            while piece := os.read(terminal, 65536):
                shown += piece
                if shown.count(b"model servers") >= 3 and not is_told:  # it was drawn again
                    watching.send_signal(signal.SIGINT)
                    is_told = True
    os.close(terminal)
    assert watching.returncode == 130
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()


def kill(child: Child) -> None:
    os.kill(child.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        child.stop()


def test_an_equal_reader_is_promoted_though_the_controller_is_killed_in_every_phase_and_prometheus_goes_away(
    rollouts: Rollouts,
) -> None:
    rollouts.derive(2, "same")
    rollouts.begin(2)
    killed: list[str] = []
    while (phase := rollouts.now()["phase"]) != "promoted":
        if phase == "shadow" and "shadow" not in killed:
            kill(rollouts.prometheus)
            rollouts.wait(lambda: "Prometheus" in rollouts.now()["progress"]["waiting_for"], "away")
            time.sleep(3)
            assert rollouts.now()["phase"] == "shadow"
            rollouts.start_prometheus()
        if phase not in killed:
            killed.append(phase)
            kill(rollouts.controller)
            rollouts.start_controller()
        rollouts.wait(lambda phase=phase: rollouts.now()["phase"] != phase, f"after {phase}")

    assert killed[-5:] == ["load", "golden", "shadow", "share", "linger"]
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    assert rollouts.desired() == {"stable": 2}
    assert (2, "canary") in rollouts.clients.versions()
    before = len(rollouts.clients.answers)
    rollouts.wait(lambda: len(rollouts.clients.answers) > before + 4, "cards")
    assert rollouts.clients.versions(before + 4) == {(2, "stable")}
    pairs = rollouts.now()["progress"]["pairs"]
    assert pairs["numbers"]["same"] >= POLICY["least_pairs"]
    assert all(pairs[measure]["worse"] == 0 for measure in ("numbers", "dates", "addresses", "known_words", "errors"))


def test_a_reader_that_confuses_some_tones_is_rolled_back_and_answers_no_card(rollouts: Rollouts) -> None:
    rollouts.derive(3, "tones")
    rollouts.begin(3)

    rollouts.until("rolled_back")

    assert rollouts.now()["reason"].startswith("worse by ")
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    assert "canary" not in rollouts.desired()
    assert 3 not in {version for version, _ in rollouts.clients.versions()}
    pairs = rollouts.now()["progress"]["pairs"]
    assert pairs["numbers"]["worse"] == 0
    assert pairs["addresses"]["worse"] > 0


def test_a_reader_that_cannot_be_loaded_never_serves(rollouts: Rollouts) -> None:
    rollouts.derive(4, "crash")
    rollouts.begin(4)

    rollouts.until("rolled_back")

    assert "could not load it" in rollouts.now()["reason"]
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    assert 4 not in {version for version, _ in rollouts.clients.versions()}


def test_a_reader_of_another_alphabet_is_never_loaded(rollouts: Rollouts) -> None:
    rollouts.derive(7, "alphabet")
    rollouts.begin(7)

    rollouts.until("rolled_back")

    assert rollouts.now()["reason"].startswith("another alphabet")
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    serving = TensorFlowServing(rollouts.system.serving_target)
    assert {1, 7} & serving.versions("reader").keys() == {1}
    serving.close()


def test_a_slower_reader_is_rolled_back(rollouts: Rollouts) -> None:
    rollouts.derive(6, "slow")
    rollouts.begin(6, margin=0.02, wrong_alarm=0.05)

    rollouts.until("rolled_back")

    assert rollouts.now()["reason"].startswith("slower")
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    assert 6 not in {version for version, _ in rollouts.clients.versions()}


def test_a_person_aborts_and_the_canary_is_gone_from_the_next_cards(rollouts: Rollouts) -> None:
    rollouts.derive(5, "same")
    rollouts.begin(5, step_seconds=1000)
    rollouts.until("share")
    rollouts.wait(lambda: (5, "canary") in rollouts.clients.versions(), "a canary's card")

    shown = watched(rollouts)
    assert "-> 5: share 50 %" in shown
    assert "known_words" in shown
    assert "model servers: 1 of 1" in shown

    rollouts.say("abort", "reader", "--why", "enough seen", "--who", "ann")
    aborted = time.monotonic()

    assert "canary" not in rollouts.desired()
    rollouts.wait(lambda: time.monotonic() - aborted > 3, "what is under way")
    before = len(rollouts.clients.answers)
    rollouts.wait(lambda: len(rollouts.clients.answers) > before + 6, "cards")
    assert "canary" not in {label for _, label in rollouts.clients.versions(before)}
    rollouts.wait(lambda: rollouts.now()["is_settled"], "settled")
    history = yaml.safe_load(rollouts.system.desired.with_name("rollout.yaml").read_text())["history"]
    assert (history[-1]["who"], history[-1]["what"], history[-1]["why"]) == ("ann", "abort", "enough seen")


def test_nothing_that_a_card_says_is_in_log_documents_view_or_prometheus(rollouts: Rollouts, capsys) -> None:
    """Last, when versions have been compared: of what they read only counts are left."""
    texts = {str(text) for text in golden_set(2)[1]}
    for truth in (ROOT / "examples").glob("*.json"):
        texts |= set(json.loads(truth.read_text())["fields"].values())
    rollouts.say("status")
    rollouts.say("history", "reader")
    series = httpx.get(
        f"http://127.0.0.1:{rollouts.prometheus_port}/api/v1/series", params={"match[]": '{__name__=~".+"}'}, timeout=60
    )
    written = {"view": capsys.readouterr().out.encode(), "Prometheus": series.content}
    folders = {rollouts.folder, rollouts.system.desired.parent, rollouts.system.api.log.parent}
    written |= {str(path): path.read_bytes() for folder in folders for path in folder.iterdir() if path.is_file()}

    assert b"fvi_api_shadow_pairs_total" in written["Prometheus"]
    assert {"controller.log", "api.log", "rollout.yaml"} <= {Path(place).name for place in written}
    assert found(written, sorted(text for text in texts if len(text) > 5)) == []

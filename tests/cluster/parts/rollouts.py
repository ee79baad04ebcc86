"""Rollouts of Readers in the cluster: versions to try, the command, and what the documents say."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from kubernetes import client, config
from s3fs import S3FileSystem

from models.synthetic.golden import golden_set
from services.rollout.versions import GOLDEN, GOLDEN_FILE
from services.serving.agent.tf_serving import TensorFlowServing
from tests.cluster.parts import containers, faults, store
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.space import ROOT

DESIRED, STATE_MAP, LEASE = (f"{Release.NAME}-{name}" for name in ("desired-state", "rollout", "rollout"))
# Which Reader has which number, made of Reader 1 by tests/e2e/derive_reader.py.
SAME, TONES, CRASH, SUBTLE, SLOW, ALPHABET, UNSEEN = 2, 3, 4, 5, 6, 7, 8
KINDS = {SAME: "same", TONES: "tones", CRASH: "crash", SUBTLE: "subtle", SLOW: "slow", ALPHABET: "alphabet"}
KINDS[UNSEEN] = "same"  # for one test only: no agent has it on its disk before
SECONDS = 420
# What can be decided in minutes at two cards a second.
POLICY = {
    "margin": 0.1,
    "wrong_promotion": 0.05,
    "least_pairs": 40,
    "shadow": 100,
    "shares": [50],
    "step_seconds": 10,
    "step_cards": 10,
    "linger_seconds": 5,
    "load_seconds": 300,
    "limit_seconds": 600,
}


def publish_all(folder: Path) -> None:
    """All Readers of KINDS and a golden set, in the store of the cluster; those that are there stay."""
    files = S3FileSystem(key=store.KEY, secret=store.SECRET, endpoint_url=store.ENDPOINT, skip_instance_cache=True)
    readers = folder / "reader"
    readers.mkdir()
    (readers / "1").symlink_to(store.MODELS / "reader" / "1")
    for version, kind in KINDS.items():
        if not files.exists(f"models/reader/{version}/manifest.json"):
            script = ROOT / "tests" / "e2e" / "derive_reader.py"
            command = [sys.executable, str(script), str(readers), str(version), kind]
            subprocess.run(command, check=True, timeout=400, capture_output=True)
            store.publish(readers / str(version), "reader", version)
    if not files.exists(f"models/{GOLDEN}/1/manifest.json"):
        (folder / GOLDEN).mkdir()
        images, texts = golden_set(2)
        np.savez_compressed(folder / GOLDEN / GOLDEN_FILE, images=images, texts=texts)
        store.publish(folder / GOLDEN, GOLDEN, 1)


class Rollouts:
    """What a person at a terminal, and somebody with kubectl, can do and see; `folder` is for files."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release, self._folder = release, folder
        self._core = client.CoreV1Api(config.new_client_from_config(str(release.kubectl.kubeconfig)))

    @property
    def kubectl(self) -> Kubectl:
        return self.release.kubectl

    def say(self, *words: str) -> str:
        """What `fvi-ocr rollout` prints."""
        command = [str(ROOT / ".venv/bin/fvi-ocr"), "rollout", "--namespace", self.kubectl.namespace, *words]
        environment = {**os.environ, "KUBECONFIG": str(self.kubectl.kubeconfig)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begin(self, version: int, **policy: object) -> None:
        file = self._folder / "policy.yaml"
        file.write_text(yaml.safe_dump({**POLICY, **policy}))
        self.say("start", "reader", "--version", str(version), "--policy", str(file), "--why", f"try {version}")

    def reset(self, stable: int) -> None:
        """No rollout, and this version of the Reader stable in every model server."""
        self.desire({"stable": stable})
        self.kubectl("delete", "configmap", STATE_MAP, "--ignore-not-found")

    def desire(self, reader: Object) -> None:
        data = {"models.yaml": json.dumps({"models": {**self._models(), "reader": reader}})}
        self.kubectl("patch", "configmap", DESIRED, f"--patch={json.dumps({'data': data})}")

    def desired(self) -> Object:
        found: Object = self._models()["reader"]
        return found

    def now(self) -> Object:
        """The state of the rollout."""
        found: Object = self._read(STATE_MAP, "rollout.yaml")["rollouts"]["reader"]
        return found

    def history(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self._read(STATE_MAP, "rollout.yaml")["history"]
        return lines

    def wait(self, what: str, probe: Callable[[], object], seconds: float = SECONDS) -> None:
        """Until `probe` is true. The kubelet is told when to look at ConfigMaps: by itself it takes a minute."""
        told = ""

        def probe_and_tell() -> object:
            nonlocal told
            if (desired := str(self.desired())) != told:
                told = desired
                self.nudge()
            return probe()

        wait_for(what, probe_and_tell, seconds, pause=1)

    def nudge(self) -> None:
        """A changed annotation makes the kubelet look after a pod, and its ConfigMaps, at once."""
        for component in ("api", "serving"):
            selector = f"--selector={self.release.selector(component)}"
            self.kubectl("annotate", "pods", selector, "--overwrite", f"fvi-ocr/look={time.time():.3f}")

    def until(self, phase: str) -> Object:
        """The state in that phase, or in the end if it ends otherwise."""
        ends = {"promoted", "rolled_back", "aborted", "overtaken"}
        self.wait(phase, lambda: self.now()["phase"] in ends | {phase})
        now = self.now()
        assert now["phase"] == phase, now
        return now

    def settled(self, phase: str) -> Object:
        """The same, with what it wants desired."""
        self.until(phase)
        self.wait("it is settled", lambda: self.now()["is_settled"])
        return self.now()

    def kill_leader(self) -> None:
        """kill -9 the controller that acts, and its pod with it, so that no back-off delays another one."""
        holder = self.kubectl.get("lease", LEASE)["spec"]["holderIdentity"].rpartition("-")[0]
        for pod in self.release.pods("rollout"):
            if pod["metadata"]["name"] == holder:
                containers.kill(pod, "services.rollout")
                self.kubectl("delete", "pod", holder, "--grace-period=0", "--force", "--wait=false")

    def seen_by(self, pod: Object) -> str:
        """The desired state as the kubelet has brought it to a pod of the API."""
        return (faults.volume(pod, "configmap", "desired-state") / "models.yaml").read_text()

    def readers(self, label: str) -> list[int | None]:
        """Which version each model server takes the label for; one with two of them does not agree."""
        found = []
        for pod in self.release.ready("serving"):
            with contextlib.closing(TensorFlowServing(f"{pod['status']['podIP']}:8500")) as serving:
                found.append(serving.version_of("reader", label))
        return found

    def _models(self) -> Object:
        found: Object = self._read(DESIRED, "models.yaml")["models"]
        return found

    def _read(self, name: str, key: str) -> Object:
        found = self._core.read_namespaced_config_map(name, self.kubectl.namespace)
        document: Object = yaml.safe_load(found.data[key])
        return document

"""The release as it is watched: with API keys and a rollout controller, and with Croppers that cannot be used."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.api.keys import new_key
from tests.cluster.parts import product, prometheus, rollouts, store
from tests.cluster.parts.alerts import Alerts
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.prometheus import query
from tests.cluster.parts.release import Release
from tests.cluster.parts.rollouts import Rollouts
from tests.cluster.parts.space import STATE

_KEY, KEY_LINE = new_key("tests")
KEY_LINE += " requests_per_second=1000 burst=1000"
AUTHORIZED = {"Authorization": f"Bearer {_KEY}"}
HEADERS = {**AUTHORIZED, "Content-Type": "image/jpeg"}
_KEYS = "keys-of-the-api"
DEADLINE_SECONDS = 12
VALUES: Object = {
    **product.VALUES,
    "apiKeys": {"existingSecret": _KEYS},
    "api": {
        **product.VALUES["api"],
        "autoscaling": {"enabled": False},
        "replicas": 2,
        "deadlineSeconds": DEADLINE_SECONDS,
        "settings": {"FVI_REQUIRE_NUMBER": "false"},  # cards with a hand over the number are to be answered
    },
    # Unlike `product.VALUES`, so that model servers begin anew, and so do their counters.
    "modelStore": {**product.VALUES["modelStore"], "settings": {"FVI_STORE_RETRY_SECONDS": 2}},
    "rollout": {
        "enabled": True,
        "prometheus": {"url": prometheus.URL},
        "intervalSeconds": 1,
        "resources": {"requests": {"cpu": "20m", "memory": "150Mi"}, "limits": {"memory": "512Mi"}},
    },
}
GOOD, CORRUPT, BROKEN = 12, 13, 14  # versions of the Cropper
SERVER, AGENT = "services.serving.embedded", "services.serving.agent"  # programs in a pod of the model servers


@contextlib.contextmanager
def monitored(release: Release, folder: Path, values: Object = VALUES, keys: str = KEY_LINE) -> Iterator[Rollouts]:
    """The release with these keys, and with three more Croppers in its store; nothing is rolled out.

    Args:
        keys: lines of the file.
    """
    write_keys(release, keys)
    release.install(values, seconds=420)
    for name in ("croppers", "policies"):
        (folder / name).mkdir()
    _publish(folder / "croppers")
    system = Rollouts(release, folder / "policies")
    system.reset(1)
    wait_for("pods of before have gone", lambda: not any(map(_is_leaving, release.kubectl.items("pods"))), 120, pause=1)
    shutil.rmtree(prometheus.DATA, ignore_errors=True)  # what other tests' pods counted
    yield system
    desire(system)
    system.reset(1)
    release.install(product.VALUES, seconds=420)
    release.kubectl("delete", "secret", _KEYS)


def _is_leaving(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def write_keys(release: Release, lines: str) -> None:
    """The Secret with the API's keys."""
    metadata = {"name": _KEYS}
    release.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"keys": lines}})


def desire(system: Rollouts, **models: Object) -> None:
    """This of these models, and 1 of the others; the kubelet looks at once."""
    write_desired(system, json.dumps({"models": {name: {"stable": 1} for name in product.MODELS} | models}))


def write_desired(system: Rollouts, text: str) -> None:
    """Any text as the desired state."""
    patch = json.dumps({"data": {"models.yaml": text}})
    system.kubectl("patch", "configmap", rollouts.DESIRED, f"--patch={patch}")
    system.nudge()


def converged(alerts: Alerts, system: Rollouts, version: int = 1) -> None:
    """Until this Cropper is stable in both pods, and the agents want nothing more."""
    serving = f'count(fvi_model_version_state{{model="cropper", label="stable", version="{version}"}}) == 2'
    idle = "max(fvi_agent_convergence_lag_seconds) == 0"
    system.nudge()

    def is_so() -> object:
        alerts.look()  # so that new pods are scraped
        return query(serving) and query(idle)

    wait_for(f"Cropper {version} is stable everywhere", is_so, 240, pause=1)


def _publish(folder: Path) -> None:
    """A good Cropper; one whose bytes are others than it was published with; one that no server can load."""
    for version in (GOOD, CORRUPT, BROKEN):
        stored = STATE / "var" / "s3" / "data" / "models" / "cropper" / str(version)
        if (stored / "manifest.json").exists():
            continue
        this = folder / str(version)
        shutil.copytree(store.MODELS / "cropper" / "1", this, ignore=shutil.ignore_patterns("manifest.json"))
        if version == BROKEN:
            (variables,) = (this / "variables").glob("*.data-*")
            variables.write_bytes(variables.read_bytes()[:100])
        store.publish(this, "cropper", version)
        if version == CORRUPT:
            graph = (stored / "saved_model.pb").read_bytes()
            (stored / "saved_model.pb").write_bytes(bytes([graph[0] ^ 1]) + graph[1:])

"""The chart's alerts on a real Prometheus: quiet while all is well, and each fires when what it is about is done."""

import contextlib
import io
import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw

from services.api.keys import new_key
from tests.cluster.parts import alerts, product, prometheus, rollouts, store
from tests.cluster.parts.alerts import Alerts, StandIn
from tests.cluster.parts.containers import kill
from tests.cluster.parts.fake_nodes import is_ready
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.load import load
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.prometheus import query
from tests.cluster.parts.release import Release
from tests.cluster.parts.rollouts import Rollouts
from tests.cluster.parts.shots import CARD, SPECIMEN
from tests.cluster.parts.space import STATE

KEY, KEY_LINE = new_key("tests")
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "image/jpeg"}
KEYS = "keys-of-the-api"
VALUES: Object = {
    **product.VALUES,
    "apiKeys": {"existingSecret": KEYS},
    "api": {**product.VALUES["api"], "autoscaling": {"enabled": False}, "replicas": 2, "deadlineSeconds": 12},
    "modelStore": {**product.VALUES["modelStore"], "settings": {"FVI_STORE_RETRY_SECONDS": 2}},
    "rollout": {
        "enabled": True,
        "prometheus": {"url": prometheus.URL},
        "intervalSeconds": 1,
        "resources": {"requests": {"cpu": "20m", "memory": "150Mi"}, "limits": {"memory": "512Mi"}},
    },
}
SERVER = "services.serving.embedded"
GOOD, CORRUPT, BROKEN = 12, 13, 14  # versions of the Cropper


@pytest.fixture(scope="module")
def system(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollouts]:
    """The release with API keys and a controller, and three versions of the Cropper in its store."""
    keys(release, KEY_LINE)
    release.install(VALUES, seconds=420)
    publish(tmp_path_factory.mktemp("versions"))
    system = Rollouts(release, tmp_path_factory.mktemp("policies"))
    system.reset(1)
    yield system
    desire(system, "cropper", stable=1)
    release.install(product.VALUES, seconds=420)
    release.kubectl("delete", "secret", KEYS)


@pytest.fixture(scope="module")
def others() -> Iterator[StandIn]:
    """For kube-state-metrics, cert-manager and dcgm-exporter; all is well there."""
    with alerts.stand_in() as page:
        page.say(samples_of_others(well=True))
        yield page


@pytest.fixture(scope="module")
def watched(system: Rollouts, others: StandIn) -> Iterator[Alerts]:
    """Prometheus with the rules that the chart renders."""
    del others
    release = system.release
    with prometheus.prometheus([], alerts.rules(release, VALUES)):
        yield Alerts(release)


def keys(release: Release, line: str) -> None:
    metadata = {"name": KEYS}
    release.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"keys": line}})


def publish(folder: Path) -> None:
    """A good Cropper; one whose bytes change in the store; one that no server can load."""
    for version in (GOOD, CORRUPT, BROKEN):
        this = folder / "cropper" / str(version)
        shutil.copytree(store.MODELS / "cropper" / "1", this, ignore=shutil.ignore_patterns("manifest.json"))
        if version == BROKEN:
            (variables,) = (this / "variables").glob("*.data-*")
            variables.write_bytes(variables.read_bytes()[:100])
        if not (in_store(version) / "manifest.json").exists():
            store.publish(this, "cropper", version)
    graph = in_store(CORRUPT) / "saved_model.pb"
    graph.write_bytes(bytes([graph.read_bytes()[0] ^ 1]) + graph.read_bytes()[1:])


def in_store(version: int) -> Path:
    return STATE / "var" / "s3" / "data" / "models" / "cropper" / str(version)


def desire(system: Rollouts, model: str, **entry: object) -> None:
    """This of one model, and 1 of the others; the kubelet looks at once."""
    write(system, json.dumps({"models": {name: {"stable": 1} for name in product.MODELS} | {model: entry}}))


def write(system: Rollouts, text: str) -> None:
    patch = json.dumps({"data": {"models.yaml": text}})
    system.kubectl("patch", "configmap", rollouts.DESIRED, f"--patch={patch}")
    system.nudge()


@contextlib.contextmanager
def cut_off(pod: Object, port: int) -> Iterator[None]:
    """A pod's packets to a port of the node are lost, as by a NetworkPolicy."""
    rule = ["INPUT", "--source", pod["status"]["podIP"], "--protocol", "tcp", "--dport", str(port), "--jump", "DROP"]
    subprocess.run(["iptables", "--insert", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "--delete", *rule], check=True)


def volume(pod: Object, kind: str, name: str) -> Path:
    return Path("/var/lib/kubelet/pods") / pod["metadata"]["uid"] / "volumes" / f"kubernetes.io~{kind}" / name


def converged(watched: Alerts, system: Rollouts, version: int = 1) -> None:
    """Until this Cropper is stable in both pods, and the agents want nothing more."""
    serving = f'count(fvi_model_version_state{{model="cropper", label="stable", version="{version}"}}) == 2'
    idle = "max(fvi_agent_convergence_lag_seconds) == 0"
    system.nudge()

    def is_so() -> object:
        watched.look()  # so that new pods are scraped
        return query(serving) and query(idle)

    wait_for(f"Cropper {version} is stable everywhere", is_so, 240, pause=1)


def samples_of_others(*, well: bool) -> dict[str, float]:
    """Their metrics as they are named and labelled, with the pods of this release in them."""
    of_us = f'namespace="real",pod="{Release.NAME}-serving-0",container="serving"'
    scaler = f'namespace="real",horizontalpodautoscaler="{Release.NAME}-api"'
    gpu = f'gpu="0",UUID="GPU-0",exported_namespace="real",exported_pod="{Release.NAME}-serving-0"'
    names = {"state": "kube_pod_container_status", "hpa": "kube_horizontalpodautoscaler"}
    waiting = "PodInitializing" if well else "CreateContainerConfigError"
    return {
        f"{names['hpa']}_status_current_replicas{{{scaler}}}": 2 if well else 10,
        f"{names['hpa']}_spec_max_replicas{{{scaler}}}": 10,
        f"{names['state']}_restarts_total{{{of_us}}}": 0 if well else 3,
        f'{names["state"]}_last_terminated_reason{{{of_us},reason="{"Completed" if well else "OOMKilled"}"}}': 1,
        f'{names["state"]}_waiting_reason{{{of_us},reason="{waiting}"}}': 1,
        f'kube_pod_status_phase{{{of_us},phase="Pending"}}': 0 if well else 1,
        'certmanager_certificate_expiration_timestamp_seconds{namespace="real",name="ocr-tls"}': time.time()
        + (60 if well else 5) * 86400,
        f"DCGM_FI_DEV_XID_ERRORS{{{gpu}}}": 0 if well else 79,
        # Idle for a quarter of an hour would be too long to wait for: so it is not there before.
        **({} if well else {f"DCGM_FI_DEV_GPU_UTIL{{{gpu}}}": 0}),
        f"DCGM_FI_DEV_FB_USED{{{gpu}}}": 70000,
        f"DCGM_FI_DEV_FB_FREE{{{gpu}}}": 9000,
    }


def covered_card(front: str) -> bytes:
    """The card with something over its sex and over half of its number."""
    found = httpx.post(f"{front}/v1/cards", content=SPECIMEN, headers=HEADERS, timeout=60).json()["fields"]
    image = Image.open(io.BytesIO(SPECIMEN))
    number = [tuple(point) for point in found["id_number"]["polygon"]]
    half = [((x + number[i ^ 1][0]) / 2, (y + number[i ^ 1][1]) / 2) for i, (x, y) in enumerate(number)]
    draw = ImageDraw.Draw(image)
    draw.polygon([tuple(point) for point in found["sex"]["polygon"]], "grey")
    draw.polygon([half[0], number[1], number[2], half[3]], "grey")
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=95)
    return jpeg.getvalue()


def last_week(name: str, change: Callable[[float], float]) -> str:
    """A recorded series of today, changed, at every minute of an hour a week ago, as OpenMetrics."""
    today, lines = query(f"last_over_time({name}[5m])"), []
    assert today
    for sample in today:
        labels = ",".join(f'{key}="{value}"' for key, value in sample["metric"].items() if key != "__name__")
        value, middle = change(float(sample["value"][1])), int(time.time()) - 7 * 86400
        lines += [f"{name}{{{labels}}} {value} {at}\n" for at in range(middle - 1800, middle + 1800, 60)]
    return "".join(lines)


def test_no_alert_fires_while_cards_are_read(watched: Alerts, system: Rollouts, front: str) -> None:
    wait_for("all pods are scraped", lambda: watched.look() or query("count(fvi_agent_ready) == 2"), 60, pause=1)
    fired: set[str] = set()
    with load(front, [CARD], rate=1, headers=HEADERS) as answers:
        converged(watched, system)
        time.sleep(40)  # what was so before the load has passed
        begun = time.monotonic()
        while time.monotonic() < begun + 40:
            fired |= watched.look()
            time.sleep(1)
    assert not answers.failures
    assert fired == set()


def test_every_rule_can_be_evaluated(watched: Alerts) -> None:
    del watched
    rules = alerts.evaluated()
    assert len(rules) > 100
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_a_desired_state_with_a_mistake(watched: Alerts, system: Rollouts) -> None:
    write(system, "models: [")
    watched.wait("FviDesiredStateUnusable")
    desire(system, "cropper", stable=1)
    watched.wait_quiet("FviDesiredStateUnusable")


def test_a_canary_whose_bytes_are_not_what_its_manifest_says(watched: Alerts, system: Rollouts, front: str) -> None:
    desire(system, "cropper", stable=1, canary=CORRUPT, traffic=100)
    with load(front, [CARD], rate=1, headers=HEADERS) as answers:
        watched.wait("FviVersionRefused", "FviNotConverging", "FviCanaryNotThere")
    assert not answers.failures
    desire(system, "cropper", stable=1)
    converged(watched, system)


def test_a_version_that_cannot_be_loaded(watched: Alerts, system: Rollouts) -> None:
    desire(system, "cropper", stable=1, canary=BROKEN, traffic=0)
    watched.wait("FviModelNotLoaded")
    desire(system, "cropper", stable=1)
    converged(watched, system)


def test_a_pod_that_does_not_reach_the_store_stays_behind(watched: Alerts, system: Rollouts) -> None:
    with cut_off(system.release.ready("serving")[0], 9000):
        desire(system, "cropper", stable=GOOD)
        watched.wait("FviModelVersionSkew", "FviStoreUnreachable", seconds=240)
    converged(watched, system, GOOD)
    watched.wait_quiet("FviModelVersionSkew")
    desire(system, "cropper", stable=1)
    converged(watched, system)


def test_credentials_that_the_store_refuses(watched: Alerts, system: Rollouts) -> None:
    release = system.release
    data = {"AWS_ACCESS_KEY_ID": store.KEY, "AWS_SECRET_ACCESS_KEY": "another"}
    secret = VALUES["modelStore"]["credentials"]["existingSecret"]
    release.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "stringData": data})
    release.kubectl("delete", "pod", release.ready("serving")[0]["metadata"]["name"], "--wait=false")
    watched.wait("FviStoreRefusesUs", "FviModelServerNotReady", seconds=180)
    product.prepare(release.kubectl)
    for pod in release.pods("serving"):
        if not is_ready(pod) and "deletionTimestamp" not in pod["metadata"]:
            release.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=1")
    release.wait_ready("serving", 2, 240)


def test_model_servers_that_hang(watched: Alerts, system: Rollouts, front: str) -> None:
    servers = system.release.ready("serving")
    for pod in servers:
        kill(pod, SERVER, signal.SIGSTOP)
    try:
        with load(front, [CARD], rate=10, headers=HEADERS):
            watched.wait(
                "FviNoModelServerReady",
                "FviBusy",
                "FviApiSaturated",
                "FviAvailabilityBurnsFast",
                "FviAvailabilityBurnsSlowly",
                "FviLatencyBurnsFast",
                "FviLatencyBurnsSlowly",
            )
    finally:
        for pod in servers:
            kill(pod, SERVER, signal.SIGCONT)
    watched.wait_quiet("FviNoModelServerReady")
    system.release.wait_ready("serving", 2, 240)


def test_a_model_server_that_is_killed(watched: Alerts, system: Rollouts, front: str) -> None:
    with load(front, [CARD], rate=1, headers=HEADERS):
        time.sleep(10)
        kill(system.release.ready("serving")[0], SERVER)
        watched.wait("FviRestarts")
    system.release.wait_ready("serving", 2, 240)


def test_an_agent_that_hangs(watched: Alerts, system: Rollouts) -> None:
    pod = system.release.ready("serving")[0]
    kill(pod, "services.serving.agent", signal.SIGSTOP)
    watched.wait("FviTargetDown")
    kill(pod, "services.serving.agent", signal.SIGCONT)
    watched.wait_quiet("FviTargetDown")
    system.release.wait_ready("serving", 2, 240)


def test_an_agent_that_cannot_write(watched: Alerts, system: Rollouts) -> None:
    models = volume(system.release.ready("serving")[0], "empty-dir", "models")
    mode = models.stat().st_mode
    (models / "models.config").unlink()  # it would write it again
    models.chmod(0o555)
    try:
        watched.wait("FviAgentFails", seconds=180)
    finally:
        models.chmod(mode)
    converged(watched, system)


def test_batches_of_which_a_part_is_not_done_in_time(watched: Alerts, front: str) -> None:
    headers = {"Authorization": HEADERS["Authorization"]}
    files = [("images", (f"{number}.jpg", SPECIMEN, "image/jpeg")) for number in range(8)]

    def partly_done() -> bool:
        for seconds in (0.8, 1.2, 1.8, 2.6, 3.6):
            patience = {**headers, "X-Request-Timeout-Ms": str(int(seconds * 1000))}
            httpx.post(f"{front}/v1/cards:batch", files=files, headers=patience, timeout=60)
        return "FviImagesOfBatchesFail" in watched.look()

    wait_for("FviImagesOfBatchesFail fires", partly_done, 120)


def test_keys_with_a_mistake(watched: Alerts, system: Rollouts, front: str) -> None:
    keys(system.release, "tests no-hash")
    system.nudge()

    def told() -> bool:
        assert httpx.post(f"{front}/v1/cards", content=SPECIMEN, headers=HEADERS, timeout=60).status_code == 200
        return "FviApiKeysUnreadable" in watched.look()

    wait_for("FviApiKeysUnreadable fires", told, 180, pause=1)
    keys(system.release, KEY_LINE)
    system.nudge()
    wait_for("the keys are read again", lambda: not told(), 180, pause=1)


def test_rollouts_that_go_wrong(watched: Alerts, system: Rollouts, front: str, tmp_path: Path) -> None:
    """One that finds no pairs, then one that is not loaded in time, and a state that cannot be used."""
    rollouts.publish_all(tmp_path)
    with load(front, [CARD], rate=1, headers=HEADERS):
        system.begin(rollouts.SAME, shadow=0.01)
        watched.wait("FviCanaryStuck", "FviCanaryWithoutEvidence", seconds=300)
        with contextlib.ExitStack() as cuts:
            for pod in system.release.ready("rollout"):
                cuts.enter_context(cut_off(pod, 9090))
            watched.wait("FviRolloutBlind")
        system.say("abort", "reader", "--why", "seen")
        system.wait("it is settled", lambda: system.now()["is_settled"])
        system.begin(rollouts.CRASH, load_seconds=1)
        watched.wait("FviCanaryRolledBack", seconds=300)
    patch = json.dumps({"data": {"rollout.yaml": "rollouts: ["}})
    system.kubectl("patch", "configmap", rollouts.STATE_MAP, f"--patch={patch}")
    watched.wait("FviRolloutStopped")
    system.reset(1)


def test_readings_that_are_worse_than_a_week_ago(watched: Alerts, front: str, tmp_path: Path) -> None:
    """Last week is written into Prometheus; today's cards are read, some of them with a hand over them."""
    covered = covered_card(front)
    with load(front, [CARD], rate=1, headers=HEADERS):
        for _ in range(5):
            answer = httpx.post(f"{front}/v1/cards", content=covered, headers=HEADERS, timeout=60)
            assert "field_missing:sex" in answer.json()["warnings"]
        time.sleep(30)
    history = tmp_path / "last-week.txt"
    history.write_text(
        last_week("namespace_field:fvi_api_field_confidence:mean1d", lambda now: now + 0.05)
        + last_week("namespace_field:fvi_api_fields_empty:ratio1d", lambda _: 0.0)
        + last_week("namespace_field:fvi_api_fields:increase1d", lambda now: now)
        + last_week("namespace_check:fvi_api_checks_failed:ratio1d", lambda _: 0.0)
        + last_week("namespace_check:fvi_api_checks:increase1d", lambda now: now)
        + "# EOF\n"
    )
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(history), str(prometheus.DATA)]
    subprocess.run(command, check=True, capture_output=True)
    watched.wait("FviConfidenceDrift", "FviEmptyFieldsDrift", "FviCheckFailuresDrift", seconds=300)


def test_what_other_exporters_say(watched: Alerts, others: StandIn, front: str) -> None:
    others.say(samples_of_others(well=False))
    with load(front, [CARD], rate=1, headers=HEADERS):
        watched.wait(
            "FviAutoscalerAtLimit",
            "FviOutOfMemory",
            "FviPodDoesNotStart",
            "FviPodPending",
            "FviCertificateExpires",
            "FviGpuError",
            "FviGpuIdle",
        )
    others.say(samples_of_others(well=True))


def test_no_api_at_all(watched: Alerts, system: Rollouts) -> None:
    release = system.release
    release.kubectl("scale", f"deployment/{release.NAME}-api", "--replicas=0")
    watched.wait("FviApiDown", seconds=180)
    release.kubectl("scale", f"deployment/{release.NAME}-api", "--replicas=2")
    release.wait_ready("api", 2, 240)
    watched.wait_quiet("FviApiDown")


def test_every_alert_was_seen_and_says_what_it_means(watched: Alerts) -> None:
    every = {rule["name"] for rule in alerts.evaluated() if rule["type"] == "alerting"}
    assert every - watched.seen.keys() == set()
    for alert in watched.seen.values():
        text = " ".join(alert["annotations"].values())
        assert not re.search(r"<no value>|error|%!", text), text
        print(f"{alert['labels']['severity']:8} {alert['labels']['alertname']}: {alert['annotations']['summary']}")


def test_every_recorded_series_has_the_labels_that_its_name_begins_with(watched: Alerts) -> None:
    del watched
    for name in sorted({rule["name"] for rule in alerts.evaluated() if rule["type"] == "recording"}):
        found = query(f"last_over_time({name}[1h])")
        assert found, name
        labels = set(found[0]["metric"]) - {"quantile"}
        assert labels == set(name.partition(":")[0].split("_")), name

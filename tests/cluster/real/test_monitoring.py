"""The chart's alerts on a real Prometheus: quiet while all is well, and each fires when what it is about is done.

The order matters: what looks back for an hour must see its own cause first.
"""

import contextlib
import io
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.cluster.parts import alerts, monitored, product, prometheus, rollouts, store
from tests.cluster.parts.alerts import Alerts, StandIn
from tests.cluster.parts.containers import kill
from tests.cluster.parts.fake_nodes import is_ready
from tests.cluster.parts.faults import hanging, slow_clients, unwritable, volume, without_prometheus, without_store
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.load import load
from tests.cluster.parts.monitored import AGENT, AUTHORIZED, BROKEN, CORRUPT, GOOD, HEADERS, SERVER, converged, desire
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.prometheus import query
from tests.cluster.parts.release import Release
from tests.cluster.parts.rollouts import Rollouts
from tests.cluster.parts.shots import CARD, SPECIMEN, Shot


@pytest.fixture(scope="module")
def system(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollouts]:
    with monitored.monitored(release, tmp_path_factory.mktemp("monitored")) as system:
        yield system


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
    with prometheus.prometheus([], alerts.rules(system.release, monitored.VALUES)):
        yield Alerts(system.release)


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
    """The card without its sex, and without the last quarter of its number: paper is there instead."""
    found = httpx.post(f"{front}/v1/cards", content=SPECIMEN, headers=HEADERS, timeout=60).json()["fields"]
    image = Image.open(io.BytesIO(SPECIMEN))
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = found["id_number"]["polygon"]
    last = [((x0 + 3 * x1) / 4, (y0 + 3 * y1) / 4), (x1, y1), (x2, y2), ((x3 + 3 * x2) / 4, (y3 + 3 * y2) / 4)]
    paper = image.getpixel((round(x1) + 8, round((y1 + y2) / 2)))
    draw = ImageDraw.Draw(image)
    draw.polygon(last, paper)
    draw.polygon([tuple(point) for point in found["sex"]["polygon"]], "white")
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=95)
    return jpeg.getvalue()


def warnings_and_checks(answer: Object) -> tuple[list[str], list[str]]:
    """What is wrong with a card, and which of its checks fail."""
    return answer["warnings"], [check["name"] for check in answer["checks"] if check["result"] == "fail"]


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
        time.sleep(30)  # what was so before the load has passed
        begun = time.monotonic()
        while time.monotonic() < begun + 30:
            fired |= watched.look().keys()
            time.sleep(1)
    assert not answers.failures
    assert fired == set()


def test_every_rule_can_be_evaluated(watched: Alerts) -> None:
    del watched
    rules = alerts.evaluated()
    assert len(rules) > 100
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_a_desired_state_with_a_mistake(watched: Alerts, system: Rollouts) -> None:
    watched.wait_quiet("FviDesiredStateUnusable")
    monitored.write_desired(system, "models: [")
    watched.wait("FviDesiredStateUnusable")
    desire(system)
    watched.wait_quiet("FviDesiredStateUnusable")


def test_a_canary_whose_bytes_are_not_what_its_manifest_says(watched: Alerts, system: Rollouts, front: str) -> None:
    expected = ("FviVersionRefused", "FviNotConverging", "FviCanaryNotThere")
    watched.wait_quiet(*expected)
    desire(system, cropper={"stable": 1, "canary": CORRUPT, "traffic": 100})
    with load(front, [CARD], rate=1, headers=HEADERS) as answers:
        watched.wait(*expected, model="cropper")
    assert not answers.failures
    desire(system)
    converged(watched, system)


def test_a_version_that_cannot_be_loaded(watched: Alerts, system: Rollouts) -> None:
    watched.wait_quiet("FviModelNotLoaded")
    desire(system, cropper={"stable": 1, "canary": BROKEN, "traffic": 0})
    watched.wait("FviModelNotLoaded", model="cropper")
    desire(system)
    converged(watched, system)


def test_a_pod_that_does_not_reach_the_store_stays_behind(watched: Alerts, system: Rollouts) -> None:
    watched.wait_quiet("FviModelVersionSkew", "FviStoreUnreachable")
    with without_store(system.release.ready("serving")[0]):
        desire(system, cropper={"stable": GOOD})
        watched.wait("FviModelVersionSkew", seconds=240, model="cropper", label="stable")
        watched.wait("FviStoreUnreachable", seconds=240)
    converged(watched, system, GOOD)
    watched.wait_quiet("FviModelVersionSkew")
    desire(system)
    converged(watched, system)


def test_credentials_that_the_store_refuses(watched: Alerts, system: Rollouts) -> None:
    release = system.release
    watched.wait_quiet("FviStoreRefusesUs", "FviModelServerNotReady")
    data = {"AWS_ACCESS_KEY_ID": store.KEY, "AWS_SECRET_ACCESS_KEY": "another"}
    secret = monitored.VALUES["modelStore"]["credentials"]["existingSecret"]
    release.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "stringData": data})
    before = {pod["metadata"]["name"] for pod in release.pods("serving")}
    release.kubectl("delete", "pod", release.ready("serving")[0]["metadata"]["name"], "--wait=false")

    def new_pods() -> set[str]:
        return {pod["metadata"]["name"] for pod in release.pods("serving")} - before

    (new,) = wait_for("another pod is made", new_pods, 60)
    watched.wait("FviStoreRefusesUs", seconds=180)
    watched.wait("FviModelServerNotReady", seconds=180, pod=new)
    product.prepare(release.kubectl)
    for pod in release.pods("serving"):
        if not is_ready(pod) and "deletionTimestamp" not in pod["metadata"]:
            release.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=1")
    release.wait_ready("serving", 2, 240)


def test_a_model_server_that_is_killed(watched: Alerts, system: Rollouts, front: str) -> None:
    pod = system.release.ready("serving")[0]
    watched.wait_quiet("FviRestarts")
    with load(front, [CARD], rate=1, headers=HEADERS):
        time.sleep(10)
        kill(pod, SERVER)
        watched.wait("FviRestarts", seconds=180, pod=pod["metadata"]["name"])
    system.release.wait_ready("serving", 2, 240)


def test_an_agent_that_hangs(watched: Alerts, system: Rollouts) -> None:
    pod = system.release.ready("serving")[0]
    watched.wait_quiet("FviTargetDown")
    with hanging([pod], AGENT):
        watched.wait("FviTargetDown", pod=pod["metadata"]["name"])
    watched.wait_quiet("FviTargetDown")
    system.release.wait_ready("serving", 2, 240)


def test_an_agent_that_cannot_write(watched: Alerts, system: Rollouts) -> None:
    pod = system.release.ready("serving")[0]
    watched.wait_quiet("FviAgentFails")
    (volume(pod, "empty-dir", "models") / "models.config").unlink()  # it will write it again
    with unwritable(pod):
        watched.wait("FviAgentFails", seconds=180, pod=pod["metadata"]["name"])
    converged(watched, system)


def test_keys_with_a_mistake(watched: Alerts, system: Rollouts, front: str) -> None:
    def still_let_in() -> None:
        assert httpx.post(f"{front}/v1/cards", content=SPECIMEN, headers=HEADERS, timeout=60).status_code == 200

    watched.wait_quiet("FviApiKeysUnreadable")
    monitored.write_keys(system.release, "tests no-hash")
    system.nudge()
    watched.wait("FviApiKeysUnreadable", seconds=180, meanwhile=still_let_in)
    monitored.write_keys(system.release, monitored.KEY_LINE)
    system.nudge()
    watched.wait_quiet("FviApiKeysUnreadable", meanwhile=still_let_in)


def test_more_cards_than_there_are_places(watched: Alerts, front: str) -> None:
    (places,) = query("sum(fvi_api_places)")
    expected = ("FviBusy", "FviApiSaturated", "FviAvailabilityBurnsFast", "FviAvailabilityBurnsSlowly")
    watched.wait_quiet(*expected)
    with slow_clients(f"{front}/v1/cards", int(float(places["value"][1]) * 1.5), 3, HEADERS) as answers:
        watched.wait(*expected)
    assert set(answers) == {415, 503}  # their bytes are no photo


def test_model_servers_that_hang(watched: Alerts, system: Rollouts, front: str) -> None:
    expected = ("FviNoModelServerReady", "FviLatencyBurnsFast", "FviLatencyBurnsSlowly")
    watched.wait_quiet(*expected)
    with hanging(system.release.ready("serving"), SERVER), load(front, [CARD], rate=6, headers=HEADERS):
        watched.wait(*expected)
    watched.wait_quiet("FviNoModelServerReady")
    system.release.wait_ready("serving", 2, 240)


def test_batches_of_which_a_part_is_not_done_in_time(watched: Alerts, front: str) -> None:
    files = [("images", (f"{number}.jpg", SPECIMEN, "image/jpeg")) for number in range(8)]

    def send() -> None:
        begun = time.monotonic()
        httpx.post(f"{front}/v1/cards:batch", files=files, headers=AUTHORIZED, timeout=60)
        needed = time.monotonic() - begun  # by this machine, busy as it is now
        for share in (0.4, 0.5, 0.6, 0.7, 0.8):
            patience = {**AUTHORIZED, "X-Request-Timeout-Ms": str(int(share * needed * 1000))}
            httpx.post(f"{front}/v1/cards:batch", files=files, headers=patience, timeout=60)

    watched.wait_quiet("FviImagesOfBatchesFail")
    watched.wait("FviImagesOfBatchesFail", seconds=180, meanwhile=send)


def test_rollouts_that_go_wrong(watched: Alerts, system: Rollouts, front: str, tmp_path: Path) -> None:
    """One that finds no pairs, then one that is not loaded in time, and a state that cannot be used."""
    rollouts.publish_all(tmp_path)
    watched.wait_quiet("FviCanaryStuck", "FviCanaryWithoutEvidence", "FviRolloutBlind", "FviCanaryRolledBack")
    with load(front, [CARD], rate=1, headers=HEADERS):
        system.begin(rollouts.SAME, shadow=0.01)
        watched.wait("FviCanaryStuck", "FviCanaryWithoutEvidence", seconds=300, model="reader")
        with contextlib.ExitStack() as cuts:
            for pod in system.release.ready("rollout"):
                cuts.enter_context(without_prometheus(pod))
            watched.wait("FviRolloutBlind")
        system.say("abort", "reader", "--why", "seen")
        system.wait("it is settled", lambda: system.now()["is_settled"])
        system.begin(rollouts.CRASH, load_seconds=1)
        watched.wait("FviCanaryRolledBack", seconds=300, model="reader")
    watched.wait_quiet("FviRolloutStopped")
    patch = json.dumps({"data": {"rollout.yaml": "rollouts: ["}})
    system.kubectl("patch", "configmap", rollouts.STATE_MAP, f"--patch={patch}")
    watched.wait("FviRolloutStopped")
    system.reset(1)
    watched.wait_quiet("FviRolloutStopped")


def test_readings_that_are_worse_than_a_week_ago(watched: Alerts, front: str, tmp_path: Path) -> None:
    """Last week is written into Prometheus; today's cards are read, some of them with a hand over them."""
    expected = ("FviConfidenceDrift", "FviEmptyFieldsDrift", "FviCheckFailuresDrift")
    watched.wait_quiet(*expected)
    hidden = Shot(CARD.path, covered_card(front), warnings_and_checks)
    with load(front, [CARD, hidden], rate=1, headers=HEADERS) as answers:
        time.sleep(40)
    assert not answers.failures
    assert answers.said[hidden] == (["field_missing:sex"], ["id_has_right_length"])
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
    watched.wait(*expected, seconds=300)  # Prometheus looks for blocks once a minute


def test_what_other_exporters_say(watched: Alerts, others: StandIn, front: str) -> None:
    expected = (
        "FviAutoscalerAtLimit",
        "FviOutOfMemory",
        "FviPodDoesNotStart",
        "FviPodPending",
        "FviCertificateExpires",
        "FviGpuError",
        "FviGpuIdle",
    )
    watched.wait_quiet(*expected)
    with load(front, [CARD], rate=1, headers=HEADERS):
        others.say(samples_of_others(well=False))
        watched.wait(*expected)
    others.say(samples_of_others(well=True))


def test_no_api_at_all(watched: Alerts, system: Rollouts) -> None:
    release = system.release
    watched.wait_quiet("FviApiDown")
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
        assert not re.search(r"<no value>|<error|%!", text), text
        print(f"{alert['labels']['severity']:8} {alert['labels']['alertname']}: {alert['annotations']['summary']}")


def test_every_recorded_series_has_the_labels_that_its_name_begins_with(watched: Alerts) -> None:
    del watched
    for name in sorted({rule["name"] for rule in alerts.evaluated() if rule["type"] == "recording"}):
        found = query(f"last_over_time({name}[1h])")
        assert found, name
        labels = set(found[0]["metric"]) - {"__name__", "quantile"}
        assert labels == set(name.partition(":")[0].split("_")), name

"""Every panel of every dashboard asks the Prometheus of the cluster, under load, and draws something."""

import contextlib
import functools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.spec import MODELS
from scripts.dashboards.boards import BOARDS
from scripts.dashboards.live import Answer, Live, faults
from scripts.dashboards.panel import Needs
from services.api.trip import STAGES
from tests.cluster.parts import alerts, kube_state, monitored, product, prometheus, rollouts
from tests.cluster.parts.alerts import Alerts
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.faults import hanging
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.monitored import BROKEN, CORRUPT, DEADLINE_SECONDS, SERVER, desire
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.prometheus import query
from tests.cluster.parts.release import Release
from tests.cluster.parts.rollouts import SAME, Rollouts
from tests.e2e.clients import ANSWERED, HURRIED, PATIENT, Clients, new_keys
from tests.e2e.panels import values, weeks

VALUES: Object = {
    **monitored.VALUES,
    "api": {
        **monitored.VALUES["api"],
        "autoscaling": {**product.VALUES["api"]["autoscaling"], "maxReplicas": 2},
        "threads": 3,  # so few places that the clients fill them now and then
        "queue": 1,
    },
}
_POLICY = {
    "margin": 0.3,
    "least_pairs": 10,
    "step_seconds": 10_000,  # it is still there when the panels are looked at
    "step_cards": 2,
    "wrong_alarm": 1e-9,
    "limit_seconds": 10_000,
}
SCRAPE_SECONDS = 5
SECONDS = 90  # of samples after everything has gone wrong
GPU = 'gpu="0",UUID="GPU-0",exported_namespace="real",exported_pod="a-pod",exported_container="serving"'


@pytest.fixture(scope="module")
def live(
    release: Release, real_node: ControlPlane, front: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """Prometheus with the samples of some busy minutes, and the load goes on."""
    keys, lines = new_keys()
    folder = tmp_path_factory.mktemp("monitored")
    with contextlib.ExitStack() as stack:
        system = stack.enter_context(monitored.monitored(release, folder, VALUES, lines))
        page = stack.enter_context(alerts.stand_in())
        page.say(kube_state.samples(release.kubectl) | gpus())
        jobs = [prometheus.containers(real_node)]
        stack.enter_context(prometheus.prometheus([], alerts.rules(release, VALUES), jobs))
        watched, begun = Alerts(release), time.time()
        wait_for("all pods are scraped", lambda: watched.look() or query("count(fvi_agent_ready) == 2"), 60, pause=1)
        clients = Clients(front, keys)
        with clients.traffic():
            go_wrong(system, watched, folder)
            wait_for(f"all of {ANSWERED} are answered", lambda: set(clients.answers) >= ANSWERED, 240)
            page.say(kube_state.samples(release.kubectl) | gpus())
            time.sleep(SECONDS)
            now = time.time()
            yield Live(prometheus.URL, "real", SCRAPE_SECONDS, now - begun, now)


def gpus() -> dict[str, float]:
    """As dcgm-exporter writes them."""
    readings = {"GPU_UTIL": 61, "FB_USED": 900, "POWER_USAGE": 210.5, "GPU_TEMP": 45, "XID_ERRORS": 0}
    return {f"DCGM_FI_DEV_{name}{{{GPU}}}": value for name, value in readings.items()}


def go_wrong(system: Rollouts, watched: Alerts, folder: Path) -> None:
    """A Reader is rolled out, Croppers are refused, and the model servers hang for longer than a card may take."""
    rollouts.publish_all(folder)
    system.begin(SAME, **_POLICY)
    system.until("share")
    for version, failures in ((CORRUPT, "verification"), (BROKEN, "load")):
        desire(system, reader=system.desired(), cropper={"stable": 1, "canary": version, "traffic": 50})
        refused = functools.partial(query, f"count(fvi_agent_{failures}_failures_total) == 2")
        wait_for(f"Cropper {version} is refused by both", refused, 120, pause=1)
    with hanging(system.release.ready("serving"), SERVER):
        time.sleep(DEADLINE_SECONDS + 3)
    system.release.wait_ready("serving", 2, 240)
    watched.look()


@pytest.fixture(scope="module")
def answers(live: Live) -> list[Answer]:
    return list(live.ask(BOARDS))


def test_every_panel_draws_finite_samples_with_the_labels_of_its_legend(answers: list[Answer]) -> None:
    assert len(answers) > 100
    assert faults(answers, set(Needs) - {Needs.WEEK}) == []
    lines = sum(each.is_finite for answer in answers for each in answer.series)
    print(f"\n{len(answers)} queries, {lines} lines")


def test_panels_about_last_week_find_what_was_a_while_ago(live: Live) -> None:
    assert faults(list(live.ask([weeks("60s", "120s")])), {Needs.WEEK}) == []


@pytest.mark.parametrize(
    ("title", "label", "all_of_them"),
    [
        ("Mean time by stage", "stage", set(STAGES)),
        ("Model calls, p50 and p99", "model", set(MODELS)),
        ("Time of requests", "model_name", set(MODELS)),
        ("Cards by version of the Reader", "label", {"stable", "canary"}),
        ("Versions that serve", "model", set(MODELS)),
        ("Requests by client", "client", {PATIENT, HURRIED}),
        ("Images of batches and two sides", "route", {"/v1/cards", "/v1/cards:batch"}),
        ("Evidence that it is no worse", "measure", {"numbers", "dates", "addresses", "known_words"}),
        ("Confidence, by version", "version", {"1", str(SAME)}),
        ("Time on the same words", "arm", {"stable", "canary"}),
        ("Versions refused", "model", {"cropper"}),
        ("Canary not there", "model", {"cropper"}),
        ("Autoscaling", "horizontalpodautoscaler", {f"{Release.NAME}-api"}),
        ("GPU busy", "pod", {"a-pod"}),
    ],
)
def test_a_panel_draws_a_line_for_each(answers: list[Answer], title: str, label: str, all_of_them: set[str]) -> None:
    assert values(answers, title, label) == all_of_them


@pytest.mark.parametrize(
    ("title", "components"),
    [
        ("In flight", ("api",)),
        ("Not ready", ("serving",)),
        ("Starts", ("serving",)),
        ("CPU", ("api", "serving", "rollout")),
        ("Memory of the limit", ("api", "serving", "rollout")),
    ],
)
def test_a_panel_draws_a_line_for_each_pod(
    answers: list[Answer], release: Release, title: str, components: tuple[str, ...]
) -> None:
    pods = {pod["metadata"]["name"] for component in components for pod in release.ready(component)}
    assert values(answers, title, "pod") >= pods  # and those that an upgrade ended meanwhile


def test_panels_about_failures_name_them(answers: list[Answer]) -> None:
    assert {"busy", "rate_limited", "unsupported_image"} <= values(answers, "Errors by code", "code")
    assert "serving_timeout" in values(answers, "Model calls that failed", "code")
    assert "blurred" in values(answers, "Issues of photos", "code")
    assert "corrupt_version" in values(answers, "Fetches that failed", "code")


def test_the_variable_offers_the_namespace(live: Live) -> None:
    assert live.namespaces() == ["real"]

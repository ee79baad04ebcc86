"""Every panel of every dashboard asks a live Prometheus, and draws something."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.spec import MODELS
from scripts.dashboards.boards import BOARDS
from scripts.dashboards.live import Answer, Live, faults
from scripts.dashboards.panel import Board, Needs, Panel, Query, Row
from services.api.trip import STAGES
from tests.chart import rendering
from tests.e2e import watched
from tests.e2e.clients import HURRIED, PATIENT
from tests.e2e.panels import values, weeks
from tests.e2e.test_rollout import found_prometheus

# None of Kubernetes, GPUs and last week is on a laptop.
THERE = {Needs.BATCHING, Needs.ROLLOUT, Needs.KEYS, Needs.RULES, Needs.ALERT}
INVENTED = {Needs.KUBERNETES, Needs.GPU}
# Not FVI_…: the API refuses settings that it does not know.
PICTURES = os.environ.get("DASHBOARD_PICTURES")
SECONDS = 60  # of samples after everything has gone wrong


@pytest.fixture(scope="module")
def live(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A Prometheus with the samples of some busy minutes."""
    program = found_prometheus()
    settings = ("monitoring.rules.kind=prometheusRule", f"monitoring.rules.namespace={watched.NAMESPACE}")
    rules = rendering.render("minimal", *settings).one("PrometheusRule", "rules")["spec"]["groups"]
    begun = time.time()
    with watched.watched(program, store, tmp_path_factory.mktemp("watched"), rules) as each:
        each.system.wait(seconds=SECONDS)
        now = time.time()
        yield Live(each.prometheus_url, watched.NAMESPACE, watched.SCRAPE_SECONDS, now - begun, now)


@pytest.fixture(scope="module")
def answers(live: Live) -> list[Answer]:
    return list(live.ask(BOARDS))


def test_every_panel_draws_finite_samples_with_the_labels_of_its_legend(answers: list[Answer]) -> None:
    assert len(answers) > 100
    assert faults(answers, THERE) == []


def test_panels_of_other_peoples_exporters_understand_their_labels(answers: list[Answer]) -> None:
    theirs = [each for each in answers if each.panel.needs in INVENTED]
    assert len(theirs) >= 2 * len(INVENTED)
    assert faults(theirs, INVENTED) == []


def test_panels_about_last_week_find_what_was_a_while_ago(live: Live) -> None:
    assert faults(list(live.ask([weeks("15s", "30s")])), {Needs.WEEK}) == []


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
        ("Confidence, by version", "version", {"1", str(watched.CANARY)}),
        ("Time on the same words", "arm", {"stable", "canary"}),
        ("Versions refused", "model", {"cropper", "detector"}),
        ("Canary not there", "model", {"cropper", "detector"}),
    ],
)
def test_a_panel_draws_a_line_for_each(answers: list[Answer], title: str, label: str, all_of_them: set[str]) -> None:
    assert values(answers, title, label) == all_of_them


def test_panels_about_failures_name_them(answers: list[Answer]) -> None:
    assert {"busy", "rate_limited", "unsupported_image"} <= values(answers, "Errors by code", "code")
    assert "serving_timeout" in values(answers, "Model calls that failed", "code")
    assert "blurred" in values(answers, "Issues of photos", "code")
    assert "corrupt_version" in values(answers, "Fetches that failed", "code")


def test_the_variable_offers_the_namespace(live: Live) -> None:
    assert live.namespaces() == [watched.NAMESPACE]


@pytest.mark.parametrize(
    ("expression", "legend", "fault"),
    [
        ("sum(fvi_api_no_such_metric)", "sum", "no samples"),
        ("sum(rate(fvi_api_requests_total[1m])", "sum", "parse error"),
        ("sum by (status) (fvi_api_requests_total)", "{{route}}", "no series has ['route']"),
        ("fvi_api_requests_total", "{{route}} {{status}}", "does not tell series apart by"),
        ("0 / (0 * sum(fvi_api_requests_total))", "nothing", "no finite sample"),
    ],
)
def test_a_panel_that_would_draw_nothing_is_found_out(live: Live, expression: str, legend: str, fault: str) -> None:
    wrong = Panel("Wrong", "Of a metric.", "short", (Query(expression, legend),))
    (found,) = faults(list(live.ask([Board("wrong", "Wrong", "", (Row("One", (wrong,)),))])), THERE)
    assert fault in found


def test_of_a_panel_for_what_is_not_there_only_the_syntax_counts(live: Live) -> None:
    right = Panel("GPU", "Of a GPU.", "short", (Query("DCGM_FI_DEV_GPU_UTIL", "gpu"),), needs=Needs.GPU)
    wrong = replace(right, queries=(Query("max by (DCGM_FI_DEV_GPU_UTIL", "gpu"),))
    board = Board("gpu", "GPU", "", (Row("One", (right, wrong)),))
    (found,) = faults(list(live.ask([board])), THERE)
    assert "parse error" in found


@pytest.mark.skipif(not PICTURES, reason="make dashboard-pictures draws them")
def test_pictures_are_drawn(answers: list[Answer]) -> None:
    from scripts.dashboards.pictures import draw

    draw(answers, Path(str(PICTURES)))

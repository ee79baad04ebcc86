"""What is shown, from the metrics that API, agents and controller really have."""

from contextlib import closing
from dataclasses import replace

import pytest
from rich.console import Console

from services.desired import DesiredModel
from services.rollout.policy import RolloutPolicy
from services.rollout.state import Phase, RolloutState
from services.rollout.steps import start
from services.serving.agent.metrics import VersionState
from services.top import view
from services.top.figures import Figures, figures
from services.top.scraper import Scraper


def seen(*urls: str, between=lambda: None) -> Figures:
    with closing(Scraper(urls, 60.0)) as scraper:
        scraper.look()
        between()
        return figures(scraper.look())


def shown(seen: Figures) -> str:
    console = Console(width=120, record=True, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(view.frame(seen, 10.0))
    return captured.get()


def test_the_shares_of_failed_and_refused_requests(api) -> None:
    def between() -> None:
        for status, count in (("200", 6), ("503", 1), ("422", 2), ("400", 1)):
            api.metrics.requests.labels("/v1/cards", status).inc(count)
        api.metrics.errors.labels("no_card").inc(2)
        api.metrics.errors.labels("busy").inc(1)
        api.metrics.in_flight.inc(4)

    found = seen(api.url, between=between)
    assert found.failed / found.requests == pytest.approx(0.1)
    assert found.refused / found.requests == pytest.approx(0.3)
    assert found.in_flight == 4
    assert [code for code, _ in found.codes] == ["no_card", "busy"]
    for part in ("4 in flight", "10.00% failed", "30.00% refused", "no_card", "1 API"):
        assert part in shown(found)


def test_stages_and_calls_have_their_times(api) -> None:
    def between() -> None:
        for seconds in (0.02, 0.02, 0.02, 0.2):
            api.metrics.stage_seconds.labels("reader").observe(seconds)
            api.metrics.model_call_seconds.labels("reader", "2", "canary").observe(seconds)

    found = seen(api.url, between=between)
    (stage,), (call,) = found.stages, found.calls
    assert (stage.name, call.name) == (("reader",), ("reader", "2", "canary"))
    assert 0.01 < stage.p50 < 0.025
    assert 0.1 < call.p99 < 0.25
    assert "canary" in shown(found)


def test_a_stage_in_which_nothing_came_has_no_times(api) -> None:
    api.metrics.stage_seconds.labels("reader").observe(0.1)
    (stage,) = seen(api.url).stages
    assert (stage.per_second, stage.p50, stage.p99) == (0, None, None)


def test_each_replica_says_what_it_serves(agent) -> None:
    found = seen(agent.url)
    assert [(each.model, each.version, each.label, each.state) for each in found.served] == [
        ("reader", "1", "stable", "AVAILABLE"),
        ("reader", "2", "canary", "LOADING"),
    ]
    assert found.troubles == ()
    assert "LOADING" in shown(found)


def test_replicas_that_differ_in_what_is_stable_are_told(agent, serve) -> None:
    other = type(agent.metrics)()
    other.states([VersionState("reader", 2, "stable", "AVAILABLE")])
    other.ready(False)
    other.lag("reader", 12.4)
    troubles = "\n".join(seen(agent.url, serve(other).url).troubles)
    assert "reader: replicas differ in what is stable: 1 on 1, 2 on 1" in troubles
    assert "not every stable label answers" in troubles
    assert "reader has not been as desired for 12 s" in troubles


def test_a_version_that_was_refused_just_now_is_told(agent) -> None:
    agent.metrics.verification_failure("cropper")
    assert seen(agent.url).troubles == ()
    (trouble,) = seen(agent.url, between=lambda: agent.metrics.verification_failure("reader")).troubles
    assert "a version was refused" in trouble


def test_the_canary_has_phase_share_pairs_and_evidence(api, controller) -> None:
    rollout = start("reader", DesiredModel(1), 2, RolloutPolicy(), 0.0)
    controller.metrics.show(RolloutState({"reader": rollout}))
    for stable, canary, count in (("1", "2", 10), ("0", "1", 500)):
        for outcome, part in (("same", 8), ("canary_worse", 1), ("canary_better", 1)):
            labels = ("reader", stable, canary, "numbers", outcome)
            api.metrics.shadow.pairs.labels(*labels).inc(part * count / 10)

    def between() -> None:
        for label, count in (("stable", 3), ("canary", 1)):
            for _ in range(count):
                api.metrics.answers.labels("reader", "1", label).inc()

    (canary,) = seen(api.url, controller.url, between=between).canaries
    assert (canary.model, canary.versions, canary.phase) == ("reader", "1 -> 2", rollout.phase)
    assert (canary.traffic, canary.answered) == (0, pytest.approx(0.25))
    (numbers,) = (each for each in canary.measures if each.name == "numbers")
    assert (numbers.same, numbers.worse, numbers.better) == (8, 1, 1)
    assert numbers.of_harm is not None
    assert numbers.of_no_harm is not None
    text = shown(seen(api.url, controller.url))
    assert "canary of reader 1 -> 2" in text
    assert "numbers" in text


@pytest.mark.parametrize("end", [phase for phase in Phase if phase.is_end])
def test_a_rollout_that_has_ended_is_no_canary(api, controller, end) -> None:
    """Its phase is told, and its pairs are counted, until the next one."""
    ended = replace(start("reader", DesiredModel(1), 2, RolloutPolicy(), 0.0), phase=end)
    controller.metrics.show(RolloutState({"reader": ended}))
    api.metrics.shadow.pairs.labels("reader", "1", "2", "numbers", "same").inc(300)

    def between() -> None:
        api.metrics.answers.labels("reader", "2", "stable").inc()

    assert seen(api.url, controller.url, between=between).canaries == ()


def test_pairs_without_a_controller_are_those_of_a_canary(api) -> None:
    pairs = api.metrics.shadow.pairs.labels("reader", "1", "2", "numbers", "same")
    pairs.inc()
    (canary,) = seen(api.url, between=pairs.inc).canaries
    assert canary.versions == "1 -> 2"


def test_without_a_controller_the_canary_is_still_seen(agent) -> None:
    found = seen(agent.url)
    assert [canary.model for canary in found.canaries] == ["reader"]
    assert "canary of reader: no controller is asked" in shown(found)


def test_what_is_not_there_is_not_shown(agent) -> None:
    assert "requests/s" not in shown(seen(agent.url))

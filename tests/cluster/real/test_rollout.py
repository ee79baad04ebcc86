"""Readers rolled out by evidence on the real node, under open-loop load of which nothing fails.

Of ten requests one is a whole card, as in the load of the other events (shots.py), and nine are words. The policy
decides in minutes at two cards a second; docs/rollout.md says what the defaults are.
"""

import contextlib
import os
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.cluster.parts import product, prometheus, rollouts
from tests.cluster.parts.cards import Answers, cards
from tests.cluster.parts.events import scale
from tests.cluster.parts.faults import unwritable, without_store
from tests.cluster.parts.process import Process
from tests.cluster.parts.release import Release
from tests.cluster.parts.rollouts import ALPHABET, CRASH, SAME, SLOW, SUBTLE, TONES, UNSEEN, Rollouts
from tests.cluster.parts.shots import CARD, WORD

DISAGREE = "the model servers: 1 of 2 serve what is desired"
RATE = float(os.environ.get("FVI_CLUSTER_CARDS", "2"))
LEAST = int(os.environ.get("FVI_CLUSTER_REQUESTS", "10000"))
VALUES = {
    **product.VALUES,
    # Prometheus is told the API's pods by a file here: they must not change.
    "api": {**product.VALUES["api"], "autoscaling": {"enabled": False}, "replicas": 2},
    "rollout": {
        "enabled": True,
        "prometheus": {"url": prometheus.URL},
        "golden": {"version": 1},
        "intervalSeconds": 1,
        "resources": {"requests": {"cpu": "100m", "memory": "150Mi"}, "limits": {"memory": "512Mi"}},
    },
}


@pytest.fixture(scope="module")
def system(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollouts]:
    """The release with two controllers, and Readers and golden set in its store."""
    rollouts.publish_all(tmp_path_factory.mktemp("readers"))
    release.install(VALUES, seconds=420)
    release.wait_ready("rollout", 2)
    yield Rollouts(release, tmp_path_factory.mktemp("policies"))
    release.install(product.VALUES, seconds=420)


@pytest.fixture(scope="module")
def evidence(system: Rollouts) -> Iterator[Process]:
    """Prometheus, reading the API's pods and the controllers'."""
    pods = [pod for component in ("api", "serving", "rollout") for pod in system.release.ready(component)]
    with prometheus.prometheus(pods) as process:
        yield process


@pytest.fixture(scope="module")
def all_answers() -> list[Answers]:
    """What became of the requests under each rollout."""
    return []


@pytest.fixture
def answers(
    system: Rollouts, evidence: Process, front: str, all_answers: list[Answers], request: pytest.FixtureRequest
) -> Iterator[Answers]:
    """Load from the test's first line to its last; none of it may fail."""
    del evidence
    stable = request.param if hasattr(request, "param") else 1
    system.reset(stable)
    system.wait(f"Reader {stable} is stable", lambda: stable_readers(system) == {stable})
    with contextlib.ExitStack() as loads:
        answers = loads.enter_context(cards([f"{front}{CARD.path}"], RATE))
        loads.enter_context(cards([f"{front}{WORD.path}"], 9 * RATE, [WORD.body], answers))
        all_answers.append(answers)
        yield answers
    print(f"\n{request.node.name}: {answers}")
    assert not answers.failures, answers
    system.reset(1)


def stable_readers(system: Rollouts) -> set[int]:
    """What the label stands for, as each pod of the API hears it from one model server after the other."""
    urls = [f"http://{pod['status']['podIP']}:8000/v1/models" for pod in system.release.ready("api")]
    answers = [httpx.get(url, timeout=10).json()["models"] for url in urls * 4]
    return {model["version"] for models in answers for model in models if model["name"] == "reader"}


def versions(answers: Answers) -> set[int | None]:
    return {version for version, _ in answers.readers()}


@pytest.mark.parametrize("answers", [TONES], indirect=True)
def test_a_better_reader_is_promoted(system: Rollouts, answers: Answers) -> None:
    system.begin(1)

    now = system.settled("promoted")

    assert system.desired() == {"stable": 1}
    assert now["progress"]["pairs"]["addresses"]["better"] > 0
    assert (1, "canary") in answers.readers()
    print(f"\npromoted: {now['progress']['pairs']}")


def test_an_equal_reader_is_promoted_whoever_dies_meanwhile(
    system: Rollouts, answers: Answers, evidence: Process
) -> None:
    """The controller in every phase; Prometheus hangs in the shadow; a model server comes in the share."""
    system.begin(SAME)
    killed: list[str] = []
    while (phase := system.now()["phase"]) not in ("promoted", "rolled_back", "aborted", "overtaken"):
        if phase == "shadow" and "shadow" not in killed:
            evidence.pause()
            system.wait("it is missed", lambda: "Prometheus" in system.now()["progress"]["waiting_for"])
            evidence.resume()
        if phase == "share" and "share" not in killed:
            scale(system.release, 3)
        if phase not in killed:
            killed.append(phase)
            system.kill_leader()
        system.wait(f"after {phase}", lambda phase=phase: system.now()["phase"] != phase)
    scale(system.release, 2)

    assert system.settled("promoted")["progress"]["pairs"]["numbers"]["worse"] == 0
    assert {"load", "shadow", "share", "linger"} <= set(killed)  # the others may be over within a second
    assert system.desired() == {"stable": SAME}
    assert (SAME, "canary") in answers.readers()
    events = {event["reason"] for event in system.kubectl.items("events") if "reader" in event.get("message", "")}
    assert {"Start", "Shadow", "Linger", "Promoted"} <= events


def test_model_servers_that_disagree_hold_a_rollout_up_and_do_not_end_it(system: Rollouts, answers: Answers) -> None:
    """One does not get the canary, and later, when all others have it as stable, does not hear of that."""
    late = system.release.ready("serving")[0]
    with without_store(late):
        system.begin(UNSEEN, shares=[50])
        system.wait("one has it", lambda: sorted(system.readers("canary"), key=str) == [UNSEEN, None])
        system.wait("it is missed", lambda: system.now()["progress"]["waiting_for"] == DISAGREE)
        time.sleep(15)
        assert system.now()["phase"] == "load"
        assert versions(answers) == {1}
    system.until("share")
    with unwritable(late):
        system.until("linger")
        system.wait("two stable versions", lambda: sorted(system.readers("stable"), key=str) == [1, UNSEEN])
        system.wait("it is seen", lambda: system.now()["progress"]["waiting_for"] == DISAGREE)
        time.sleep(15)
        assert system.now()["phase"] == "linger"  # which was to take five seconds
        assert system.desired() == {"stable": UNSEEN, "keep": [1]}
    system.settled("promoted")
    system.wait("they agree", lambda: system.readers("stable") == [UNSEEN] * 2)


def test_a_reader_that_confuses_the_tones_of_3_percent_of_the_words_is_rolled_back(
    system: Rollouts, answers: Answers
) -> None:
    """Before it has answered a card."""
    system.begin(SUBTLE, margin=0.02)

    now = system.settled("rolled_back")

    assert now["reason"].startswith("worse by ")
    assert system.desired() == {"stable": 1}
    assert versions(answers) == {1}
    print(f"\nrolled back: {now['reason']}")


def test_a_slower_reader_is_rolled_back(system: Rollouts, answers: Answers) -> None:
    system.begin(SLOW, margin=0.01, wrong_alarm=0.05)

    now = system.settled("rolled_back")

    assert now["reason"].startswith("slower")
    assert versions(answers) == {1}
    print(f"\nrolled back: {now['reason']}")


def test_a_reader_that_cannot_be_loaded_never_serves(system: Rollouts, answers: Answers) -> None:
    system.begin(CRASH)

    assert "could not load it" in system.settled("rolled_back")["reason"]
    assert versions(answers) == {1}


def test_a_reader_of_another_alphabet_is_never_loaded(system: Rollouts, answers: Answers) -> None:
    system.begin(ALPHABET)

    assert system.settled("rolled_back")["reason"].startswith("another alphabet")
    assert [line["what"] for line in system.history()] == ["start", "rolled_back"]
    assert versions(answers) == {1}


def test_an_abort_is_done_two_seconds_after_it_is_seen(system: Rollouts, answers: Answers) -> None:
    """Each pod of the API is asked by itself; the kubelet takes its time, and nobody hurries it."""
    del answers
    system.begin(SAME, step_seconds=1000)
    system.until("share")
    pods = {f"http://{pod['status']['podIP']}:8000{WORD.path}": pod for pod in system.release.ready("api")}
    seen: dict[str, float] = {}
    with cards(list(pods), rate=20, photos=[WORD.body]) as words:
        everywhere = [(url, "canary") for url in pods]
        system.wait("canaries", lambda: set(everywhere) <= {(each.url, each.label) for each in words.all})
        written = time.time()
        system.say("abort", "reader", "--why", "enough seen", "--who", "ann")
        deadline = time.monotonic() + 180
        while len(seen) < len(pods):
            assert time.monotonic() < deadline, "the kubelet has not brought the desired state"
            for url in pods.keys() - seen.keys():
                if "canary" not in system.seen_by(pods[url]):
                    seen[url] = time.time()
            time.sleep(0.02)
        time.sleep(4)
    assert not words.failures, words
    for url, at in seen.items():
        last = max(each.began for each in words.all if each.url == url and each.label == "canary")
        print(f"\nabort: seen {at - written:.1f} s after the command began, last canary {last - at:+.2f} s after that")
        assert last - at <= 2.0
    assert system.history()[-1]["who"] == "ann"


def test_promotions_and_rollbacks_fail_none_of_enough_requests(
    system: Rollouts, answers: Answers, all_answers: list[Answers]
) -> None:
    """People promote, and change their minds, until enough was sent under all rollouts of this file."""
    times = 0
    while times < 1 or sum(len(each.all) for each in all_answers) < LEAST:
        times += 1
        system.begin(SAME, least_pairs=10_000, linger_seconds=1000)
        system.wait("the shadow", lambda: "shadow" in system.desired())
        system.say("promote", "reader", "--why", "in a hurry")
        system.wait("it is stable everywhere", lambda: stable_readers(system) == {SAME})
        system.say("abort", "reader", "--why", "too early")
        system.wait("it is not", lambda: system.now()["is_settled"] and stable_readers(system) == {1})
    assert {(SAME, "stable"), (1, "stable")} <= answers.readers()
    asked = [answer for each in all_answers for answer in each.all]
    sent, failed = len(asked), sum(len(each.failures) for each in all_answers)
    whole = sum(answer.url.endswith(CARD.path) for answer in asked)
    print(f"\n{times} times promoted and rolled back by hand")
    result = "FAIL" if failed else "PASS"
    print(f"BAR rollouts_failed {failed} == 0 {result} ({sent} requests under all rollouts, {whole} of whole cards)")
    assert failed == 0

"""What is done to a running system, under open-loop load: planned events fail no request.

Each event prints how many requests were sent and what became of them; the last test sums them up.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.cluster.parts import product, store
from tests.cluster.parts.containers import kill
from tests.cluster.parts.kubectl import Kubectl, Object, Refused
from tests.cluster.parts.load import Answers, load
from tests.cluster.parts.process import Process, wait_for
from tests.cluster.parts.release import CHART, Release

SPECIMEN = (CHART / "files" / "specimen.jpg").read_bytes()
RATE = float(os.environ.get("FVI_CLUSTER_RATE", "20"))
LEAST = int(os.environ.get("FVI_CLUSTER_REQUESTS", "10000"))
UnderLoad = Callable[[str], contextlib.AbstractContextManager[None]]
_planned: list[Answers] = []


@contextlib.contextmanager
def sending(front: str, name: str) -> Iterator[Answers]:
    """Load for the time of the block; at its end what became of it is printed."""
    answers = None
    try:
        with load(f"{front}/v1/corners", SPECIMEN, RATE) as answers:
            yield answers
    finally:
        print(f"\n{name}: {answers}")


@pytest.fixture
def planned(front: str) -> UnderLoad:
    """Load for the time of a block, of which nothing may fail; it counts for the sum."""

    @contextlib.contextmanager
    def under_load(name: str) -> Iterator[None]:
        with sending(front, name) as answers:
            yield
        _planned.append(answers)
        assert not answers.failures, str(answers)

    return under_load


@pytest.fixture(autouse=True)
def _settled(release: Release) -> None:
    release.wait_at_least("api", 2, 240)
    release.wait_ready("serving", 2, 240)


def restart(release: Release, component: str) -> None:
    """A rollout, until the last pod of before is gone."""
    before = names(release, component)
    release.kubectl("rollout", "restart", f"deployment/{release.NAME}-{component}")
    release.kubectl("rollout", "status", f"deployment/{release.NAME}-{component}", "--timeout=400s", seconds=420)
    wait_for("old pods are gone", lambda: not before & names(release, component), 120)


def names(release: Release, component: str) -> set[str]:
    return {pod["metadata"]["name"] for pod in release.pods(component)}


@pytest.mark.parametrize("component", ["api", "serving"])
def test_a_rollout_fails_no_request(release: Release, planned: UnderLoad, component: str) -> None:
    with planned(f"rollout of {component}"):
        restart(release, component)


def test_an_upgrade_of_the_release_fails_no_request(release: Release, planned: UnderLoad) -> None:
    values = {**product.VALUES, "api": {**product.VALUES["api"], "podAnnotations": {"changed": "yes"}}}
    before = names(release, "api")
    with planned("helm upgrade"):
        release.install(values, seconds=420)
        wait_for("old pods are gone", lambda: not before & names(release, "api"), 120)


def test_scaling_the_model_servers_up_and_down_fails_no_request(release: Release, planned: UnderLoad) -> None:
    with planned("serving 2 -> 3 -> 2"):
        scale(release, 3)
        scale(release, 2)


def test_a_new_version_of_a_model_fails_no_request(release: Release, planned: UnderLoad, front: str) -> None:
    store.publish(store.MODELS / "cropper" / "1", "cropper", 2)
    with planned("cropper 1 -> 2 -> 1"):
        for stable, other in ((2, 1), (1, 2)):
            desire(release.kubectl, {"stable": stable, "keep": [other]})
            wait_for(f"cropper {stable} answers everywhere", lambda n=stable: stable_croppers(front) == {n}, 240)


def test_a_drain_fails_no_request(release: Release, planned: UnderLoad) -> None:
    """With one node there is nowhere to go: pods are evicted one by one, as `kubectl drain` would."""
    with planned("evictions of all pods"):
        for component in ("api", "serving"):
            before = names(release, component)
            for pod in before:
                wait_for(f"{pod} may be evicted", lambda pod=pod: evicted(release, pod), 240, pause=1)
            wait_for("old pods are gone", lambda old=before, of=component: not old & names(release, of), 120)
            release.wait_at_least(component, 2, 240)


def test_an_outage_of_the_store_fails_no_request_and_keeps_new_pods_waiting(
    release: Release, planned: UnderLoad, s3_server: Process
) -> None:
    with planned("a store that hangs while a pod wants to start"):
        s3_server.pause()
        try:
            release.kubectl("scale", f"deployment/{release.NAME}-serving", "--replicas=3")
            wait_for("the third pod runs", lambda: len(running(release)) == 3, 120)
            time.sleep(15)  # longer than it takes to load the models when the store is there
            assert len(release.ready("serving")) == 2
        finally:
            s3_server.resume()
        release.wait_ready("serving", 3, 240)
        scale(release, 2)


def test_a_killed_model_server_fails_no_request(release: Release, front: str) -> None:
    """Not planned: it is killed in the middle of what it computes, and the API asks the other one."""
    with sending(front, "kill -9 of a model server") as answers:
        time.sleep(5)
        kill(release.ready("serving")[0], "services.serving.embedded")
        release.wait_ready("serving", 2, 240)
    assert not answers.failures


def test_a_killed_api_worker_costs_at_most_what_it_was_working_on(release: Release, front: str) -> None:
    """Not planned, and nobody can ask again for the client: what was under way in that process is lost."""
    with sending(front, "kill -9 of an API pod") as answers:
        time.sleep(5)
        kill(release.ready("api")[0], "gunicorn")
        release.wait_at_least("api", 2, 240)
    assert answers.failures.total() <= product.VALUES["api"]["workers"] * 24  # threads and queue of one pod


def test_planned_events_fail_none_of_enough_requests(release: Release, planned: UnderLoad) -> None:
    while sum(each.sent for each in _planned) < LEAST:
        with planned("another rollout of api"):
            restart(release, "api")
    sent, failed = sum(each.sent for each in _planned), sum(each.failures.total() for each in _planned)
    print(f"\nBAR planned_events_failed {failed} == 0 {'FAIL' if failed else 'PASS'} ({sent} requests)")
    assert failed == 0


def scale(release: Release, count: int) -> None:
    release.kubectl("scale", f"deployment/{release.NAME}-serving", f"--replicas={count}")
    release.wait_ready("serving", count, 240)
    wait_for(f"there are {count} pods", lambda: len(release.pods("serving")) == count, 120)


def running(release: Release) -> list[Object]:
    return [pod for pod in release.pods("serving") if pod["status"]["phase"] == "Running"]


def desire(kubectl: Kubectl, cropper: Object) -> None:
    models = {name: {"stable": 1} for name in product.MODELS} | {"cropper": cropper}
    metadata = {"name": f"{Release.NAME}-desired-state"}
    data = {"models.yaml": json.dumps({"models": models})}
    kubectl.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def stable_croppers(front: str) -> set[int]:
    """Versions of the Cropper that `stable` means, as six requests in a row hear it: they go round servers."""
    answers = [httpx.get(f"{front}/v1/models", timeout=10).json()["models"] for _ in range(6)]
    return {model["version"] for models in answers for model in models if model["name"] == "cropper"}


def evicted(release: Release, pod: str) -> bool:
    try:
        release.evict(pod)
    except Refused:
        return False
    return True

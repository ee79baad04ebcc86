"""What is planned, under open-loop load: no request fails. Each event prints what became of the requests."""

import json
import time

import httpx

from services.api.keys import new_key
from tests.cluster.parts import product, store
from tests.cluster.parts.events import UnderLoad, names, replaced, restart, scale
from tests.cluster.parts.kubectl import Kubectl, Object, Refused
from tests.cluster.parts.process import Process, wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.shots import WORD


def test_a_rollout_of_the_api_fails_no_request(release: Release, planned: UnderLoad) -> None:
    with planned("rollout of the API"):
        restart(release, "api")


def test_a_rollout_of_the_model_servers_fails_no_request(release: Release, planned: UnderLoad) -> None:
    with planned("rollout of the model servers"):
        restart(release, "serving")


def test_an_upgrade_of_the_release_fails_no_request(release: Release, planned: UnderLoad) -> None:
    annotated = {**product.VALUES["api"], "podAnnotations": {"changed": "yes"}}
    with planned("helm upgrade of both tiers"), replaced(release, "api"), replaced(release, "serving"):
        serving = {**product.VALUES["serving"], "podAnnotations": {"changed": "yes"}}
        release.install({**product.VALUES, "api": annotated, "serving": serving}, seconds=420)


def test_api_keys_can_be_brought_in_without_failing_a_request(release: Release, planned: UnderLoad, front: str) -> None:
    key, line = new_key("load")
    release.kubectl.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "test-key"}, "stringData": {"api-key": key}}
    )
    limits = "requests_per_second=1000 burst=1000"
    asked = {**product.VALUES, "apiKeys": {"lines": [f"{line} {limits}"]}, "test": {"existingSecret": "test-key"}}
    with planned("helm upgrade to API keys", {"X-API-Key": key}), replaced(release, "api"):
        release.install(asked, seconds=420)
    assert (
        httpx.post(f"{front}{WORD.path}", content=WORD.body, headers={"Content-Type": "image/jpeg"}).status_code == 401
    )
    assert "the right number" in release("test", release.NAME, "--logs")
    with planned("helm upgrade to none", {"X-API-Key": key}), replaced(release, "api"):
        release.install(product.VALUES, seconds=420)


def test_scaling_the_model_servers_up_and_down_fails_no_request(release: Release, planned: UnderLoad) -> None:
    with planned("model servers 2 -> 3 -> 2"):
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
            with replaced(release, component):
                for pod in names(release, component):
                    wait_for(f"{pod} may be evicted", lambda pod=pod: evicted(release, pod), 240, pause=2)
            release.wait_at_least(component, 2, 240)


def test_an_outage_of_the_store_fails_no_request_and_keeps_new_pods_waiting(
    release: Release, planned: UnderLoad, s3_server: Process
) -> None:
    with planned("a store that hangs while a pod wants to start"):
        s3_server.pause()
        try:
            release.kubectl("scale", f"deployment/{release.NAME}-serving", "--replicas=3")
            wait_for("the third pod runs", lambda: len(running(release)) == 3, 120, pause=1)
            time.sleep(15)  # longer than it takes to load the models when the store is there
            assert len(release.ready("serving")) == 2
        finally:
            s3_server.resume()
        release.wait_ready("serving", 3, 240)
        scale(release, 2)


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
    except Refused as refused:
        return "NotFound" in str(refused)  # the autoscaler has taken it away meanwhile
    return True

"""fvi-ocr on a real node: it is installed, reads cards, and scales with real load."""

import contextlib
import json

import httpx

from tests.cluster.parts.load import load
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.product import MODELS
from tests.cluster.parts.prometheus import prometheus, query, targets
from tests.cluster.parts.release import CHART, Release
from tests.cluster.parts.shots import MIX, SPECIMEN

MOST_LOADS = 4
TRUTH = json.loads((CHART / "files" / "specimen.json").read_text())["fields"]
JPEG = {"Content-Type": "image/jpeg"}


def test_helm_test_reads_a_card(release: Release) -> None:
    assert "the right number" in release("test", release.NAME, "--logs")


def test_a_card_is_read_through_the_ingress(front: str) -> None:
    answer = httpx.post(f"{front}/v1/cards", content=SPECIMEN, headers=JPEG, timeout=60)
    assert answer.status_code == 200, answer.text
    fields = {name: field["text"] for name, field in answer.json()["fields"].items()}
    assert fields["id_number"] == TRUTH["id_number"]
    versions = {name: model["version"] for name, model in answer.json()["models"].items()}
    assert versions == dict.fromkeys(MODELS, 1)


def test_every_pod_is_as_restricted_as_its_namespace_asks(release: Release) -> None:
    for pod in release.pods("api") + release.pods("serving"):
        containers = pod["spec"]["containers"] + pod["spec"].get("initContainers", [])
        assert all(container["securityContext"]["readOnlyRootFilesystem"] for container in containers)
        assert not pod["spec"]["automountServiceAccountToken"]


def test_the_autoscaler_adds_api_pods_under_real_load_and_takes_them_away(release: Release, front: str) -> None:
    def scaled() -> bool:
        return len(release.ready("api")) >= 3

    loads = []
    with contextlib.ExitStack() as running:
        while not scaled() and len(loads) < MOST_LOADS:  # a fast machine takes more of them to be busy
            loads.append(running.enter_context(load(front, MIX, rate=40)))
            with contextlib.suppress(TimeoutError):
                wait_for("a third API pod is ready", scaled, 75, pause=2)
        assert scaled(), f"not after {len(loads)} times 40 requests a second"
    print("\nscale out under load: " + "\n".join(map(str, loads)))
    assert loads
    assert not any(answers.failures for answers in loads)
    release.wait_ready("api", 2, seconds=240)


def test_prometheus_reads_every_pod_and_counts_cards(release: Release, front: str) -> None:
    pods = [pod for component in ("api", "serving") for pod in release.ready(component)]
    with prometheus(pods):
        wait_for("every pod is scraped", lambda: list(targets().values()) == ["up"] * len(pods), 60)
        test_a_card_is_read_through_the_ingress(front)
        wait_for("a card is counted", lambda: query("sum(fvi_api_requests_total) > 0"), 60)
        assert query("count(fvi_agent_ready == 1)")[0]["value"][1] == "2"

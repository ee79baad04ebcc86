"""The chart's rules on the real Prometheus: what it is told, which alerts fire, and what made them.

Alerts wait five seconds here before they fire, whatever their `for` says, and thresholds are low: nobody can wait for a
day. All rules are looked at every five seconds. What durations do is shown by promtool (tests/chart/test_rules.py).
"""

import contextlib
import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import yaml

from tests.cluster.parts import prometheus
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.space import NODE_IP

THRESHOLDS = {
    "kind": "configMap",
    "latencySeconds": 5,
    "latencyPercent": 99.9,
    "fewestFailures": 5,
    "saturationPercent": 10,  # of a mean over five minutes, most of which the test does not fill
    "convergenceSeconds": 5,
    "fewestCards": 3,
    "emptyRise": 0.001,
    "checksRise": 0.001,
    "restartsPerHour": 0,
}
_STAND_IN = 9400  # a port of the node


def rules(release: Release, values: Object) -> str:
    """The file of rules, as the chart renders it for this release."""
    monitoring = {**values.get("monitoring", {}), "rules": THRESHOLDS}
    manifests = release.template({**values, "monitoring": monitoring}).split("\n---\n")
    (found,) = [each for text in manifests if "fvi-ocr.rules.yaml" in text for each in [yaml.safe_load(text)]]
    text = re.sub(r"^( +for:) \w+$", r"\1 5s", found["data"]["fvi-ocr.rules.yaml"], flags=re.MULTILINE)
    return re.sub(r"^ +interval: \w+\n", "", text, flags=re.MULTILINE)


@dataclass
class Alerts:
    """What fires. `seen`: by name, an alert that fired for its own cause, with its labels and annotations."""

    release: Release
    seen: dict[str, Object] = field(default_factory=dict)
    _quiet: set[str] = field(default_factory=set)

    def look(self, **labels: str) -> dict[str, Object]:
        """The alerts of these labels that fire now, of the pods that run now, by their names."""
        return {each["labels"]["alertname"]: each for each in self._active(labels) if each["state"] == "firing"}

    def wait(
        self, *names: str, seconds: float = 120, meanwhile: Callable[[], object] = lambda: None, **labels: str
    ) -> None:
        """Until each of these has fired with these labels: alerts that were quiet before what is to make them fire.

        Args:
            meanwhile: is called again and again.
        """
        assert self._quiet >= set(names), "wait_quiet for them first, or an earlier cause may be what is seen"
        left, begun = set(names), time.monotonic()

        def all_seen() -> bool:
            meanwhile()
            firing = self.look(**labels)
            self.seen |= {name: firing[name] for name in left & firing.keys()}
            left.difference_update(firing)
            return not left

        try:
            wait_for(f"{', '.join(names)} fire", all_seen, seconds, pause=1)
        except TimeoutError as error:
            raise TimeoutError(f"not fired: {left}") from error
        self._quiet -= set(names)
        print(f"\n{', '.join(names)}: fired after {time.monotonic() - begun:.0f} s")

    def wait_quiet(self, *names: str, seconds: float = 180, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Until none of these fires or is about to."""

        def are_quiet() -> bool:
            meanwhile()
            return not {each["labels"]["alertname"] for each in self._active({})} & set(names)

        wait_for(f"{', '.join(names)} are quiet", are_quiet, seconds, pause=1)
        self._quiet |= set(names)

    def _active(self, labels: dict[str, str]) -> list[Object]:
        self._follow()
        alerts = _get("alerts")["alerts"]
        return [each for each in alerts if labels.items() <= each["labels"].items()]

    def _follow(self) -> None:
        """Prometheus scrapes what runs now: with the operator it would see by itself."""
        targets: list[Object] = [_node_target()]
        for component in ("api", "serving", "rollout"):
            for pod in self.release.pods(component):
                if "podIP" in pod["status"] and pod["status"]["phase"] == "Running":
                    targets += [prometheus.target(pod), *([_model_server(pod)] if component == "serving" else [])]
        prometheus.scrape(targets)


def _node_target() -> Object:
    return {"targets": [f"{NODE_IP}:{_STAND_IN}"]}


def _model_server(pod: Object) -> Object:
    """The port that annotations have no room for."""
    labels = {"pod": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
    labels["__metrics_path__"] = "/monitoring/prometheus/metrics"
    return {"targets": [f"{pod['status']['podIP']}:8501"], "labels": labels}


def evaluated() -> list[dict[str, Any]]:
    """Every rule, with its `health` and the error of its last evaluation."""
    return [rule for group in _get("rules")["groups"] for rule in group["rules"]]


def _get(what: str) -> dict[str, Any]:
    answer = httpx.get(f"{prometheus.URL}/api/v1/{what}").json()
    assert answer["status"] == "success", answer
    data: dict[str, Any] = answer["data"]
    return data


class StandIn:
    """A page of samples that stands in for exporters that are not here. `say` replaces it."""

    def __init__(self) -> None:
        self.page = b""

    def say(self, samples: dict[str, float]) -> None:
        self.page = "".join(f"{name} {value}\n" for name, value in samples.items()).encode()


@contextlib.contextmanager
def stand_in() -> Iterator[StandIn]:
    """On the node, where `Alerts` have it scraped."""
    page = StandIn()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(page.page)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer((NODE_IP, _STAND_IN), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield page
        finally:
            server.shutdown()
            thread.join()

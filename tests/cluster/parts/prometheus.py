"""A real Prometheus. Debian builds it without Kubernetes discovery, so it is told the pods' annotations by a file."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from tests.cluster.parts import tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import Process, running, wait_for
from tests.cluster.parts.space import NODE_IP, STATE

URL = f"http://{NODE_IP}:9090"


DATA = STATE / "var" / "prometheus"
_TARGETS = STATE / "targets.json"


@contextlib.contextmanager
def prometheus(pods: list[Object], rules: str = "", jobs: Sequence[Object] = ()) -> Iterator[Process]:
    """Prometheus at URL, which scrapes pods as their prometheus.io annotations say, every five seconds.

    Args:
        rules: a file of rules, as text; they are looked at as often. jobs: what else is scraped.
    """
    scrape([target(pod) for pod in pods])
    job = {"job_name": "pods", "file_sd_configs": [{"files": [str(_TARGETS)]}]}
    often = {"scrape_interval": "5s", "scrape_timeout": "4s", "evaluation_interval": "5s"}
    config, rules_file = STATE / "prometheus.json", STATE / "rules.yaml"
    rules_file.write_text(rules)
    config.write_text(json.dumps({"global": often, "scrape_configs": [job, *jobs], "rule_files": [str(rules_file)]}))
    flags = [f"--config.file={config}", f"--storage.tsdb.path={DATA}"]
    flags.append(f"--web.listen-address={NODE_IP}:9090")
    with running("prometheus", tools.installed("prometheus", "prometheus"), *flags) as process:
        wait_for("Prometheus is ready", lambda: httpx.get(f"{URL}/-/ready").status_code == 200, 30, process)
        yield process


def containers(plane: ControlPlane) -> Object:
    """The job that scrapes cAdvisor in the kubelet of the node."""
    pair = plane.ca.issue("prometheus", ("system:masters",))
    files = {"ca_file": plane.ca.pair.certificate, "cert_file": pair.certificate, "key_file": pair.key}
    return {
        "job_name": "cadvisor",
        "scheme": "https",
        "metrics_path": "/metrics/cadvisor",
        "tls_config": {name: str(path) for name, path in files.items()},
        "static_configs": [{"targets": [f"{NODE_IP}:10250"]}],
    }


def scrape(targets: list[Object]) -> None:
    """These from now on: Prometheus looks at the file."""
    new = _TARGETS.with_suffix(".new.json")
    new.write_text(json.dumps(targets))
    new.replace(_TARGETS)


def target(pod: Object) -> Object:
    """What the pod's annotations say, with the labels that the Prometheus operator would give."""
    says = {name: pod["metadata"]["annotations"][f"prometheus.io/{name}"] for name in ("scrape", "port", "path")}
    assert says["scrape"] == "true"
    labels = {name: pod["metadata"][of] for name, of in (("pod", "name"), ("namespace", "namespace"))}
    labels["__metrics_path__"] = says["path"]
    return {"targets": [f"{pod['status']['podIP']}:{says['port']}"], "labels": labels}


def query(expression: str) -> list[dict[str, Any]]:
    """The samples of a PromQL expression now."""
    answer = httpx.get(f"{URL}/api/v1/query", params={"query": expression}).json()
    assert answer["status"] == "success", answer
    samples: list[dict[str, Any]] = answer["data"]["result"]
    return samples


def targets() -> dict[str, str]:
    """Health of what is scraped, by address."""
    answer = httpx.get(f"{URL}/api/v1/targets", params={"state": "active"}).json()
    return {each["labels"]["instance"]: each["health"] for each in answer["data"]["activeTargets"]}

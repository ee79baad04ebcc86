"""The documents of rollouts as ConfigMaps of a real API server, with no more rights than the chart gives."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import yaml
from kubernetes import client, config

from services.desired import DesiredModel
from services.rollout import cluster, steps
from services.rollout.cli import main as command
from services.rollout.cluster import ClusterHome, Leadership
from services.rollout.home import Changed, HomeAway, read_both, write_both
from services.rollout.policy import RolloutPolicy
from services.rollout.state import Event, Phase
from tests.chart.rendering import render
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl

DESIRED, STATE, LEASE = "fvi-ocr-desired-state", "fvi-ocr-rollout", "fvi-ocr-rollout"
ENABLED = ("rollout.enabled=true", "rollout.prometheus.url=http://prometheus:9090")


@pytest.fixture
def home(plane: ControlPlane, namespace: Kubectl) -> Iterator[ClusterHome]:
    """As a user who may do just that; the desired state is there, the state is not."""
    models = {"reader": {"stable": 1}, "cropper": {"stable": 3}}
    rules = render("minimal", *ENABLED).one("Role", "rollout")["rules"]
    of_rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "rollout"}}
    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": DESIRED, "labels": {"of": "chart"}},
            "data": {"models.yaml": yaml.safe_dump({"models": models})},
        },
        {**of_rbac, "kind": "Role", "rules": rules},
        {
            **of_rbac,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "rollout"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "rollout"}],
        },
    )
    before = client.Configuration.get_default_copy()
    config.load_kube_config(str(plane.kubeconfig("rollout")))
    yield ClusterHome(namespace.namespace, DESIRED, STATE)
    client.Configuration.set_default(before)


def begun(home: ClusterHome) -> None:
    was = read_both(home)
    rollout = replace(steps.start("reader", was.desired["reader"], 2, RolloutPolicy(), 5.0), phase=Phase.LOAD)
    state = was.state.having(rollout, Event(time.time(), "reader", "ann", "start", "why not"))
    write_both(home, was, state, {**was.desired, "reader": steps.desired_by(rollout)})


def test_both_documents_are_written_and_read_and_all_else_of_them_stays(home: ClusterHome, namespace: Kubectl) -> None:
    begun(home)

    assert read_both(home).desired == {"reader": DesiredModel(1, 2), "cropper": DesiredModel(3)}
    assert read_both(home).state.rollouts["reader"].canary == 2
    assert namespace.get("configmap", DESIRED)["metadata"]["labels"] == {"of": "chart"}


def test_nothing_is_written_over_what_somebody_else_wrote(home: ClusterHome, namespace: Kubectl) -> None:
    was = read_both(home)
    begun(home)
    with pytest.raises(Changed):
        home.write_desired("models: {reader: {stable: 9}}", was.desired_written)
    with pytest.raises(Changed):  # it was not there, and now is
        home.write_state("rollouts: {}", was.state_written)
    was = read_both(home)
    namespace("annotate", "configmap", STATE, "a=b")
    with pytest.raises(Changed):
        home.write_state("rollouts: {}", was.state_written)


def test_what_happens_becomes_an_event(home: ClusterHome, namespace: Kubectl) -> None:
    begun(home)
    (event,) = namespace.items("events")
    assert (event["reason"], event["type"]) == ("Start", "Normal")
    assert event["message"] == "reader: start by ann: why not"
    assert event["involvedObject"]["name"] == DESIRED


def test_a_desired_state_that_is_not_there_is_told(home: ClusterHome, namespace: Kubectl) -> None:
    namespace("delete", "configmap", DESIRED)
    with pytest.raises(HomeAway, match="install the chart first"):
        home.read_desired()
    with pytest.raises(HomeAway, match="403"):
        ClusterHome(namespace.namespace, "another", STATE).read_desired()


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_one_of_two_leads_and_the_other_when_it_has_gone(home: ClusterHome, namespace: Kubectl, monkeypatch) -> None:
    del home
    one = Leadership(namespace.namespace, LEASE, "one")
    wait(one.is_leader.is_set)
    two = Leadership(namespace.namespace, LEASE, "two")
    time.sleep(3)
    assert not two.is_leader.is_set()
    lease = namespace.get("lease", LEASE)["spec"]
    assert (lease["holderIdentity"], lease["leaseDurationSeconds"]) == ("one", cluster._LEASE_SECONDS)

    monkeypatch.setattr(one._lock, "get", lambda *_: 1 / 0)  # as when the API server cannot be reached

    wait(one.is_over.is_set)
    assert not one.is_leader.is_set()
    wait(two.is_leader.is_set)


def test_the_command_works_on_the_namespace(home: ClusterHome, namespace: Kubectl, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "connect", lambda: None)
    assert command(["--namespace", namespace.namespace, "start", "reader", "--version", "2"]) == 0
    assert read_both(home).state.rollouts["reader"].canary == 2
    assert command(["--namespace", namespace.namespace, "abort", "reader"]) == 0
    assert read_both(home).state.rollouts["reader"].phase is Phase.ABORTED
    assert read_both(home).desired["reader"] == DesiredModel(1)


def test_the_controller_acts_when_it_leads(home: ClusterHome, plane: ControlPlane, namespace: Kubectl) -> None:
    begun(home)
    flags = {"namespace": namespace.namespace, "serving": "127.0.0.1:9", "prometheus": "http://127.0.0.1:9", "port": 0}
    command = [sys.executable, "-m", "services.rollout", *(f"--{name}={value}" for name, value in flags.items())]
    environ = {**os.environ, "KUBECONFIG": str(plane.kubeconfig("rollout"))}
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as controller:
        wait(lambda: "model servers" in read_both(home).state.rollouts["reader"].progress.waiting_for)
        controller.terminate()
        assert controller.wait(30) == 0
    assert read_both(home).state.rollouts["reader"].written == DesiredModel(1, 2)

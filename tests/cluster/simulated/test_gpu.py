"""The real scheduler and the chart's GPU values; the GPUs are numbers in the status of simulated nodes."""

from collections.abc import Iterator

import pytest

from tests.cluster.parts import fake_nodes
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release

GPU_NODES = ("gpu-1", "gpu-2")


@pytest.fixture
def values(values: Object) -> Object:
    gpu = {"enabled": True, "nodeSelector": {"nvidia.com/gpu.present": "true"}}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    memory = {"memory": {"base": "4Gi"}, "resources": {"requests": {"cpu": "2"}, "limits": {"memory": "6Gi"}}}
    return {**values, "serving": {"gpu": gpu, "replicas": 2, "strategy": strategy, **memory}}


@pytest.fixture
def gpu_nodes(plane: ControlPlane, release: Release) -> Iterator[None]:
    for name in GPU_NODES:
        fake_nodes.add(plane.kubectl, name, "gpu", gpus=1)
    yield
    release.uninstall()
    wait_for("the pods are gone", lambda: not release.pods("serving"), 60)  # nobody would delete them without nodes
    plane.kubectl("delete", "nodes", "--selector=fvi.test/pool=gpu")


def test_without_gpu_nodes_model_servers_wait_and_say_why(release: Release, values: Object) -> None:
    release.install(values, wait=False)
    release.wait_ready("api", 2)
    reasons = wait_for("a reason for each pod", lambda: _reasons(release) if len(_reasons(release)) == 2 else None)
    assert all("node" in reason and "0/" in reason for reason in reasons)
    assert release.ready("serving") == []


@pytest.mark.usefixtures("gpu_nodes")
def test_model_servers_land_on_gpu_nodes_only_and_nothing_else_does(release: Release, values: Object) -> None:
    release.install(values)
    assert sorted(_nodes(release, "serving")) == list(GPU_NODES)
    assert not set(_nodes(release, "api")) & set(GPU_NODES)


@pytest.mark.usefixtures("gpu_nodes")
def test_a_model_server_too_many_waits_until_there_is_a_gpu(
    release: Release, values: Object, plane: ControlPlane
) -> None:
    values["serving"]["replicas"] = 3
    release.install(values, wait=False)
    release.wait_ready("serving", 2)
    (reason,) = wait_for("a reason for the third", lambda: _reasons(release))
    assert "Insufficient nvidia.com/gpu" in reason
    fake_nodes.add(plane.kubectl, "gpu-3", "gpu", gpus=1)
    release.wait_ready("serving", 3)


@pytest.mark.usefixtures("gpu_nodes")
def test_a_rollout_without_a_spare_gpu_replaces_one_at_a_time(release: Release, values: Object) -> None:
    release.install(values)
    values["serving"]["podAnnotations"] = {"changed": "yes"}
    release.install(values)
    assert sorted(_nodes(release, "serving")) == list(GPU_NODES)


def _nodes(release: Release, component: str) -> list[str]:
    return [pod["spec"]["nodeName"] for pod in release.ready(component)]


def _reasons(release: Release) -> list[str]:
    return [
        condition["message"]
        for pod in release.pods("serving")
        for condition in pod["status"].get("conditions", [])
        if condition["type"] == "PodScheduled" and condition["status"] == "False"
    ]

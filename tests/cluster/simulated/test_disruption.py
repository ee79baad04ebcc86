"""Drains and rollouts never take more pods than the chart promises to keep."""

import pytest

from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Object, Refused
from tests.cluster.parts.release import Release
from tests.cluster.parts.watch import watching


@pytest.mark.parametrize("component", ["api", "serving"])
def test_a_drain_takes_one_pod_at_a_time(
    release: Release, values: Object, component: str, plane: ControlPlane, cpu_nodes: list[str]
) -> None:
    fixed = {"replicas": 4, "autoscaling": {"enabled": False}}
    release.install({**values, component: fixed})
    with watching(release.kubectl, release.selector(component)) as history:
        try:
            for node in cpu_nodes[:2]:  # all pods end on the third
                plane.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s")
            release.wait_ready(component, 4)
        finally:
            plane.kubectl("uncordon", *cpu_nodes[:2])
    assert history.least == 3
    assert {pod["spec"]["nodeName"] for pod in release.ready(component)} == {cpu_nodes[2]}


@pytest.mark.parametrize("component", ["api", "serving"])
def test_a_second_eviction_is_refused_while_one_pod_is_missing(
    release: Release, values: Object, component: str
) -> None:
    release.install(values)
    release.wait_ready(component, 2)
    first, second = (pod["metadata"]["name"] for pod in release.ready(component))
    release.evict(first)
    with pytest.raises(Refused, match="disruption budget"):
        release.evict(second)


@pytest.mark.parametrize("component", ["api", "serving"])
def test_a_rollout_never_has_fewer_ready_pods_than_promised(release: Release, values: Object, component: str) -> None:
    fixed = {"replicas": 4, "autoscaling": {"enabled": False}}
    release.install({**values, component: fixed})
    before = {pod["metadata"]["name"] for pod in release.ready(component)}
    with watching(release.kubectl, release.selector(component)) as history:
        release.install({**values, component: {**fixed, "podAnnotations": {"changed": "yes"}}})
    assert history.least == 4
    assert not before & {pod["metadata"]["name"] for pod in release.ready(component)}


@pytest.mark.parametrize("component", ["api", "serving"])
def test_a_rollout_that_cannot_succeed_leaves_the_old_pods(release: Release, values: Object, component: str) -> None:
    release.install(values)
    release.wait_ready(component, 2)
    before = {pod["metadata"]["name"] for pod in release.ready(component)}
    with watching(release.kubectl, release.selector(component)) as history, pytest.raises(Refused):
        release.install({**values, component: {"nodeSelector": {"no": "such-node"}}}, seconds=15)
    assert history.least == 2
    assert before == {pod["metadata"]["name"] for pod in release.ready(component)}

"""The real HorizontalPodAutoscaler on usage that simulated pods report through a real metrics-server."""

import pytest

from tests.cluster.parts import fake_nodes
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.watch import watching

# The chart waits five minutes before it scales down; here it may at once, or the test would take as long.
QUICK = {
    "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
}


@pytest.mark.usefixtures("metrics")
def test_pods_follow_the_load_up_and_down_within_their_limits(release: Release, values: Object) -> None:
    autoscaling = {"minReplicas": 2, "maxReplicas": 6, "targetCPU": 70, "behavior": QUICK}
    resources = {"requests": {"cpu": "1", "memory": "768Mi"}, "limits": {"memory": "7Gi"}}
    release.install({**values, "api": {"autoscaling": autoscaling, "resources": resources}})
    release.wait_ready("api", 2)

    with watching(release.kubectl, release.selector("api")) as history:
        _settle(release, cores=2.7, pods=4)  # 2.7 cores at 70 % of one each: 3.9
        _settle(release, cores=30, pods=6)  # the most there may be
        _settle(release, cores=0.2, pods=2)  # the least
    assert history.most == 6
    assert history.least == 2


@pytest.mark.usefixtures("cpu_nodes")
@pytest.mark.parametrize("helm", ["helm3", "helm4"])
def test_an_autoscaler_that_is_switched_on_keeps_the_pods_that_are_there(
    namespace: Kubectl, values: Object, helm: str
) -> None:
    """Without metrics the autoscaler itself leaves a number within its limits alone."""
    release = Release(namespace, helm)
    release.install({**values, "api": {"autoscaling": {"enabled": False}, "replicas": 4}}, wait=False)
    release.install({**values, "api": {"autoscaling": {"minReplicas": 1}}}, wait=False)
    assert release.deployment("api")["spec"]["replicas"] == 4

    namespace("scale", "deployment/fvi-ocr-api", "--replicas=5")  # as an autoscaler does
    changed = {**values, "api": {"autoscaling": {"minReplicas": 1}, "podAnnotations": {"a": "b"}}}
    # Applied by the server, a number that is said is a conflict if the autoscaler changed it meanwhile.
    assert ("replicas: 5" in release.template(changed, "--is-upgrade")) == (helm == "helm3")
    release.install(changed, wait=False)
    assert release.deployment("api")["spec"]["replicas"] == 5


def test_the_chart_itself_scales_down_slowly(release: Release, values: Object) -> None:
    release.install(values, wait=False)
    behavior = release.kubectl.get("hpa", f"{release.NAME}-api")["spec"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


def _settle(release: Release, cores: float, pods: int) -> None:
    """Put a load on whatever pods there are, until there are as many as it takes."""

    def settled() -> bool:
        ready = fake_nodes.set_cpu(release.kubectl, release.selector("api"), cores)
        hpa = release.kubectl.get("hpa", f"{release.NAME}-api")["status"]
        return ready == pods == hpa["desiredReplicas"]

    wait_for(f"{pods} pods for {cores} cores", settled, 180, pause=2)

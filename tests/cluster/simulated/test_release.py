"""The life of a release, by both Helms."""

import pytest

from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release

KINDS = "deployments,services,hpa,pdb,networkpolicies,ingresses,secrets,serviceaccounts,configmaps,pods,jobs"


@pytest.fixture(params=["helm3", "helm4"])
def release(namespace: Kubectl, cpu_nodes: list[str], request: pytest.FixtureRequest) -> Release:  # noqa: ARG001
    return Release(namespace, request.param)


def test_install_upgrade_rollback_uninstall(release: Release, values: Object) -> None:
    release.install(values)
    release.wait_ready("api", 2)  # the autoscaler makes the second
    assert len(release.ready("serving")) == 2
    assert _images(release) == {"fvi-ocr/api:0.1.0"}

    release.install({**values, "image": {"tag": "9.9.9"}})
    assert _images(release) == {"fvi-ocr/api:9.9.9"}

    release("rollback", release.NAME, 1, "--wait", "--timeout=180s")
    assert _images(release) == {"fvi-ocr/api:0.1.0"}
    assert len(release.ready("serving")) == 2

    release.uninstall()
    kept = {"ConfigMap/fvi-ocr-desired-state"}
    wait_for("nothing else is left", lambda: _left(release.kubectl) <= kept, 60)


def test_an_upgrade_leaves_the_number_of_pods_to_the_autoscaler(release: Release, values: Object) -> None:
    release.install(values)
    release.kubectl("scale", f"deployment/{release.NAME}-api", "--replicas=4")
    release.install({**values, "api": {"podAnnotations": {"changed": "yes"}}})
    assert release.deployment("api")["spec"]["replicas"] == 4


def test_an_upgrade_keeps_what_a_canary_changed_in_the_desired_state(release: Release, values: Object) -> None:
    release.install(values, wait=False)
    state = "models:\n  reader: {stable: 1, canary: 2, traffic: 5}\n"
    patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fvi-ocr-desired-state"}}
    release.kubectl.apply({**patch, "data": {"models.yaml": state}})
    release.install({**values, "image": {"tag": "9.9.9"}}, wait=False)
    release("rollback", release.NAME, 1)
    assert release.kubectl.get("configmap", "fvi-ocr-desired-state")["data"]["models.yaml"] == state


def _images(release: Release) -> set[str]:
    return {container["image"] for pod in release.ready("api") for container in pod["spec"]["containers"]}


def _left(kubectl: Kubectl) -> set[str]:
    kept = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"}
    return {f"{each['kind']}/{each['metadata']['name']}" for each in kubectl.items(KINDS)} - kept

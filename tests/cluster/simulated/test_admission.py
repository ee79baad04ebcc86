"""What the API server itself says about the chart's objects: fields, defaults, admission."""

import subprocess

import pytest

from tests.cluster.parts import definitions, stages, tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl, Object, Refused
from tests.cluster.parts.release import CHART, Release
from tests.cluster.parts.tools import Missing

PROFILES = {path.stem: str(path) for path in sorted((CHART / "profiles").glob("*.yaml"))}
MATRIX: dict[str, Object] = {
    "plain": {},
    "native-autoscaling": {"serving": {"autoscaling": {"enabled": True}}, "api": {"autoscaling": {"minReplicas": 3}}},
    "edges": {
        "ingress": {"enabled": True, "className": "any", "tls": [{"secretName": "tls", "hosts": ["ocr.example"]}]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": ["ocr.example"]},
        "networkPolicy": {"enabled": True},
        "api": {"priorityClassName": "system-cluster-critical"},
    },
    "service-monitors": {"monitoring": {"discovery": "serviceMonitor", "rules": {"kind": "prometheusRule"}}},
    "plain-sidecar": {"serving": {"agent": {"sidecar": "plain"}}},
}


@pytest.fixture(scope="module", autouse=True)
def _definitions(plane: ControlPlane) -> None:
    """The custom resources that the chart can make objects of, as their projects define them."""
    try:
        definitions.apply(plane.kubectl)
    except Missing as missing:
        stages.without("b", missing)


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize("case", [*PROFILES, *MATRIX])
def test_every_object_is_accepted_strictly_and_without_a_warning(
    namespace: Kubectl, values: Object, case: str, helm: str
) -> None:
    flags = [f"--values={PROFILES[case]}"] if case in PROFILES else []
    manifests = Release(namespace, helm).template({**values, **MATRIX.get(case, {})}, *flags)
    command = [tools.helm("kubectl"), f"--kubeconfig={namespace.kubeconfig}", f"--namespace={namespace.namespace}"]
    command += ["apply", "--dry-run=server", "--validate=strict", "--filename=-"]
    done = subprocess.run(command, input=manifests, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("server dry run") == manifests.count("\nkind: ")


def test_a_field_that_does_not_exist_is_refused(namespace: Kubectl) -> None:
    with pytest.raises(Refused, match="unknown field"):
        namespace.apply(_config_map(nonsense=1))


def test_the_namespace_refuses_a_pod_that_may_be_root(namespace: Kubectl) -> None:
    container = {"name": "x", "image": "x"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root"}, "spec": {"containers": [container]}}
    with pytest.raises(Refused, match=r"violates PodSecurity .*runAsNonRoot"):
        namespace.apply(pod)


def test_the_pods_may_do_nothing_with_the_api_server(release: Release, values: Object) -> None:
    release.install(values, wait=False)
    for account in release.kubectl.items("serviceaccounts"):
        user = f"system:serviceaccount:{release.kubectl.namespace}:{account['metadata']['name']}"
        for verb, kind in (("get", "secrets"), ("list", "pods"), ("create", "pods"), ("update", "configmaps")):
            with pytest.raises(Refused):
                release.kubectl("auth", "can-i", verb, kind, f"--as={user}")


def _config_map(**more: object) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **more}

from tests.cluster.parts.control_plane import ControlPlane, version
from tests.cluster.parts.kubectl import Kubectl
from tests.cluster.parts.space import ROOT


def test_the_api_server_says_the_version_it_was_built_from(plane: ControlPlane) -> None:
    module = (ROOT / "tests/cluster/tools/k8s/go.mod").read_text()
    assert f"\tk8s.io/kubernetes {version(plane.kubectl)} // indirect\n" in module


def test_simulated_nodes_are_ready(plane: ControlPlane, cpu_nodes: list[str]) -> None:
    names = [node["metadata"]["name"] for node in plane.kubectl.items("nodes")]
    assert sorted(names) == sorted(cpu_nodes)


def test_a_namespace_has_what_pods_need(namespace: Kubectl) -> None:
    accounts = [account["metadata"]["name"] for account in namespace.items("serviceaccounts")]
    assert accounts == ["default"]

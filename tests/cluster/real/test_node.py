"""The node itself: containers, network, Services, DNS, limits, usage. If these fail, no other test says anything."""

from collections.abc import Iterator

import pytest

from tests.cluster.parts import metrics_server
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.small_pods import pod, service

BUSY = "while :; do :; done"
SERVE = "mkdir /tmp/www; echo hello > /tmp/www/index.html; exec busybox httpd -f -p 8080 -h /tmp/www"


@pytest.fixture(autouse=True)
def _no_pods_are_left(namespace: Kubectl) -> Iterator[None]:
    yield
    namespace("delete", "pods,services", "--all", "--wait=true")


def ended(namespace: Kubectl, name: str) -> str:
    """Wait until a pod has ended; its phase."""
    return wait_for(f"{name} has ended", lambda: _phase(namespace, name) in ("Succeeded", "Failed"), 60) and _phase(
        namespace, name
    )


def _phase(namespace: Kubectl, name: str) -> str:
    phase: str = namespace.get("pod", name)["status"]["phase"]
    return phase


def test_a_pod_runs_unprivileged_and_its_log_can_be_read(namespace: Kubectl) -> None:
    namespace.apply(pod("hello", "id -u; grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status; touch /x || echo denied"))
    assert ended(namespace, "hello") == "Succeeded"
    lines = namespace("logs", "hello").splitlines()  # errors come by another pipe than output: in any order
    assert sorted(lines) == ["65535", "NoNewPrivs:\t1", "Seccomp:\t2", "denied", "touch: /x: Read-only file system"]


def test_a_service_is_reached_by_its_name(namespace: Kubectl) -> None:
    namespace.apply(pod("server", SERVE), service("server", 8080))
    namespace("wait", "--for=condition=Ready", "pod/server", "--timeout=60s")
    url = f"http://server.{namespace.namespace}.svc.cluster.local/"
    namespace.apply(
        pod("client", f"for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - {url} && exit 0; sleep 1; done; exit 1")
    )
    assert ended(namespace, "client") == "Succeeded"
    assert namespace("logs", "client").splitlines()[-1] == "hello"


def test_a_pod_that_takes_too_much_memory_is_killed(namespace: Kubectl) -> None:
    namespace.apply(pod("greedy", "exec busybox dd if=/dev/zero of=/dev/null bs=200M count=1", memory="32Mi"))
    assert ended(namespace, "greedy") == "Failed"
    state = namespace.get("pod", "greedy")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["reason"], state["exitCode"]) == ("OOMKilled", 137)


def test_the_cpu_that_a_pod_uses_reaches_metrics_server(namespace: Kubectl, real_node: ControlPlane) -> None:
    namespace.apply(pod("busy", BUSY))
    usage = wait_for(
        "its usage", lambda: metrics_server.usage(real_node, namespace.namespace).get("busy", "0") != "0", 90
    )
    assert usage

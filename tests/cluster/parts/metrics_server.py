"""A real metrics-server beside the cluster, joined to it through the API aggregator."""

import contextlib
import json
from collections.abc import Iterator

from tests.cluster.parts import tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Refused
from tests.cluster.parts.process import running, wait_for
from tests.cluster.parts.space import NODE_IP

_PORT = 4443
_NAME = {"name": "metrics-server", "namespace": "kube-system"}


@contextlib.contextmanager
def metrics_server(plane: ControlPlane) -> Iterator[None]:
    """metrics.k8s.io, renewed as often as metrics-server allows."""
    admin = plane.admin
    pair = plane.ca.issue("metrics-server", hosts=(NODE_IP,))
    flags = {
        "kubeconfig": admin,
        "authentication-kubeconfig": admin,
        "authorization-kubeconfig": admin,
        "secure-port": _PORT,
        "tls-cert-file": pair.certificate,
        "tls-private-key-file": pair.key,
        "metric-resolution": "10s",
        "kubelet-request-timeout": "5s",
        "kubelet-insecure-tls": "true",
        "kubelet-use-node-status-port": "true",
        "kubelet-preferred-address-types": "InternalIP",
    }
    command = [tools.built("metrics-server"), *(f"--{name}={value}" for name, value in flags.items())]
    plane.kubectl.within(_NAME["namespace"]).apply(*_objects())
    with running("metrics-server", *command) as process:
        wait_for("metrics.k8s.io is served", lambda: _served(plane), 90, process)
        yield


def _served(plane: ControlPlane) -> bool:
    try:
        return "nodes" in plane.kubectl("get", "--raw=/apis/metrics.k8s.io/v1beta1")
    except Refused:
        return False


def _objects() -> Iterator[dict[str, object]]:
    port = {"port": 443, "targetPort": _PORT, "protocol": "TCP", "name": "https"}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": _NAME, "spec": {"ports": [port]}}
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**_NAME, "labels": {"kubernetes.io/service-name": _NAME["name"]}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [NODE_IP], "conditions": {"ready": True}}],
        "ports": [{"port": _PORT, "protocol": "TCP", "name": "https"}],
    }
    yield {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "service": _NAME,
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }


def usage(plane: ControlPlane, namespace: str) -> dict[str, str]:
    """CPU of each pod, as metrics-server says it."""
    answer = json.loads(plane.kubectl("get", f"--raw=/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"))
    return {each["metadata"]["name"]: each["containers"][0]["usage"]["cpu"] for each in answer["items"]}

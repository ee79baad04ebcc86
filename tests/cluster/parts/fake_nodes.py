"""Nodes simulated by kwok: real objects to the real scheduler and controllers, but no container ever runs on them.

A pod is ready READY_SECONDS after it was bound, and uses the CPU that its annotation says (`set_cpu`); metrics-server
reads that the way it reads a kubelet.
"""

import contextlib
import json
from collections.abc import Iterator

from tests.cluster.parts import tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.process import running
from tests.cluster.parts.space import NODE_IP, POD_CIDR, STATE

READY_SECONDS = 2
_PORT = 10247
_CPU = "fvi-ocr.test/usage-cpu"
_METRICS_PATH = "metrics.k8s.io/resource-metrics-path"
_POD_LABELS = [{"name": "namespace", "value": "pod.metadata.namespace"}, {"name": "pod", "value": "pod.metadata.name"}]
_CONTAINER_LABELS = [{"name": "container", "value": "container.name"}, *_POD_LABELS]
_SERIES = (
    ("node_cpu_usage_seconds_total", "counter", "node", [], 'node.CumulativeUsage("cpu")'),
    ("node_memory_working_set_bytes", "gauge", "node", [], 'node.Usage("memory")'),
    (
        "container_cpu_usage_seconds_total",
        "counter",
        "container",
        _CONTAINER_LABELS,
        'pod.CumulativeUsage("cpu", container.name)',
    ),
    (
        "container_memory_working_set_bytes",
        "gauge",
        "container",
        _CONTAINER_LABELS,
        'pod.Usage("memory", container.name)',
    ),
    ("container_start_time_seconds", "gauge", "container", _CONTAINER_LABELS, "pod.SinceSecond()"),
)
_READY = """
conditions:
{{ range $type := list "Initialized" "Ready" "ContainersReady" }}
- {type: {{ $type }}, status: "True", lastTransitionTime: {{ Now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: {running: {startedAt: {{ Now | Quote }}}}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
phase: Running
startTime: {{ Now | Quote }}
"""
_DONE = """
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  restartCount: 0
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }}}}
{{ end }}
phase: Succeeded
"""


@contextlib.contextmanager
def kwok(plane: ControlPlane) -> Iterator[None]:
    """The simulator of all nodes that `add` makes; they are deleted at the end."""
    config = STATE / "kwok.yaml"
    config.write_text("\n---\n".join(json.dumps(document) for document in _documents()))
    flags = {
        "kubeconfig": plane.kubeconfig("kwok", ("system:masters",)),
        "node-lease-duration-seconds": 40,
        "config": config,
        "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake",
        "node-ip": NODE_IP,
        "node-port": _PORT,
        "server-address": f"{NODE_IP}:{_PORT}",
        "cidr": POD_CIDR,
    }
    pair = plane.ca.issue("kwok-server", hosts=(NODE_IP,))
    flags |= {"tls-cert-file": pair.certificate, "tls-private-key-file": pair.key}
    with running("kwok", tools.built("kwok"), *(f"--{name}={value}" for name, value in flags.items())):
        try:
            yield
        finally:
            plane.kubectl("delete", "nodes", "--selector=type=kwok", "--ignore-not-found")


def add(kubectl: Kubectl, name: str, pool: str, cpu: int = 32, gpus: int = 0, zone: str = "a") -> None:
    """A node of a pool and zone, and wait until it is Ready. Nodes with GPUs are tainted, as clouds do it."""
    resources = {"cpu": str(cpu), "memory": "32Gi", "pods": "50", "ephemeral-storage": "100Gi"}
    taints = []
    if gpus:
        resources["nvidia.com/gpu"] = str(gpus)
        taints.append({"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"})
    labels = {
        "type": "kwok",
        "fvi.test/pool": pool,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        **({"nvidia.com/gpu.present": "true"} if gpus else {}),
    }
    metadata = {
        "name": name,
        "labels": labels,
        "annotations": {"kwok.x-k8s.io/node": "fake", _METRICS_PATH: f"/metrics/nodes/{name}/metrics/resource"},
    }
    node: Object = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints}}
    kubectl.apply(node)
    status = json.dumps({"status": {"capacity": resources, "allocatable": resources}})
    kubectl("patch", "node", name, "--subresource=status", "--type=merge", f"--patch={status}")
    kubectl("wait", "--for=condition=Ready", f"node/{name}", "--timeout=60s")


def set_cpu(kubectl: Kubectl, selector: str, total: float) -> int:
    """Let the ready pods of a selector share a load of `total` cores, as a load balancer would. Returns how many."""
    pods = [pod for pod in kubectl.items("pods", f"--selector={selector}") if is_ready(pod)]
    for pod in pods:
        share = f"{_CPU}={total / len(pods) * 1000:.0f}m"
        with contextlib.suppress(Exception):  # it may be gone in this moment
            kubectl("annotate", "--overwrite", "pod", pod["metadata"]["name"], share)
    return len(pods)


def is_ready(pod: Object) -> bool:
    """Whether a pod is Ready and not on its way out."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _documents() -> Iterator[Object]:
    kwok_object = {"apiVersion": "kwok.x-k8s.io/v1alpha1"}
    for name, conditions, then, wait in (
        ("pod-ready", [_absent(".metadata.deletionTimestamp"), _absent(".status.podIP")], _READY, READY_SECONDS),
        ("pod-done", [_absent(".metadata.deletionTimestamp"), *_RUNNING_JOB], _DONE, READY_SECONDS),
        ("pod-gone", [{"key": ".metadata.deletionTimestamp", "operator": "Exists"}], None, 1),
    ):
        outcome: Object = {"statusTemplate": then} if then else {"finalizers": {"empty": True}, "delete": True}
        spec = {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": conditions},
            "delay": {"durationMilliseconds": wait * 1000},
            "next": outcome,
        }
        yield {**kwok_object, "kind": "Stage", "metadata": {"name": name}, "spec": spec}
    metrics = [
        {"name": name, "kind": kind, "dimension": dimension, "labels": labels, "value": value, "help": name}
        for name, kind, dimension, labels, value in _SERIES
    ]
    spec = {"path": "/metrics/nodes/{nodeName}/metrics/resource", "metrics": metrics}
    yield {**kwok_object, "kind": "Metric", "metadata": {"name": "resource"}, "spec": spec}
    cpu = f'"{_CPU}" in pod.metadata.annotations ? Quantity(pod.metadata.annotations["{_CPU}"]) : Quantity("1m")'
    usage = {"cpu": {"expression": cpu}, "memory": {"expression": 'Quantity("64Mi")'}}
    yield {
        **kwok_object,
        "kind": "ClusterResourceUsage",
        "metadata": {"name": "by-annotation"},
        "spec": {"usages": [{"usage": usage}]},
    }


def _absent(key: str) -> Object:
    return {"key": key, "operator": "DoesNotExist"}


_RUNNING_JOB: list[Object] = [
    {"key": ".status.phase", "operator": "In", "values": ["Running"]},
    {"key": ".metadata.ownerReferences.[].kind", "operator": "In", "values": ["Job"]},
]

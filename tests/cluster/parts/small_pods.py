"""Pods of busybox, to see that the node is one."""

from tests.cluster.parts.containers import BUSYBOX
from tests.cluster.parts.kubectl import Object

_SECURITY = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(name: str, script: str, memory: str = "64Mi") -> Object:
    """A pod that runs a shell script under the restricted profile, once."""
    container = {
        "name": "main",
        "image": BUSYBOX,
        "command": ["/bin/busybox", "sh", "-c", script],
        "imagePullPolicy": "Never",
        "securityContext": _SECURITY,
        "resources": {"requests": {"cpu": "50m", "memory": "16Mi"}, "limits": {"memory": memory}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    spec = {
        "containers": [container],
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"name": name}}, "spec": spec}


def service(name: str, port: int) -> Object:
    """A Service of the pod with that name."""
    spec = {"selector": {"name": name}, "ports": [{"port": 80, "targetPort": port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}

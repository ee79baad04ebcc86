"""fvi-ocr as it is installed on the real node: our images, sized for a machine of two cores.

TensorFlow Serving itself is not among them, as no registry is within reach: our embedded server stands in for it.
"""

from pathlib import Path

from tests.cluster.parts import ingress, store, tools
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.space import STATE

MODELS = ("cropper", "detector", "reader")
_IMAGES = ("api", "agent", "rollout", "serving-embedded")
_SECRET = "store-credentials"
VALUES: Object = {
    "image": {"registry": "localhost", "pullPolicy": "Never"},
    "apiKeys": {"allowNone": True},
    "modelStore": {"url": store.URL, "endpointUrl": store.ENDPOINT, "credentials": {"existingSecret": _SECRET}},
    "monitoring": {"discovery": "annotations"},
    "ingress": {
        "enabled": True,
        "className": ingress.CLASS,
        "hosts": [{"host": "", "paths": [{"path": "/", "pathType": "Prefix"}]}],
    },
    "api": {
        "workers": 1,
        "maxPixels": 20_000_000,
        "resources": {"requests": {"cpu": "100m", "memory": "300Mi"}, "limits": {"memory": "3Gi"}},
        "autoscaling": {
            "minReplicas": 2,
            "maxReplicas": 4,
            "targetCPU": 100,
            # The chart waits five minutes before it scales down; these tests cannot.
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 15}},
        },
        "drainSeconds": 5,
        "gracefulSeconds": 15,
        "deadlineSeconds": 15,
    },
    "serving": {
        "embedded": {"enabled": True},
        "replicas": 2,
        "cores": 1,
        "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        # What the chart asks of drains follows from these two; CoreDNS here keeps answers for five seconds.
        "connections": {"maxAgeSeconds": 10, "maxAgeGraceSeconds": 20},
        "dnsTtlSeconds": 5,
        "drainSeconds": 20,
    },
}


def archives() -> list[Path]:
    """The images, as scripts/images writes them.

    Raises:
        Missing: they were not built.
    """
    paths = [STATE / "images" / f"{name}.tar" for name in _IMAGES]
    if missing := [path.stem for path in paths if not path.exists()]:
        raise tools.Missing(
            f"there are no images of {', '.join(missing)}: run scripts/images --archives {STATE / 'images'}"
        )
    return paths


def prepare(namespace: Kubectl) -> None:
    """What the chart expects to be there: the Secret with the store's credentials."""
    data = {"AWS_ACCESS_KEY_ID": store.KEY, "AWS_SECRET_ACCESS_KEY": store.SECRET}
    namespace.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": _SECRET}, "stringData": data})

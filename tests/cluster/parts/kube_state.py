"""For kube-state-metrics, which is not here: the few of its metrics that panels look at, of the objects as they are."""

from kubernetes.utils import parse_quantity

from tests.cluster.parts.kubectl import Kubectl


def samples(kubectl: Kubectl) -> dict[str, float]:
    """Of the pods, Deployments and autoscalers of a namespace: a value for each name with its labels."""
    found: dict[str, float] = {}

    def say(name: str, value: float, **labels: str) -> None:
        pairs = ",".join(f'{label}="{text}"' for label, text in {"namespace": kubectl.namespace, **labels}.items())
        found[f"kube_{name}{{{pairs}}}"] = value

    for pod in kubectl.items("pods"):
        of_pod = {"pod": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
        for container in pod["spec"]["containers"] + pod["spec"].get("initContainers", []):
            if memory := container.get("resources", {}).get("limits", {}).get("memory"):
                limit = {"resource": "memory", "unit": "byte", "node": pod["spec"]["nodeName"]}
                bytes_ = float(parse_quantity(memory))
                say("pod_container_resource_limits", bytes_, container=container["name"], **of_pod, **limit)
        for status in pod["status"].get("containerStatuses", []):
            say("pod_container_status_restarts_total", status["restartCount"], container=status["name"], **of_pod)
    for deployment in kubectl.items("deployments"):
        missing = deployment["status"].get("unavailableReplicas", 0)
        say("deployment_status_replicas_unavailable", missing, deployment=deployment["metadata"]["name"])
    for scaler in kubectl.items("horizontalpodautoscalers"):
        name = {"horizontalpodautoscaler": scaler["metadata"]["name"]}
        say("horizontalpodautoscaler_status_current_replicas", scaler["status"].get("currentReplicas", 0), **name)
        say("horizontalpodautoscaler_spec_max_replicas", scaler["spec"]["maxReplicas"], **name)
    return found

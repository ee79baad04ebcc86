"""What pods and GPUs take, as Kubernetes and NVIDIA's exporter tell it."""

from scripts.dashboards.panel import Needs, Panel, Query, lines
from scripts.dashboards.promql import RANGE, RATE, aggregate, over, series

_POD = ("pod", "container")
_NAMES = "{{pod}} {{container}}"
_CONTAINERS = 'container!="", container!="POD"'
_MEMORY = aggregate("max", series("container_memory_working_set_bytes", _CONTAINERS), *_POD)
_LIMIT = aggregate("max", series("kube_pod_container_resource_limits", 'resource="memory"'), *_POD)


def pods() -> tuple[Panel, ...]:
    """Of every pod of the namespace."""
    return (
        lines(
            "CPU",
            "Cores that each container uses.",
            "short",
            Query(
                aggregate("sum", f"rate({series('container_cpu_usage_seconds_total', _CONTAINERS)}[{RATE}])", *_POD),
                _NAMES,
            ),
            needs=Needs.KUBERNETES,
            runbook="7. Cards are refused with busy",
        ),
        lines(
            "Memory of the limit",
            "Working set of each container as a share of its limit. At 100 % it is killed.",
            "percentunit",
            Query(over(_MEMORY, _LIMIT), _NAMES),
            needs=Needs.KUBERNETES,
            most=1,
            runbook="9. Pods are killed for memory",
        ),
        lines(
            "Restarts",
            "Restarts of containers in the time shown.",
            "short",
            Query(
                aggregate("sum", f"increase({series('kube_pod_container_status_restarts_total')}[{RANGE}])", *_POD),
                _NAMES,
            ),
            needs=Needs.KUBERNETES,
            runbook="9. Pods are killed for memory",
        ),
        lines(
            "Pods missing",
            "Pods that each Deployment should have ready and has not.",
            "short",
            Query(
                aggregate("max", series("kube_deployment_status_replicas_unavailable"), "deployment"), "{{deployment}}"
            ),
            needs=Needs.KUBERNETES,
            width=12,
            runbook="10. Pods stay Pending",
        ),
        lines(
            "Autoscaling",
            "Pods of each autoscaler, and the most that it may start.",
            "short",
            *(
                Query(
                    aggregate("max", series(f"kube_horizontalpodautoscaler_{metric}"), "horizontalpodautoscaler"),
                    f"{{{{horizontalpodautoscaler}}}}: {name}",
                )
                for metric, name in (("status_current_replicas", "pods"), ("spec_max_replicas", "at most"))
            ),
            needs=Needs.KUBERNETES,
            width=12,
            runbook="7. Cards are refused with busy",
        ),
    )


def gpus() -> tuple[Panel, ...]:
    """Of every GPU that a pod of the namespace has."""
    return (
        _gpu("GPU busy", "Share of the time in which at least one kernel ran.", "percent", "GPU_UTIL", most=100),
        _gpu("GPU memory", "Framebuffer memory in use.", "mbytes", "FB_USED"),
        _gpu("GPU power", "What the GPU draws.", "watt", "POWER_USAGE"),
        _gpu("GPU temperature", "Of the chip.", "celsius", "GPU_TEMP", width=12),
        _gpu("GPU errors", "Number of the driver's last XID error; 0: none yet.", "none", "XID_ERRORS", width=12),
    )


def _gpu(title: str, description: str, unit: str, metric: str, width: int = 8, most: float | None = None) -> Panel:
    """dcgm-exporter names a GPU's pod by `exported_` labels, or without that where it is scraped with honorLabels."""
    name = f"DCGM_FI_DEV_{metric}"
    exported = f'label_replace({name}{{exported_namespace="$namespace"}}, "pod", "$1", "exported_pod", "(.+)")'
    plain = series(name, 'exported_namespace=""', 'pod!=""')
    expression = aggregate("max", f"{exported} or {plain}", "pod", "gpu")
    return lines(
        title,
        description,
        unit,
        Query(expression, "{{pod}} GPU {{gpu}}"),
        needs=Needs.GPU,
        width=width,
        most=most,
        runbook="20. Something is wrong with a GPU",
    )

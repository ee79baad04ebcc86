"""The chart, installed by Helm."""

import json
import subprocess
from pathlib import Path

from tests.cluster.parts import tools
from tests.cluster.parts.fake_nodes import is_ready
from tests.cluster.parts.kubectl import Kubectl, Object, Refused
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.space import ROOT, STATE

CHART = ROOT / "helm" / "fvi-ocr"


class Release:
    """The release NAME of the chart in one namespace. `helm` is `helm3` or `helm4`."""

    NAME = "fvi-ocr"  # so that the chart's objects are fvi-ocr-api and fvi-ocr-serving

    def __init__(self, kubectl: Kubectl, helm: str = "helm4") -> None:
        self.kubectl = kubectl
        self._helm = helm

    def __call__(self, *arguments: object, seconds: float = 600) -> str:
        """What `helm arguments…` prints.

        Raises:
            Refused: it failed.
        """
        caches = {f"HELM_{name}_HOME": str(STATE / "helm" / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        environment = {"HOME": str(STATE / "helm"), **caches}  # without HOME it leaves .kube where it runs
        command = [tools.helm(self._helm), f"--kubeconfig={self.kubectl.kubeconfig}"]
        command += [f"--namespace={self.kubectl.namespace}", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise Refused(f"helm {' '.join(map(str, arguments))}: {done.stderr or done.stdout}")
        return done.stdout

    def install(self, values: Object, *flags: str, wait: bool = True, seconds: int = 120) -> str:
        """Install or upgrade with these values alone, and wait until everything is ready."""
        waiting = ["--wait", f"--timeout={seconds}s"] if wait else []
        return self("upgrade", "--install", self.NAME, CHART, f"--values={self.write(values)}", *waiting, *flags)

    def template(self, values: Object, *flags: str) -> str:
        """The manifests, rendered for the cluster as it is; `flags` come before the values."""
        return self("template", self.NAME, CHART, *flags, f"--values={self.write(values)}", "--dry-run=server")

    def uninstall(self) -> None:
        self("uninstall", self.NAME, "--wait", "--timeout=180s")

    def write(self, values: Object) -> Path:
        """A values file."""
        path = STATE / "values.json"
        path.write_text(json.dumps(values))
        return path

    def selector(self, component: str) -> str:
        return f"app.kubernetes.io/instance={self.NAME},app.kubernetes.io/component={component}"

    def pods(self, component: str) -> list[Object]:
        """All pods of `api` or `serving`."""
        return self.kubectl.items("pods", f"--selector={self.selector(component)}")

    def ready(self, component: str) -> list[Object]:
        """Those that are ready and stay."""
        return [pod for pod in self.pods(component) if is_ready(pod)]

    def wait_ready(self, component: str, count: int, seconds: float = 120) -> None:
        wait_for(f"{count} ready pods of {component}", lambda: len(self.ready(component)) == count, seconds, pause=1)

    def wait_at_least(self, component: str, count: int, seconds: float = 120) -> None:
        wait_for(f"{count} ready pods of {component}", lambda: len(self.ready(component)) >= count, seconds, pause=1)

    def deployment(self, component: str) -> Object:
        return self.kubectl.get("deployment", f"{self.NAME}-{component}")

    def evict(self, pod: str) -> None:
        """What a drain does with each pod.

        Raises:
            Refused: the disruption budget does not allow it now.
        """
        namespace = self.kubectl.namespace
        metadata = {"name": pod, "namespace": namespace}
        body = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata})
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
        self.kubectl("create", f"--raw={path}", "--filename=-", stdin=body)

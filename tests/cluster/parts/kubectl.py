"""kubectl, the way tests talk to the cluster."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.cluster.parts import tools
from tests.cluster.parts.process import wait_for

Object = dict[str, Any]


class Refused(RuntimeError):
    """A command failed; the message is what it said."""


class Kubectl:
    """kubectl with one kubeconfig; `namespace` is that of every call that names no other."""

    def __init__(self, kubeconfig: Path, namespace: str = "default") -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def within(self, namespace: str) -> "Kubectl":
        return Kubectl(self.kubeconfig, namespace)

    def __call__(self, *arguments: object, stdin: str | None = None, seconds: float = 120) -> str:
        """What `kubectl arguments…` prints.

        Raises:
            Refused: it failed.
        """
        command = [tools.helm("kubectl"), f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}"]
        command += [str(argument) for argument in arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            raise Refused(f"kubectl {' '.join(map(str, arguments))}: {done.stderr or done.stdout}")
        return done.stdout

    def get(self, *arguments: object) -> Object:
        """The object, or the list of objects, as JSON says it."""
        answer: Object = json.loads(self("get", *arguments, "--output=json"))
        return answer

    def items(self, *arguments: object) -> list[Object]:
        """The objects of a list."""
        items: list[Object] = self.get(*arguments)["items"]
        return items

    def apply(self, *objects: Object, **options: Any) -> str:
        """Apply objects as they are, strictly: an unknown field is an error."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        return self(
            "apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-", stdin=text, **options
        )

    def make_namespace(self, name: str, security: str = "restricted") -> "Kubectl":
        """A namespace in which Pod Security admission enforces `security`."""
        labels = {f"pod-security.kubernetes.io/{mode}": security for mode in ("enforce", "warn")}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        inside = self.within(name)
        wait_for("the default ServiceAccount", lambda: inside.items("serviceaccounts"))
        return inside

    def drop_namespace(self) -> None:
        """Delete the namespace, and wait until its pods are gone."""
        self("delete", "namespace", self.namespace, "--wait=false")
        wait_for(f"pods of {self.namespace} are gone", lambda: not self.items("pods"), 120)

"""What happened to pods while something else was done: every event the API server reports, none is missed."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import quote

from tests.cluster.parts import tools
from tests.cluster.parts.fake_nodes import is_ready
from tests.cluster.parts.kubectl import Kubectl, Object


class PodHistory:
    """How many pods were ready, after each event: `counts`. `least` and `most` leave out the first listing."""

    def __init__(self) -> None:
        self._pods: dict[str, Object] = {}
        self.counts: list[int] = []

    @property
    def least(self) -> int:
        return min(self.counts)

    @property
    def most(self) -> int:
        return max(self.counts)

    def add(self, event: Object) -> None:
        pod = event["object"]
        name = pod["metadata"]["name"]
        if event["type"] == "DELETED":
            self._pods.pop(name, None)
        else:
            self._pods[name] = pod
        self.counts.append(sum(map(is_ready, self._pods.values())))


@contextlib.contextmanager
def watching(kubectl: Kubectl, selector: str) -> Iterator[PodHistory]:
    """The history of a selector's pods, from now on to the end of the block."""
    listed = len(kubectl.items("pods", f"--selector={selector}"))
    history = PodHistory()
    started = threading.Event()
    path = f"/api/v1/namespaces/{kubectl.namespace}/pods?watch=1&labelSelector={quote(selector)}"
    command = [tools.helm("kubectl"), f"--kubeconfig={kubectl.kubeconfig}", "get", f"--raw={path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        thread = threading.Thread(target=_read, args=(process, history, listed, started))
        thread.start()
        try:
            if listed and not started.wait(30):
                raise TimeoutError("the watch has not listed the pods that there are")
            yield history
        finally:
            process.terminate()
            thread.join()


def _read(process: "subprocess.Popen[str]", history: PodHistory, listed: int, started: threading.Event) -> None:
    assert process.stdout
    for number, line in enumerate(process.stdout, 1):
        history.add(json.loads(line))
        if number == listed:
            del history.counts[:-1]
            started.set()

"""What goes wrong: packets of a pod are lost, a program hangs, a disk cannot be written, clients are slow."""

import asyncio
import collections
import contextlib
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx

from tests.cluster.parts import prometheus, store
from tests.cluster.parts.containers import kill
from tests.cluster.parts.kubectl import Object


def volume(pod: Object, kind: str, name: str) -> Path:
    """The folder of a pod's volume on the node. `kind` is as the kubelet spells it: `empty-dir`, `configmap`."""
    return Path("/var/lib/kubelet/pods", pod["metadata"]["uid"], "volumes", f"kubernetes.io~{kind}", name)


def without_store(pod: Object) -> contextlib.AbstractContextManager[None]:
    """A pod's packets to the model store are lost, as by a NetworkPolicy."""
    return _cut_off(pod, store.ENDPOINT)


def without_prometheus(pod: Object) -> contextlib.AbstractContextManager[None]:
    """The same of Prometheus, which goes on reading the pod."""
    return _cut_off(pod, prometheus.URL)


@contextlib.contextmanager
def _cut_off(pod: Object, url: str) -> Iterator[None]:
    port = url.rpartition(":")[2]
    rule = ["INPUT", "--source", pod["status"]["podIP"], "--protocol", "tcp", "--dport", port, "--jump", "DROP"]
    subprocess.run(["iptables", "--insert", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "--delete", *rule], check=True)


@contextlib.contextmanager
def hanging(pods: list[Object], program: str) -> Iterator[None]:
    """A program of these pods answers nothing."""
    for pod in pods:
        kill(pod, program, signal.SIGSTOP)
    try:
        yield
    finally:
        for pod in pods:
            kill(pod, program, signal.SIGCONT)


@contextlib.contextmanager
def unwritable(pod: Object) -> Iterator[None]:
    """The agent of this pod cannot tell its model server anything new: what it serves stays as it is."""
    models = volume(pod, "empty-dir", "models")
    mode = models.stat().st_mode
    models.chmod(0o555)
    try:
        yield
    finally:
        models.chmod(mode)


@contextlib.contextmanager
def slow_clients(url: str, count: int, seconds: float, headers: dict[str, str]) -> Iterator[collections.Counter[int]]:
    """`count` clients at a time that need so many seconds for the few bytes they send, again and again.

    It costs next to no processor time, and while they are more than the API has places, all of its places are taken.
    What was answered is counted by status; it is complete at the end of the block.
    """
    answers: collections.Counter[int] = collections.Counter()
    stop = threading.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"no"
        await asyncio.sleep(seconds)
        yield b"no"

    async def one(client: httpx.AsyncClient) -> None:
        while not stop.is_set():
            with contextlib.suppress(httpx.TransportError):  # refused at its head, and the connection closed
                answer = await client.post(url, content=body())
                answers[answer.status_code] += 1

    async def all_of_them() -> None:
        own = {**headers, "Content-Length": "4"}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with httpx.AsyncClient(headers=own, timeout=60, limits=limits) as client, asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one(client))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()

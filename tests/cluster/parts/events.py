"""Things that are done to the release while it serves."""

import contextlib
from collections.abc import Callable, Iterator

from tests.cluster.parts.load import Answers
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release

# (what happens, headers of all requests): load for the time of the block
UnderLoad = Callable[..., contextlib.AbstractContextManager[Answers]]


def names(release: Release, component: str) -> set[str]:
    return {pod["metadata"]["name"] for pod in release.pods(component)}


@contextlib.contextmanager
def replaced(release: Release, component: str) -> Iterator[None]:
    """Wait, at the end of the block, until the last pod that was there before it is gone."""
    before = names(release, component)
    yield
    wait_for("old pods are gone", lambda: not before & names(release, component), 180, pause=1)


def restart(release: Release, component: str) -> None:
    """A rollout, until the last pod of before is gone."""
    with replaced(release, component):
        release.kubectl("rollout", "restart", f"deployment/{release.NAME}-{component}")
        release.kubectl("rollout", "status", f"deployment/{release.NAME}-{component}", "--timeout=400s", seconds=420)


def scale(release: Release, count: int) -> None:
    """Another number of model servers, until those that go are gone."""
    release.kubectl("scale", f"deployment/{release.NAME}-serving", f"--replicas={count}")
    release.wait_ready("serving", count, 240)
    wait_for(f"there are {count} pods", lambda: len(release.pods("serving")) == count, 120, pause=1)

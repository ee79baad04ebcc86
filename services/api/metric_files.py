"""The directory in which gunicorn's workers keep their metrics, so that any of them can show all.

prometheus_client gives each process files of its own and never removes those of the dead, since
their counts must stay. With workers that come and go, files and the time to read them would grow
without end; so the counts of a dead worker are added to one file of all the dead.

The directory is named by PROMETHEUS_MULTIPROC_DIR.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Not where it is used: prometheus_client decides as it is imported whether there are several processes.
if TYPE_CHECKING:
    from prometheus_client import Metric

_NAME = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "fvi-api-metrics-"


def prepare() -> None:
    """The directory, empty; one of our own where none is named."""
    if _NAME not in os.environ:
        os.environ[_NAME] = tempfile.mkdtemp(prefix=_PREFIX)
    _directory().mkdir(parents=True, exist_ok=True)
    for left_over in _directory().glob("*.db"):
        left_over.unlink()


def remove() -> None:
    """Leaves no directory of ours behind."""
    if _directory().name.startswith(_PREFIX):
        shutil.rmtree(_directory(), ignore_errors=True)


class AllWorkers:
    """A collector of prometheus_client: the metrics of all workers together, the dead included."""

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.multiprocess import MultiProcessCollector

        with _locked(fcntl.LOCK_SH):
            # A worker that has just made its file has not yet given it a size, and it could not be read.
            files = [str(path) for path in _directory().glob("*.db") if path.stat().st_size > 0]
            metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
            return metrics


@contextlib.contextmanager
def _locked(kind: int) -> Iterator[None]:
    """Nobody reads while counts move from one file to another: a scrape would have them twice, or not at all."""
    with (_directory() / "lock").open("wb") as lock:
        fcntl.flock(lock, kind)  # let go of when the file is closed, or its process dies
        yield


def bury(pid: int) -> None:
    """Adds the counts of a worker that is dead to those of all the dead; drops its gauges."""
    with _locked(fcntl.LOCK_EX):
        for dead in _directory().glob(f"*_{pid}.db"):
            kind = dead.name.partition("_")[0]
            if kind in ("counter", "histogram") and dead.stat().st_size > 0:
                _add(dead, _directory() / f"{kind}_dead.db")
            dead.unlink()


def _add(dead: Path, total: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    values = MmapedDict(str(total))  # type: ignore[no-untyped-call]
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(dead)):  # type: ignore[no-untyped-call]
        values.write_value(key, values.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call]
    values.close()  # type: ignore[no-untyped-call]


def _directory() -> Path:
    return Path(os.environ[_NAME])

"""Where the programs are that the cluster is made of."""

import functools
import shutil
import subprocess
from pathlib import Path

from tests.cluster.parts.space import ROOT


class Missing(RuntimeError):
    """A program is not there; the message says how to get it."""


@functools.cache
def _built() -> dict[str, str]:
    script = [str(ROOT / "scripts" / "cluster-tools"), "--path"]
    lines = subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)


def built(name: str) -> str:
    """A program of scripts/cluster-tools.

    Raises:
        Missing: it was not built.
    """
    if name not in _built():
        raise Missing(f"{name} is not built: run scripts/cluster-tools {name}")
    return _built()[name]


def installed(name: str, package: str) -> str:
    """A program of the machine.

    Raises:
        Missing: it is not installed.
    """
    found = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
    if found is None:
        raise Missing(f"{name} is not installed: on Debian, apt-get install --no-install-recommends {package}")
    return found


@functools.cache
def helm(name: str) -> str:
    """`helm3`, `helm4` or `kubectl`, which scripts/helm fetches."""
    script = ROOT / "scripts" / "helm"
    path = subprocess.run([str(script), name, "--path"], capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).exists():
        raise Missing(f"{name} is not there: run scripts/helm {name}")
    return path

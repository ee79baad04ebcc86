"""What is fuzzed: the API as gunicorn runs it, with a cheap model server or with the real one behind it."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.children import Child, free_port
from services.local import running

ROOT = Path(__file__).parents[2]
_CONF = ROOT / "services" / "api" / "gunicorn.conf.py"
SETTINGS = {"FVI_BODY_SECONDS": "1.5", "FVI_HEAD_SECONDS": "1.5", "FVI_DRAIN_SECONDS": "0"}


@dataclass(frozen=True)
class Target:
    """A running API."""

    address: tuple[str, int]
    admin_url: str
    pid: int  # of gunicorn's arbiter
    log: Path

    def workers(self) -> set[int]:
        """The pids of its workers."""
        return {int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()}

    def mebibytes(self) -> float:
        """The memory of all workers, shared pages counted by their share (PSS)."""
        rolled = (Path(f"/proc/{pid}/smaps_rollup").read_text().split() for pid in self.workers())
        return sum(int(words[words.index("Pss:") + 1]) for words in rolled) / 1024

    def errors(self) -> list[str]:
        """Lines of its log that say that something of ours is wrong, and those that are no JSON."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                level = json.loads(line)["level"]
            except ValueError:
                level = "error"
            if level in ("error", "critical"):
                found.append(line[:2000])
        return found

    def is_ready(self) -> bool:
        """Whether it can read cards."""
        try:
            return httpx.get(f"{self.admin_url}/readyz", timeout=10, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def cheap() -> Iterator[Target]:
    """With tests/fuzz/backend.py, for many cases."""
    with tempfile.TemporaryDirectory(prefix="fvi-fuzz-") as name, contextlib.ExitStack() as stack:
        folder, port, admin, serving = Path(name), free_port(), free_port(), f"127.0.0.1:{free_port()}"
        backend = Child(
            "backend", [sys.executable, "-m", "tests.fuzz.backend", serving], folder / "backend.log", os.environ
        )
        stack.callback(backend.stop)
        environ = {
            **os.environ,
            **SETTINGS,
            "FVI_BIND": f"127.0.0.1:{port}",
            "FVI_ADMIN_BIND": f"127.0.0.1:{admin}",
            "FVI_SERVING_TARGET": serving,
            "TMPDIR": name,
        }
        log = folder / "api.log"
        api = Child("API", [sys.executable, "-m", "gunicorn", "-c", str(_CONF)], log, environ)
        stack.callback(api.stop)
        target = Target(("127.0.0.1", port), f"http://127.0.0.1:{admin}", api.pid, log)
        for _ in range(600):
            backend.check()
            api.check()
            if target.is_ready():
                break
            time.sleep(0.05)
        yield target


@contextlib.contextmanager
def real(store: Path) -> Iterator[Target]:
    """With the embedded server and the models of `store`."""
    with running(str(store), environ=SETTINGS) as system:
        url = httpx.URL(system.url)
        yield Target((url.host, url.port or 0), system.admin_url, system.api.pid, system.api.log)

"""Our own server as a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from services.children import free_port

COMMAND = [sys.executable, "-m", "services.serving.embedded"]


@contextmanager
def embedded_server(*flags: str) -> Iterator[tuple[str, str]]:
    """Start it on free ports; yields its gRPC and REST address when it listens, stops it in the end."""
    ports = [f"--port={free_port()}", f"--rest_api_port={free_port()}"]
    process = subprocess.Popen([*COMMAND, *ports, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        printed: list[str] = []
        yield _address(process, "Serving on", printed), _address(process, "REST API on", printed)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen, before: str, printed: list[str]) -> str:
    for line in process.stdout:
        printed.append(line)
        if match := re.fullmatch(rf"{before} (\S+)\n", line):
            return match[1]
    raise AssertionError("the server stopped: " + "".join(printed))

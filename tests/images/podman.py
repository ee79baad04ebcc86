"""Containers the way a cluster hardens them: podman with runc, no network but loopback, nothing writable but /tmp."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RUNTIME = Path(__file__).with_name("runtime")
USER = 65532
_CONFIG = f"""
[containers]
log_driver = "k8s-file"
[engine]
runtime = "here"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
[engine.runtimes]
here = ["{RUNTIME}"]
"""


class Podman:
    """The `podman` command with a configuration of ours, and the containers that were started with it."""

    def __init__(self, folder: Path) -> None:
        config = folder / "containers.conf"
        config.write_text(_CONFIG)
        self.environ = {**os.environ, "CONTAINERS_CONF": str(config)}
        self._started: list[Container] = []

    def __call__(self, *arguments: str | Path, timeout: float = 60) -> str:
        """What it printed. Raises AssertionError with its words if it failed."""
        command = ["podman", *map(str, arguments)]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def start(
        self,
        image: str,
        *command: str,
        beside: "Container | None" = None,
        env: Mapping[str, str] | None = None,
        volumes: Sequence[str] = (),
    ) -> "Container":
        """A hardened container; `beside` another one it shares that one's loopback, as in a pod."""
        network = f"container:{beside.id}" if beside else "none"
        flags = [f"--network={network}", *_HARDENED]
        flags += [f"--env={name}={value}" for name, value in (env or {}).items()]
        flags += [f"--volume={volume}" for volume in volumes]
        container = Container(self, self("run", "--detach", *flags, image, *command))
        self._started.append(container)
        return container

    def remove_all(self) -> None:
        """Also of those that are beside others."""
        for container in reversed(self._started):
            self("rm", "--force", "--time=0", container.id)


_HARDENED = (
    "--pull=never",
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp:size=64m,mode=1777",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
)


class Container:
    """A container that was started."""

    def __init__(self, podman: Podman, id: str) -> None:
        self._podman, self.id = podman, id

    def run(self, *command: str) -> str:
        """What a command in it printed."""
        return self._podman("exec", self.id, *command)

    def get(self, url: str) -> str:
        """The body at an address as seen from inside, or "" while there is none."""
        code = f"import urllib.request as r; print(r.urlopen({url!r}, timeout=5).read().decode())"
        try:
            return self.run("python", "-c", code)
        except AssertionError:
            return ""

    @property
    def log(self) -> str:
        """What it printed so far, stdout and stderr."""
        command = ["podman", "logs", self.id]
        done = subprocess.run(command, env=self._podman.environ, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def state(self) -> dict[str, Any]:
        """Of `podman inspect`."""
        state: dict[str, Any] = json.loads(self._podman("inspect", self.id))[0]["State"]
        return state

    def status(self) -> dict[str, str]:
        """/proc/PID/status of its first process, as the kernel tells it."""
        lines = Path(f"/proc/{self.state()['Pid']}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self) -> int:
        """Its exit status after SIGTERM; 137 if it had to be killed."""
        self._podman("stop", "--time=30", self.id)
        return int(self.state()["ExitCode"])

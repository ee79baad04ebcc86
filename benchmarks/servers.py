"""The embedded server as a process of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used so far, user and system, by /proc."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def embedded(config: Path, *flags: str) -> Iterator[Server]:
    """A server of what the models.config says, on a free port; stopped in the end."""
    command = [sys.executable, "-m", "services.serving.embedded", "--port=0", f"--model_config_file={config}", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield Server(_address(process), process.pid)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # a pipe
    for line in process.stdout:
        if line.startswith("Serving on "):
            return line.split()[-1]
    raise RuntimeError("the server did not start; run `python -m services.serving.embedded` to see why")


def models_config(models: dict[str, tuple[Path, list[int]]], label: str = "") -> str:
    """models.config with these versions of these models, from these base paths.

    With a `label` the first one has it; the server then needs --allow_version_labels_for_unavailable_models.
    """
    entries = []
    for name, (base_path, versions) in models.items():
        listed = " ".join(f"versions: {version}" for version in versions)
        labels = f'version_labels {{ key: "{label}" value: {versions[0]} }}' if label else ""
        entries.append(
            f'config {{ name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" '
            f"model_version_policy {{ specific {{ {listed} }} }} {labels} }}"
        )
    return "model_config_list { " + "\n".join(entries) + " }\n"

"""Virtual environments for peers: what they need is none of ours."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def locked_venv(name: str, size: str) -> Path:
    """The python of build/`name`, a venv that holds exactly what requirements/`name`.txt says.

    `size` is what is said when it has to be made.

    Raises:
        OSError, subprocess.CalledProcessError: it cannot be made, for instance without a package index.
    """
    requirements, venv = ROOT / "requirements" / f"{name}.txt", ROOT / "build" / name
    python, marker = venv / "bin" / "python", venv / ".made"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if marker.exists() and marker.read_text() == wanted:
        return python
    print(f"Making the venv of the {name} ({size})", flush=True)
    index = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    ).stdout.strip()  # uv does not read pip's configuration, where a machine may name a mirror
    environ = {**({"UV_DEFAULT_INDEX": index} if index else {}), **os.environ}
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv], check=True)
    subprocess.run(
        [uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", requirements], check=True, env=environ
    )
    marker.write_text(wanted)
    return python

"""manifest.json: what a version consists of and where it comes from. Written last."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models import charset
from models.spec import ModelSpec, TensorSpec

MANIFEST_FILE = "manifest.json"


def write_manifest(spec: ModelSpec, version: int, version_path: Path, facts: dict[str, Any]) -> None:
    """Describe all files below `version_path`; `facts` are added as they are."""
    manifest = {
        "model": spec.name,
        "version": version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "signature": {
            "name": spec.signature,
            "inputs": [_describe(tensor) for tensor in spec.inputs],
            "outputs": [_describe(tensor) for tensor in spec.outputs],
        },
        "alphabet_sha256": charset.digest() if spec.name == "reader" else None,
        **facts,
        "files": [
            {
                "path": path.relative_to(version_path).as_posix(),
                "size": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(version_path.rglob("*"))
            if path.is_file()
        ],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (version_path / MANIFEST_FILE).write_text(text, encoding="utf-8")


def _describe(tensor: TensorSpec) -> dict[str, Any]:
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape}


def _commit() -> str | None:
    """The commit of this code, "-dirty" behind it if files were changed; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        result = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()

"""What the manifest.json of an exported version says of its model; the format is services.store's."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models import charset
from models.spec import ModelSpec, TensorSpec
from services.store.folder import describe
from services.store.names import MANIFEST_FILE


def write_manifest(spec: ModelSpec, version: int, version_path: Path, facts: dict[str, Any]) -> None:
    """Describe all files below `version_path`; `facts` (parity, evaluation) are added as they are."""
    of_the_model = {
        "commit": _commit(),
        "signature": {
            "name": spec.signature,
            "inputs": [_describe(tensor) for tensor in spec.inputs],
            "outputs": [_describe(tensor) for tensor in spec.outputs],
        },
        "alphabet_sha256": charset.digest() if spec.name == "reader" else None,
    }
    manifest = describe(version_path, spec.name, version, {**of_the_model, **facts}, datetime.now(UTC))
    (version_path / MANIFEST_FILE).write_bytes(manifest.content)


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

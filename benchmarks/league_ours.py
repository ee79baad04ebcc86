"""Our three models in a process of their own: python -m benchmarks.league_ours STORE FOLDER ANSWERS

The same cards, the same core and the same kind of answers as benchmarks.league_engines, which is started for the peers.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.league_engines import on_one_core, peak_mib, timed
from models.spec import MODELS


def main(store: str, folder: Path, answers: Path) -> None:
    """Read all cases of `folder`: their lines, their cards from true corners, and their photos."""
    on_one_core()  # before anything of TensorFlow is loaded
    from benchmarks.league_reading import Reading

    ours = Reading(store)
    files = sorted(folder.glob("*.npz"), key=lambda file: int(file.stem))
    found: dict[str, Any] = {
        "lines": timed(ours.lines, files, lambda case: (case["card"], case["words"], case["lines"])),
        "card": timed(ours.card, files, ours.load_card),
        "photo": timed(ours.photo, files, lambda case: case["photo"]),
        "versions": {model: _weights(Path(store, model, "1")) for model in MODELS},
    }
    answers.write_text(json.dumps(found | {"peak_mib": peak_mib()}, ensure_ascii=False), encoding="utf-8")


def _weights(version: Path) -> str:
    """The first digits of the SHA-256 of an exported version's variables."""
    files = json.loads((version / "manifest.json").read_text(encoding="utf-8"))["files"]
    return next(one["sha256"][:12] for one in files if one["path"].startswith("variables/variables.data"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))

"""Writes helm/fvi-ocr/dashboards/*.json. `make dashboards`.

With --check nothing is written; exits with 1 and the names of files that are not as they should be.
"""

import sys
from pathlib import Path

from scripts.dashboards.boards import BOARDS
from scripts.dashboards.grafana import to_json

FOLDER = Path(__file__).parents[2] / "helm" / "fvi-ocr" / "dashboards"


def files() -> dict[Path, str]:
    """All of them, with what is in them."""
    titles = {board.uid: board.title for board in BOARDS}
    return {FOLDER / f"{board.uid}.json": to_json(board, titles) for board in BOARDS}


def main() -> None:
    wanted = files()
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    wrong += [path for path in FOLDER.glob("*") if path not in wanted]
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(f"{path.name} is not as `make dashboards` writes it" for path in sorted(wrong)) or 0)
    FOLDER.mkdir(exist_ok=True)
    for path in wrong:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    main()

"""Writes SPECIMEN photos with their truth, for people to look at and for examples."""

import json
from pathlib import Path
from typing import Any

from models.card import CORNERS, Kind
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample


def write_photos(folder: Path, split: str, count: int, first: int = 0, kind: Kind | None = None) -> None:
    """Samples `first` … `first + count - 1` of a split, of one kind of card or any, as SPLIT-NNNN.jpg and .json.

    Of a kind, its name is in that of the file: SPLIT-NNNN-TYPE-SIDE.jpg.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        one = sample(split, seed, kind)
        path = folder / "-".join((split, f"{seed:04d}", *(kind or ())))
        photo = path.with_name(f"{path.name}.jpg")
        photo.write_bytes(one.jpeg)
        photo.with_suffix(".json").write_text(json.dumps(truth(one), ensure_ascii=False, indent=2) + "\n")
        print(photo)


def truth(one: Sample) -> dict[str, Any]:
    """What is true about a sample, as a JSON document; corners in pixels of the photo."""
    card_type, side = one.kind or (None, None)
    corners = [] if one.corners is None else one.corners.round(1).tolist()
    return {
        "synthetic": "SPECIMEN: the person, the number and the card do not exist",
        "type": card_type,
        "side": side,
        "corners": dict(zip(CORNERS, corners, strict=False)),
        "fields": one.fields,
        "severities": {name: round(value, 3) for name, value in one.severities.items()},
    }

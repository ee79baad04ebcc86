"""models.config as the agent sees it: for each model the versions to load and the labels they have."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf import text_format

from services.protos import fvi_serving_pb2 as pb

_HEADER = "# Written by the fvi-ocr agent, which reads it again when it starts. Do not edit.\n"


@dataclass(frozen=True)
class Listed:
    """One model in models.config: `labels` stand for versions in `versions`."""

    versions: frozenset[int] = frozenset()
    labels: Mapping[str, int] = field(default_factory=dict)


Listing = Mapping[str, Listed]


def to_text(listing: Listing, models: Path) -> str:
    """A ModelServerConfig in protobuf text; model `m` lies in `models`/m. Models without versions are left out."""
    config = pb.ModelServerConfig()
    config.model_config_list.SetInParent()
    for name, listed in sorted(listing.items()):
        if not listed.versions:
            continue  # TensorFlow Serving would wait for it, and discover no other model's versions meanwhile
        entry = config.model_config_list.config.add(
            name=name, base_path=str(models / name), model_platform="tensorflow", version_labels=listed.labels
        )
        entry.model_version_policy.specific.versions.extend(sorted(listed.versions))
    return _HEADER + text_format.MessageToString(config)


def read(path: Path) -> Listing | None:
    """What was written last; None if there is no such file, or one that was never whole.

    Raises:
        OSError: it cannot be read now, which says nothing about what it lists.
    """
    try:
        config = text_format.Parse(path.read_text(encoding="utf-8"), pb.ModelServerConfig())
    except (FileNotFoundError, UnicodeDecodeError, text_format.ParseError):
        return None
    return {
        entry.name: Listed(frozenset(entry.model_version_policy.specific.versions), dict(entry.version_labels))
        for entry in config.model_config_list.config
    }


def is_written(path: Path, text: str) -> bool:
    """Whether the file holds exactly `text`."""
    try:
        return path.read_text(encoding="utf-8") == text
    except (FileNotFoundError, UnicodeDecodeError):
        return False


def write(path: Path, text: str) -> None:
    """Replace the file as a whole: TensorFlow Serving may read it at any moment, and we may die at any line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)

"""The desired state: which versions should serve, under which labels, for which share of cards.

One YAML document, a ConfigMap in a cluster and a file elsewhere, read by agents, API and rollout alike:

    models:
      reader: {stable: 1, canary: 2, traffic: 5, shadow: 20}
      cropper: {stable: 1}
      detector: {stable: 3, keep: [2]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

STABLE, CANARY = "stable", "canary"
_MAX_BYTES = 64 * 1024


class BadDesiredState(ValueError):
    """The document cannot be used. `code` is stable; the message says where and what to do."""

    code = "bad_desired_state"


@dataclass(frozen=True)
class DesiredModel:
    """What one model should serve. `traffic` and `shadow` are percent of cards, 0 to 100."""

    stable: int
    canary: int | None = None
    traffic: float = 0.0
    shadow: float = 0.0
    keep: tuple[int, ...] = field(default=())  # loaded, without a label: going back to them loads nothing

    @property
    def labels(self) -> dict[str, int]:
        """Label -> the version it should stand for."""
        return {STABLE: self.stable} | ({} if self.canary is None else {CANARY: self.canary})

    @property
    def versions(self) -> frozenset[int]:
        """Every version that should be loaded."""
        return frozenset(self.labels.values()) | frozenset(self.keep)


DesiredState = Mapping[str, DesiredModel]


def read_desired_state(path: Path) -> DesiredState:
    """The document at `path`.

    Raises:
        BadDesiredState: it is not there, too large, or not as above.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadDesiredState(f"{path}: {error.strerror}. Write the desired state there.") from error
    if len(raw) > _MAX_BYTES:
        raise BadDesiredState(f"{path} is larger than {_MAX_BYTES} bytes: it cannot be a desired state.")
    try:
        return parse_desired_state(raw.decode())
    except (BadDesiredState, UnicodeDecodeError) as error:
        raise BadDesiredState(f"{path}: {error}") from error


def parse_desired_state(text: str) -> DesiredState:
    """The document as text; model -> what it should serve.

    Raises:
        BadDesiredState: not YAML, an unknown name, a missing or impossible value.
    """
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadDesiredState(f"not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or set(document) != {"models"}:
        raise BadDesiredState("the document must hold `models:` and nothing else.")
    models = document["models"]
    if not isinstance(models, dict) or not models:
        raise BadDesiredState("`models` must name at least one model, such as `reader: {stable: 1}`.")
    return {_name(name): _model(str(name), entry) for name, entry in models.items()}


def _name(name: Any) -> str:
    # It becomes a folder, a label of a metric and a part of URLs.
    if not isinstance(name, str) or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise BadDesiredState(f"{name!r} cannot be a model: use letters, digits, - and _.")
    return name


def _model(name: str, entry: Any) -> DesiredModel:
    known = ("stable", "canary", "traffic", "shadow", "keep")
    if not isinstance(entry, dict):
        raise BadDesiredState(f"{name}: must be a mapping such as {{stable: 1}}.")
    unknown = sorted(str(key) for key in entry if key not in known)
    if unknown:
        raise BadDesiredState(f"{name}: {', '.join(unknown)} is not known; there are {', '.join(known)}.")
    if "stable" not in entry:
        raise BadDesiredState(f"{name}: `stable` is missing: the version that answers.")
    canary = entry.get("canary")
    keep = entry.get("keep") or []
    if not isinstance(keep, list):
        raise BadDesiredState(f"{name}: `keep` must be a list of versions, not {keep!r}.")
    return DesiredModel(
        stable=_version(f"{name}.stable", entry["stable"]),
        canary=None if canary is None else _version(f"{name}.canary", canary),
        traffic=_percent(f"{name}.traffic", entry.get("traffic", 0)),
        shadow=_percent(f"{name}.shadow", entry.get("shadow", 0)),
        keep=tuple(_version(f"{name}.keep", version) for version in keep),
    )


def _version(where: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise BadDesiredState(f"{where}: a version is a whole number from 1, not {value!r}.")
    return value


def _percent(where: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
        raise BadDesiredState(f"{where}: a share is a percentage from 0 to 100, not {value!r}.")
    return float(value)

"""The desired state: which versions should serve, under which labels, for which share of cards.

One YAML document, a ConfigMap in a cluster and a file elsewhere, read by agents, API and rollout alike:

    models:
      reader: {stable: 1, canary: 2, traffic: 5, shadow: 20}
      cropper: {stable: 1}
      detector: {stable: 3, keep: [2]}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

import yaml

from services.store.names import is_model, version_number

STABLE, CANARY = "stable", "canary"
DECIMALS = 6  # of a percentage
_MAX_BYTES = 64 * 1024


class _Loader(yaml.BaseLoader):
    """Mappings, lists and strings. YAML's numbers are not ours: 010 would be 8, and 1:30 would be 90."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Without aliases: a few of them make a document of any size."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """No name twice: the last one would win without a word."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise yaml.YAMLError(f"{', '.join(sorted(twice))} stands twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


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


def read_document(path: Path) -> bytes:
    """The document at `path` as bytes, to see whether it has changed.

    Raises:
        BadDesiredState: it is not there, or too large.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadDesiredState(f"{path}: {error.strerror}. Write the desired state there.") from error
    if len(raw) > _MAX_BYTES:
        raise BadDesiredState(f"{path} is larger than {_MAX_BYTES} bytes: it cannot be a desired state.")
    return raw


def read_desired_state(path: Path) -> DesiredState:
    """The document at `path`.

    Raises:
        BadDesiredState: it is not there, too large, or not as above.
    """
    return parse_document(read_document(path), path)


def parse_document(raw: bytes, path: Path) -> DesiredState:
    """The document as bytes; `path` is where they come from, for the error.

    Raises:
        BadDesiredState: not as above.
    """
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
        document = yaml.load(text, _Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadDesiredState(f"not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or set(document) != {"models"}:
        raise BadDesiredState("the document must hold `models:` and nothing else.")
    models = document["models"]
    if not isinstance(models, dict) or not models:
        raise BadDesiredState("`models` must name at least one model, such as `reader: {stable: 1}`.")
    return {_name(name): _model(str(name), entry) for name, entry in models.items()}


def _name(name: Any) -> str:
    # It becomes a folder, a label of a metric and a part of URLs.
    if not isinstance(name, str) or not is_model(name):
        raise BadDesiredState(f"{shorten(name)} cannot be a model: use letters, digits, '_', '-' and '.', at most 64.")
    return name


def _model(name: str, entry: Any) -> DesiredModel:
    known = ("stable", "canary", "traffic", "shadow", "keep")
    if not isinstance(entry, dict):
        raise BadDesiredState(f"{name}: must be a mapping such as {{stable: 1}}.")
    unknown = sorted(str(key) for key in entry if key not in known)
    if unknown:
        raise BadDesiredState(f"{name}: {', '.join(unknown)[:80]} is not known; there are {', '.join(known)}.")
    if "stable" not in entry:
        raise BadDesiredState(f"{name}: `stable` is missing: the version that answers.")
    canary, keep = entry.get("canary", ""), entry.get("keep", [])
    if not isinstance(keep, list):
        raise BadDesiredState(f"{name}: `keep` must be a list of versions, not {shorten(keep)}.")
    return DesiredModel(
        stable=_version(f"{name}.stable", entry["stable"]),
        canary=None if canary in _NOTHING else _version(f"{name}.canary", canary),
        traffic=_percent(f"{name}.traffic", entry.get("traffic", "0")),
        shadow=_percent(f"{name}.shadow", entry.get("shadow", "0")),
        keep=tuple(_version(f"{name}.keep", version) for version in keep),
    )


def to_text(state: DesiredState) -> str:
    """The document: what is read back from it is `state`."""
    return "models:\n" + "".join(f"  {name}: {_entry(model)}\n" for name, model in state.items())


def _entry(model: DesiredModel) -> str:
    entry = {"stable": str(model.stable)}
    if model.canary is not None:
        entry |= {"canary": str(model.canary), "traffic": _plain(model.traffic), "shadow": _plain(model.shadow)}
    if model.keep:
        entry["keep"] = f"[{', '.join(map(str, model.keep))}]"
    return "{" + ", ".join(f"{name}: {value}" for name, value in entry.items()) + "}"


def _plain(percent: float) -> str:
    return f"{percent:.{DECIMALS}f}".rstrip("0").rstrip(".")


_PERCENT = re.compile(rf"\d{{1,3}}(\.\d{{1,{DECIMALS}}})?", re.ASCII)
_NOTHING = ("", "~", "null")  # as YAML spells it


def _version(where: str, value: Any) -> int:
    number = version_number(value) if isinstance(value, str) else None
    if number is None:
        raise BadDesiredState(f"{where}: a version is a whole number from 1, not {shorten(value)}.")
    return number


def _percent(where: str, value: Any) -> float:
    if not isinstance(value, str) or not _PERCENT.fullmatch(value) or float(value) > 100:
        raise BadDesiredState(f"{where}: a share is a percentage from 0 to 100, not {shorten(value)}.")
    return float(value)

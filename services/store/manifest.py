"""manifest.json: what a version consists of and where it comes from. Written last.

Parsed strictly, since it may come from anywhere: whatever is not exactly as it should be is CorruptVersion.
Members that we do not know are ignored; a change that must not be ignored gets another `schema`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NoReturn

from services.store.errors import CorruptVersion
from services.store.names import is_model, version_number, wrong_with_path

SCHEMA = 1
MAX_BYTES = 4 * 1024 * 1024  # of a manifest: more than 10 000 files need
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class ManifestFile:
    """One file of a version: POSIX path below the version's folder, size in bytes, sha256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A manifest as it was read. `content` holds its exact bytes, which signatures are over."""

    model: str
    version: int
    created: str  # ISO 8601 with an offset
    commit: str | None
    signature: Mapping[str, Any] | None  # name, inputs, outputs: names, dtypes and shapes
    alphabet_sha256: str | None
    parity: Mapping[str, Any] | None
    evaluation: Mapping[str, Any] | None
    files: tuple[ManifestFile, ...]
    content: bytes

    @cached_property
    def digest(self) -> str:
        """sha256 in hex of the manifest, which stands for every byte of the version."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


def encode(document: Mapping[str, Any], files: tuple[ManifestFile, ...]) -> bytes:
    """The bytes of a manifest.json: `schema` first, `files` last, `document` (all other members) between."""
    listed = [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in files]
    whole = {"schema": SCHEMA, **document, "files": listed}
    return (json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse(content: bytes, expected: tuple[str, int] | None = None) -> Manifest:
    """The manifest that `content` spells.

    Args:
        expected: the model and version that it must be of.

    Raises:
        CorruptVersion: says what is wrong with it.
    """
    try:
        document = json.loads(content, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _corrupt(expected, f"is not JSON ({error})") from None
    try:
        manifest = _manifest(document, content)
        if expected and (manifest.model, manifest.version) != expected:
            raise _Wrong(f"is that of {manifest}")
    except _Wrong as wrong:
        raise _corrupt(expected, str(wrong)) from None
    return manifest


class _Wrong(Exception):
    """What is wrong with a manifest."""


def _corrupt(expected: tuple[str, int] | None, what: str) -> CorruptVersion:
    which = "The manifest of {} {}".format(*expected) if expected else "The manifest"
    return CorruptVersion(f"{which} {what}. Publish the model again under another number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, refused when a name stands twice: readers would disagree on what was signed."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _manifest(document: Any, content: bytes) -> Manifest:
    if not isinstance(document, dict):
        raise _Wrong("is no object")
    if document.get("schema") != SCHEMA or isinstance(document["schema"], bool):
        raise _Wrong(f"has schema {document.get('schema')!r}, and this program knows {SCHEMA} only")
    model, version = _take(document, "model", str), _take(document, "version", int)
    if not is_model(model) or version_number(str(version)) is None:
        raise _Wrong(f"names no model and version, but {model!r} and {version}")
    created = _take(document, "created", str)
    try:
        has_offset = datetime.fromisoformat(created).tzinfo is not None
    except ValueError:
        has_offset = False
    if not has_offset:
        raise _Wrong(f"has created {created!r}, which is no ISO 8601 time with an offset")
    alphabet = _take(document, "alphabet_sha256", str, type(None))
    if alphabet is not None and not _SHA256.fullmatch(alphabet):
        raise _Wrong("has an alphabet_sha256 that is no sha256")
    return Manifest(
        model=model,
        version=version,
        created=created,
        commit=_take(document, "commit", str, type(None)),
        signature=_take(document, "signature", dict, type(None)),
        alphabet_sha256=alphabet,
        parity=_take(document, "parity", dict, type(None)),
        evaluation=_take(document, "evaluation", dict, type(None)),
        files=_files(_take(document, "files", list)),
        content=content,
    )


def _files(entries: list[Any]) -> tuple[ManifestFile, ...]:
    files = tuple(_file(entry) for entry in entries)
    if not files:
        raise _Wrong("lists no files")
    paths = {file.path for file in files}
    if len(paths) != len(files):
        raise _Wrong("lists a path twice")
    for path in paths:
        for parent in PurePosixPath(path).parents:
            if str(parent) in paths:
                raise _Wrong(f"lists {str(parent)!r} as a file and as a folder")
    return files


def _file(entry: Any) -> ManifestFile:
    if not isinstance(entry, dict):
        raise _Wrong("lists a file that is no object")
    path, size, sha256 = _take(entry, "path", str), _take(entry, "size", int), _take(entry, "sha256", str)
    if reason := wrong_with_path(path):
        raise _Wrong(f"lists {path[:100]!r}, which {reason}")
    if size < 0:
        raise _Wrong(f"gives {path!r} a size of {size}")
    if not _SHA256.fullmatch(sha256):
        raise _Wrong(f"gives {path!r} a sha256 that is none")
    return ManifestFile(path, size, sha256)


def _take(document: dict[str, Any], name: str, *kinds: type) -> Any:
    """The member `name`, of one of `kinds`; a member that may be null may also be missing."""
    value = document.get(name)
    if not isinstance(value, kinds) or isinstance(value, bool):
        found = "nothing" if name not in document else type(value).__name__
        raise _Wrong(f"has {found} as {name!r}, where {' or '.join(_JSON_NAMES[kind] for kind in kinds)} belongs")
    return value


_JSON_NAMES = {str: "a string", int: "a whole number", dict: "an object", list: "an array", type(None): "null"}

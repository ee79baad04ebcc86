"""A version as a folder on this machine: described, read, and compared with its manifest."""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.store.errors import BadFolder, CorruptVersion
from services.store.manifest import MAX_BYTES, Manifest, ManifestFile, encode, parse
from services.store.names import MANIFEST_FILE, SIGNATURE_FILE, check_version_name, wrong_with_path

_OURS = (MANIFEST_FILE, SIGNATURE_FILE)
# What a version is: a SavedModel, or words whose truth is known (docs/rollout.md).
_CONTENTS = ("saved_model.pb", "saved_model.pbtxt", "golden.npz")


def describe(
    folder: Path, model: str, version: int, facts: Mapping[str, Any] | None = None, created: datetime | None = None
) -> Manifest:
    """A manifest of all files below `folder`.

    The same folder always gives the same bytes, so that publishing again meets nothing unexpected.

    Args:
        facts: members commit, signature, alphabet_sha256, parity, evaluation, as far as they are known.
        created: when the version was made; by default, when the newest of its files was.

    Raises:
        BadName, BadFolder.
    """
    check_version_name(model, version)
    paths = _paths(folder)
    newest = max(path.stat().st_mtime for path in paths)
    when = created or datetime.fromtimestamp(int(newest), UTC)
    document = {"model": model, "version": version, "created": when.isoformat(timespec="seconds")}
    files = tuple(
        ManifestFile(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path)) for path in paths
    )
    return parse(encode({**document, **(facts or {})}, files), (model, version))


def renamed(manifest: Manifest, model: str, version: int) -> Manifest:
    """The same files and facts as another version; the same object when it is that already."""
    check_version_name(model, version)
    if (manifest.model, manifest.version) == (model, version):
        return manifest
    document = {
        "model": model,
        "version": version,
        "created": manifest.created,
        "commit": manifest.commit,
        "signature": manifest.signature,
        "alphabet_sha256": manifest.alphabet_sha256,
        "parity": manifest.parity,
        "evaluation": manifest.evaluation,
    }
    return parse(encode(document, manifest.files), (model, version))


def read_folder(folder: Path) -> Manifest:
    """The manifest in a fetched or exported version; its files are not looked at.

    Raises:
        CorruptVersion: there is none, or it is not as it should be.
    """
    try:
        with (folder / MANIFEST_FILE).open("rb") as file:
            return parse(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise CorruptVersion(f"{folder / MANIFEST_FILE} cannot be read: {error.strerror}") from None


def check_folder(folder: Path) -> Manifest:
    """The manifest in a fetched or exported version, after comparing every file with it.

    Raises:
        CorruptVersion: names the first file that is missing or differs.
    """
    manifest = read_folder(folder)
    for file in manifest.files:
        path = folder / file.path
        try:
            is_right = path.stat().st_size == file.size and sha256_of(path) == file.sha256
        except OSError as error:
            raise CorruptVersion(f"{path} cannot be read: {error.strerror}") from None
        if not is_right:
            raise CorruptVersion(f"{path} is not what {MANIFEST_FILE} beside it says")
    return manifest


def sha256_of(path: Path) -> str:
    """sha256 in hex of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamps(folder: Path, manifest: Manifest) -> list[tuple[int, int, int]]:
    """What changes when a file of the version is changed: its inode, size and time of change (ns)."""
    states = [(folder / file.path).stat() for file in manifest.files]
    return [(state.st_ino, state.st_size, state.st_mtime_ns) for state in states]


def _paths(folder: Path) -> list[Path]:
    """All files below `folder` that belong to the version, sorted; BadFolder if it cannot be published."""
    if not folder.is_dir():
        raise BadFolder(f"{folder} is no folder")
    if not any((folder / name).is_file() for name in _CONTENTS):
        raise BadFolder(f"{folder} holds no {' or '.join(_CONTENTS)}: name the folder of one SavedModel")
    paths = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name in _OURS or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file():
            raise BadFolder(f"{path} is no ordinary file: copy what it stands for there, or remove it")
        if reason := wrong_with_path(name):
            raise BadFolder(f"{path} cannot be published: its name {reason}")
        if not os.access(path, os.R_OK):
            raise BadFolder(f"{path} cannot be read")
        paths.append(path)
    return paths

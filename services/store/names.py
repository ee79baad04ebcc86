"""What may be the name of a model, the number of a version, the path of a file in it."""

import re

from services.store.errors import BadName

MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "manifest.json.sig"  # base64 of an ed25519 signature over the manifest's exact bytes
CLAIM = ".claim-"  # begins the names of objects that say who is publishing; see objects.py
UNFINISHED = ".tmp-"  # TF Serving takes no such name for a version

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LARGEST_VERSION = 2**63 - 1  # int64 in TF Serving
_LONGEST_PART, _LONGEST_PATH = 255, 900  # bytes: of a file name on Linux; of a key on S3, less store and model


def check_version_name(model: str, version: int) -> None:
    """Raises BadName unless `model` and `version` can name a version."""
    if not is_model(model):
        raise BadName(f"{model!r} is no name of a model: letters, digits, '_', '-' and '.', at most 64 of them")
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version <= _LARGEST_VERSION:
        raise BadName(f"{version!r} is no version: a whole number from 1")


def is_model(name: str) -> bool:
    """Whether a model may be called so."""
    return _MODEL.fullmatch(name) is not None


def version_number(name: str) -> int | None:
    """The version that a folder is named after; None for any other name."""
    if not (name.isascii() and name.isdigit()) or name.startswith("0") or len(name) > 19:
        return None
    return int(name) if int(name) <= _LARGEST_VERSION else None


def wrong_with_path(path: str) -> str | None:
    """Why `path` cannot be that of a file below a version's folder; None if it can."""
    parts = path.split("/")
    if path in (MANIFEST_FILE, SIGNATURE_FILE) or path.startswith(CLAIM):
        return "is reserved"
    if any(part in ("", ".", "..") for part in parts):
        return "leads out of the version's folder, or is not in its simplest form"
    if "\\" in path or not path.isprintable():
        return "has a character that no path may have"
    try:
        length = len(path.encode())
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell
        return "has a character that no path may have"
    if length > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_PART for part in parts):
        return "is too long"
    return None

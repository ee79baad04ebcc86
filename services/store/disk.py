"""Writing so that it is on the disk, and saying what the disk had against it."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.store.errors import CannotWrite, NoSpace

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the disk has against writing `path` into NoSpace or CannotWrite."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(f"The disk of {path} is full: {error.strerror}. Free some space, then try again.") from error
        raise CannotWrite(f"{error.filename or path} cannot be written: {error.strerror or error}") from error


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, and wait until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def copy_synced(source: Path, target: Path) -> None:
    """Copy a file's content, and wait until it is on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, target.open("wb") as file:
        shutil.copyfileobj(reading, file)
        file.flush()
        os.fsync(file.fileno())


def sync_tree(top: Path) -> None:
    """Wait until the names in `top` and in every folder below it are on the disk."""
    for folder, _, _ in os.walk(top):
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

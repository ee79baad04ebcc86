"""A store in a folder. Plain file calls, since a version must appear by a rename and survive a power cut."""

import contextlib
import errno
import os
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

from services.store.backend import Backend, Missing, StoredFile
from services.store.disk import copy_synced, sync_folder, sync_tree, write_synced, writing
from services.store.errors import (
    AccessDenied,
    BadFolder,
    CorruptVersion,
    NoSuchStore,
    StoreUnavailable,
    UnfinishedVersion,
    VersionExists,
)
from services.store.folder import check_folder
from services.store.manifest import Manifest
from services.store.names import MANIFEST_FILE, SIGNATURE_FILE, UNFINISHED


class LocalBackend(Backend):
    """Versions are made under a name that nobody takes for one, then renamed.

    Renaming a folder to one that exists and is not empty fails, so of two publishers one wins.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root.as_uri())
        self.root = root

    def files(self, path: str) -> dict[str, StoredFile]:
        base = self.root / path
        found = {}
        self.check_not_stopped()
        try:
            if not self.root.is_dir():
                raise NoSuchStore(f"{self.root} is no folder: is the store's address right?")
            for folder, _, names in os.walk(base, onerror=_unless_gone):
                for name in names:
                    file = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                        found[file.relative_to(base).as_posix()] = _stored(file.stat())
        except PermissionError as error:
            raise AccessDenied(f"{error.filename} must not be read by this user") from None
        except OSError as error:
            raise StoreUnavailable(f"{error.filename} cannot be read: {error.strerror}") from None
        return found

    def read(self, path: str, start: int, length: int) -> bytes:
        self.check_not_stopped()
        try:
            with (self.root / path).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(path) from None
        except PermissionError:
            raise AccessDenied(f"{self.root / path} must not be read by this user") from None
        except OSError as error:
            raise StoreUnavailable(f"{self.root / path} cannot be read: {error.strerror}") from None

    def publish(
        self,
        folder: Path,
        manifest: Manifest,
        signature: bytes | None,
        replace_unfinished: bool,  # noqa: ARG002  # what is unfinished is never in the way here
    ) -> None:
        final = self.root / manifest.model / str(manifest.version)
        unfinished = final.with_name(f"{UNFINISHED}{manifest.version}-{uuid.uuid4().hex}")
        try:
            with writing(unfinished):
                self._fill(unfinished, folder, manifest, signature)
                self._rename(unfinished, final)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _fill(self, unfinished: Path, folder: Path, manifest: Manifest, signature: bytes | None) -> None:
        if signature is not None:
            write_synced(unfinished / SIGNATURE_FILE, signature)
        write_synced(unfinished / MANIFEST_FILE, manifest.content)
        try:
            for file in manifest.files:
                copy_synced(folder / file.path, unfinished / file.path)
            check_folder(unfinished)
        except (CorruptVersion, FileNotFoundError):
            raise BadFolder(f"{folder} changed while it was published: publish it again") from None
        sync_tree(unfinished)

    def _rename(self, unfinished: Path, final: Path) -> None:
        try:
            unfinished.rename(final)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            if (final / MANIFEST_FILE).exists():
                raise VersionExists(f"{final} exists, and versions never change. Choose another number.") from None
            raise UnfinishedVersion(
                f"{final} exists without a {MANIFEST_FILE}, so not made here. Remove it, or choose another number."
            ) from None
        sync_folder(final.parent)

    def remove(self, path: str) -> None:
        """Renamed first: what is left when this is interrupted is no version, and unfinished."""
        doomed = self.root / path
        hidden = doomed.with_name(f"{UNFINISHED}removed-{uuid.uuid4().hex}")
        with writing(doomed):
            doomed.rename(hidden)
            shutil.rmtree(hidden)

    def close(self) -> None:
        pass


def _unless_gone(error: OSError) -> None:
    """os.walk passes over what it cannot read; a listing must not."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _stored(state: os.stat_result) -> StoredFile:
    return StoredFile(state.st_size, datetime.fromtimestamp(state.st_mtime, UTC))

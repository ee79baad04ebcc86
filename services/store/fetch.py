"""A version out of the store, whole and checked, or not at all.

All is made in `.tmp-<name>` beside the destination, and renamed in the end. An interrupted fetch leaves
that folder, and the next one to the same destination goes on from there.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.store.backend import Backend, StoredFile
from services.store.disk import sync_folder, sync_tree, write_synced, writing
from services.store.errors import CorruptVersion, DestinationExists, FetchInProgress, NoSpace, VersionTooLarge
from services.store.manifest import Manifest
from services.store.names import MANIFEST_FILE, SIGNATURE_FILE, UNFINISHED
from services.store.options import StoreOptions
from services.store.transfer import Transfer


def fetch_version(
    backend: Backend,
    manifest: Manifest,
    signature: bytes | None,
    destination: Path,
    options: StoreOptions,
    transfer: Transfer,
) -> None:
    """See ModelStore.fetch."""
    refuse_too_large(manifest, options)
    folder = destination.with_name(f"{UNFINISHED}{destination.name}")
    with writing(folder), _locked(folder):
        if os.path.lexists(destination):
            shutil.rmtree(folder)
            raise DestinationExists(f"{destination} exists. Remove it, or check what is in it.")
        try:
            compare_sizes(manifest, backend.files(f"{manifest.model}/{manifest.version}"))
            with writing(folder):
                _fill(folder, manifest, signature, options, transfer)
        except (CorruptVersion, NoSpace):  # of no use for another try, or in the way of others
            shutil.rmtree(folder, ignore_errors=True)
            raise
        folder.rename(destination)
        sync_folder(destination.parent)


def _fill(folder: Path, manifest: Manifest, signature: bytes | None, options: StoreOptions, transfer: Transfer) -> None:
    _clear_foreign(folder, manifest)
    _refuse_too_little_space(folder, manifest)
    transfer.run(folder, options.parallel)
    if signature is not None:
        write_synced(folder / SIGNATURE_FILE, signature)
    write_synced(folder / MANIFEST_FILE, manifest.content)
    sync_tree(folder)


def refuse_too_large(manifest: Manifest, options: StoreOptions) -> None:
    """Raises VersionTooLarge for a manifest that asks for more than `options` allow."""
    if len(manifest.files) > options.max_files:
        raise VersionTooLarge(
            f"{manifest} has {len(manifest.files)} files, more than FVI_STORE_MAX_FILES ({options.max_files}) allows."
        )
    if manifest.size > options.max_version_bytes:
        raise VersionTooLarge(
            f"{manifest} has {manifest.size} bytes, more than FVI_STORE_MAX_VERSION_BYTES "
            f"({options.max_version_bytes}) allows."
        )


def compare_sizes(manifest: Manifest, stored: dict[str, StoredFile]) -> None:
    """Raises CorruptVersion when the listing shows already that files are missing or of another size."""
    wrong = []
    for file in manifest.files:
        if file.path not in stored:
            wrong.append(f"{file.path} is missing")
        elif stored[file.path].size != file.size:
            wrong.append(f"{file.path} has {stored[file.path].size} bytes, not {file.size}")
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise CorruptVersion(
            f"{manifest} is not what its manifest says: {', '.join(wrong[:3])}{more}. "
            "Do not serve it; publish the model again under another number."
        )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make `folder` if needed and hold it alone; FetchInProgress if somebody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(descriptor), os.stat(folder))
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:  # or the other one renamed it between our two calls
            raise FetchInProgress(f"Another process is fetching to {folder}. Try again when it is done.")
        yield
    finally:
        os.close(descriptor)


def _clear_foreign(folder: Path, manifest: Manifest) -> None:
    """Remove what an interrupted fetch of something else left."""
    wanted = {folder / file.path for file in manifest.files}
    parents = {parent for path in wanted for parent in path.parents}
    for path in sorted(folder.rglob("*"), reverse=True):  # what is inside comes before what holds it
        if path.is_dir() and not path.is_symlink():
            if path not in parents:
                path.rmdir()
        elif path not in wanted or path.is_symlink() or not path.is_file():
            path.unlink()


def _refuse_too_little_space(folder: Path, manifest: Manifest) -> None:
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    needed, free = manifest.size - there, shutil.disk_usage(folder).free
    if needed > free:
        raise NoSpace(f"{manifest} needs {needed} more bytes, and the disk of {folder} has {free}. Free some first.")

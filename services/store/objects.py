"""Publishing where nothing can be renamed: to a bucket, object by object.

1. A claim: an object of a name that nobody else uses. Then a look at what is there. Whoever sees the claim of
   somebody with other files withdraws. Of two such publishers the later look sees both claims, so two never go on;
   this asks only that a listing shows what was written before it, as those of S3, Google and versitygw do.
   (Creating one object "if there is none" would be simpler. But servers exist that let two do so at once: with
   versitygw 1.7 six simultaneous creators had several winners in 43 of 100 rounds.)
2. The files, in parallel, over what an interrupted publish of the same files left.
3. The signature, then `manifest.json`, created only if there is none. Only now is this a version.
4. The claims go: from now on a look shows the manifest.
"""

import random
import uuid
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.store.backend import StoredFile
from services.store.errors import BadFolder, UnfinishedVersion, VersionExists
from services.store.folder import stamps
from services.store.manifest import Manifest
from services.store.names import CLAIM, MANIFEST_FILE, SIGNATURE_FILE
from services.store.parallel import in_parallel

if TYPE_CHECKING:
    from services.store.remote import RemoteBackend

_CLAIMS = 5  # how often we try to be the only one


def publish_objects(
    bucket: "RemoteBackend",
    folder: Path,
    manifest: Manifest,
    signature: bytes | None,
    replace_unfinished: bool,
    parallel: int,
) -> None:
    """Raises VersionExists, UnfinishedVersion, BadFolder."""
    base = f"{manifest.model}/{manifest.version}"
    before = stamps(folder, manifest)
    _claim(bucket, base, manifest, replace_unfinished)
    in_parallel(
        [partial(bucket.upload, folder / file.path, f"{base}/{file.path}") for file in manifest.files], parallel
    )
    stored = bucket.files(base)
    if _changed(folder, manifest, before) or not _is_whole(stored, manifest):
        raise BadFolder(f"{folder} changed while it was published: publish it again")
    if signature is not None:
        bucket.write(f"{base}/{SIGNATURE_FILE}", signature)
    if not bucket.create(f"{base}/{MANIFEST_FILE}", manifest.content):
        raise _exists(manifest)
    bucket.delete([f"{base}/{name}" for name in stored if name.startswith(CLAIM)])


def removal_order(names: Iterable[str]) -> list[str]:
    """The manifest first, so that no half of a version is one; claims last, so that none is made of what is left."""
    return sorted(names, key=lambda name: (name != MANIFEST_FILE, name.startswith(CLAIM), name))


def _claim(bucket: "RemoteBackend", base: str, manifest: Manifest, replace_unfinished: bool) -> None:
    """Returns when nobody else may publish other files as this version."""
    same_files = f"{CLAIM}{manifest.digest[:32]}-"
    ours = f"{same_files}{uuid.uuid4().hex}"
    for _ in range(_CLAIMS):
        bucket.write(f"{base}/{ours}", b"")
        stored = bucket.files(base)
        others = [name for name in stored if name.startswith(CLAIM) and not name.startswith(same_files)]
        if MANIFEST_FILE not in stored and not others:
            return
        if replace_unfinished and MANIFEST_FILE not in stored:
            bucket.delete([f"{base}/{name}" for name in stored if name != ours])
            continue
        bucket.delete([f"{base}/{ours}"])
        if MANIFEST_FILE in stored:
            raise _exists(manifest)
        bucket.stop.wait(random.uniform(0.1, 1.0))  # the others withdraw too, if they came just now
    raise UnfinishedVersion(
        f"Somebody else is publishing {manifest} with other files, or was interrupted. If nobody is, "
        "publish with --replace-unfinished; or choose another number."
    )


def _changed(folder: Path, manifest: Manifest, before: list[tuple[int, int, int]]) -> bool:
    try:
        return stamps(folder, manifest) != before
    except OSError:
        return True


def _is_whole(stored: dict[str, StoredFile], manifest: Manifest) -> bool:
    return all(file.path in stored and stored[file.path].size == file.size for file in manifest.files)


def _exists(manifest: Manifest) -> VersionExists:
    return VersionExists(f"Somebody else published {manifest} meanwhile, and versions never change.")

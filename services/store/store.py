"""The one class that callers use: list, publish, fetch, verify and collect versions of models."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.store import gc, signing
from services.store.backend import Backend, Missing
from services.store.errors import BadFolder, CorruptVersion, NoSuchVersion, VersionExists
from services.store.fetch import compare_sizes, fetch_version, refuse_too_large
from services.store.folder import check_folder, describe, renamed
from services.store.manifest import MAX_BYTES, Manifest, parse
from services.store.names import CLAIM, MANIFEST_FILE, SIGNATURE_FILE, check_version_name, is_model, version_number
from services.store.options import StoreOptions
from services.store.transfer import Progress, Transfer
from services.store.urls import open_backend

_MAX_SIGNATURE_BYTES = 4096


class ModelStore:
    """`{url}/{model}/{version}/…` and a manifest.json written last. A context manager; or call `close()`.

    Nothing is cached: every answer is what the store says now. All errors are StoreErrors (errors.py); beside those
    that a method names, each may raise StoreUnavailable, AccessDenied and NoSuchStore.
    """

    def __init__(self, backend: Backend, options: StoreOptions) -> None:
        self._backend, self._options = backend, options

    @classmethod
    def open(cls, url: str, *, options: StoreOptions | None = None) -> "ModelStore":
        """A store in a folder, or at a `file://`, `s3://` or `gs://` URL; nothing is asked of it yet.

        Args:
            options: by default, those of the environment.

        Raises:
            BadStoreUrl, BadStoreSetting.
        """
        options = options if options is not None else StoreOptions.from_env()
        return cls(open_backend(url, options), options)

    def stop(self) -> None:
        """Let everything that asks the store, now in other threads or later, end within about a second.

        It raises StoreUnavailable then. There is no way back; open another store.
        """
        self._backend.stop.set()

    def close(self) -> None:
        """Give the connections back."""
        self.stop()
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where the store is."""
        return self._backend.url

    def models(self) -> list[str]:
        """Names of the models that have a version, sorted."""
        manifests = (path.split("/") for path in self._backend.files("") if path.endswith(_END))
        return sorted({way[0] for way in manifests if len(way) == 3 and is_model(way[0]) and version_number(way[1])})

    def versions(self, model: str) -> list[int]:
        """Versions that have a manifest, ascending; none for a model that is not there."""
        check_version_name(model, 1)
        numbers = [version_number(path[: -len(_END)]) for path in self._backend.files(model) if path.endswith(_END)]
        return sorted(number for number in numbers if number is not None)

    def has(self, model: str, version: int) -> bool:
        """Whether the store has this version, whatever is in it."""
        try:
            self._backend.read_small(f"{model}/{version}/{MANIFEST_FILE}", 1)
        except Missing:
            return False
        return True

    def manifest(self, model: str, version: int) -> Manifest:
        """The manifest of a version, checked for sense and, when public keys are configured, for its signature.

        Raises:
            BadName, NoSuchVersion, CorruptVersion, UntrustedVersion.
        """
        return self._read_manifest(model, version)[0]

    def check_fetched(self, folder: Path, model: str, version: int) -> Manifest:
        """Compare every byte of a version that was fetched to `folder` before, and its signature; asks nobody.

        Raises:
            CorruptVersion, UntrustedVersion, BadStoreSetting.
        """
        manifest = check_folder(folder)
        if (manifest.model, manifest.version) != (model, version):
            raise CorruptVersion(f"{folder} holds {manifest}, not {model} {version}")
        brought = folder / SIGNATURE_FILE
        signature = brought.read_bytes() if brought.is_file() else None
        signing.check(manifest.content, signature, self._public_keys, str(manifest))
        return manifest

    def fetch(self, model: str, version: int, destination: Path, progress: Progress | None = None) -> Manifest:
        """Download into `.tmp-<name>` beside `destination`, check every byte, fsync, rename to `destination`.

        What an interrupted fetch left in the temporary folder is taken up again.

        Args:
            progress: called with bytes done and bytes in all, from several threads but one at a time.

        Raises:
            CorruptVersion, UntrustedVersion, NoSuchVersion: trying again would not help.
            StoreUnavailable: it may. What is there already stays for then.
            NoSpace, CannotWrite, FetchInProgress, DestinationExists, BadName.
        """
        manifest, signature = self._read_manifest(model, version)
        try:
            transfer = Transfer(self._backend, manifest, progress)
            fetch_version(self._backend, manifest, signature, destination, self._options, transfer)
        except CorruptVersion:
            self._read_manifest(model, version)  # NoSuchVersion, if it was collected while we fetched
            raise
        return manifest

    def verify(self, model: str, version: int, progress: Progress | None = None) -> list[str]:
        """Read every byte of a version and compare; returns the paths that its manifest does not list.

        Raises:
            CorruptVersion, UntrustedVersion, NoSuchVersion, BadName.
        """
        manifest = self.manifest(model, version)
        refuse_too_large(manifest, self._options)
        stored = self._backend.files(f"{model}/{version}")
        compare_sizes(manifest, stored)
        Transfer(self._backend, manifest, progress).run(None, self._options.parallel)
        listed = {file.path for file in manifest.files} | {MANIFEST_FILE, SIGNATURE_FILE}
        return sorted(name for name in stored.keys() - listed if not name.startswith(CLAIM))

    def publish(self, folder: Path, model: str, version: int, *, replace_unfinished: bool = False) -> Manifest:
        """Make a folder with a SavedModel a version of the store, signed if a signing key is configured.

        The folder's own manifest.json is kept, after checking it; without one, or under another name, a new one is
        made. An interrupted publish is invisible, and the same folder can be published again over it.

        Args:
            replace_unfinished: also over what a publish of other files left. Nobody else may be publishing it.

        Raises:
            VersionExists, UnfinishedVersion, BadFolder, BadName, UntrustedVersion, BadStoreSetting.
        """
        check_version_name(model, version)
        if self.has(model, version):
            raise VersionExists(f"{self.url} has {model} {version}, and versions never change. Choose another number.")
        manifest = _describe(folder, model, version)
        signature = self._sign(folder, manifest)
        signing.check(manifest.content, signature, self._public_keys, f"{model} {version}")
        self._backend.publish(folder, manifest, signature, replace_unfinished)
        return manifest

    def gc(
        self,
        keep: int,
        in_use: Mapping[str, Collection[int]],
        unfinished_after: timedelta = timedelta(days=1),
        delete: bool = False,
    ) -> list[gc.Removal]:
        """What nobody needs any more: versions beyond the newest `keep` that are not in use, and old unfinished ones.

        Args:
            in_use: model -> versions that stay.
            delete: do it; otherwise only say it.
        """
        removals = gc.plan(self._backend.files(""), keep, in_use, unfinished_after, datetime.now(UTC))
        if delete:
            for removal in removals:
                self._backend.remove(removal.path)
        return removals

    @cached_property
    def _public_keys(self) -> list[Ed25519PublicKey]:
        return signing.read_public_keys(self._options.public_keys_file) if self._options.public_keys_file else []

    def _read_manifest(self, model: str, version: int) -> tuple[Manifest, bytes | None]:
        """With its signature, if it has one."""
        check_version_name(model, version)
        try:
            content = self._backend.read_small(f"{model}/{version}/{MANIFEST_FILE}", MAX_BYTES)
        except Missing:
            raise NoSuchVersion(f"{self.url} has no {model} {version}") from None
        if len(content) > MAX_BYTES:
            raise CorruptVersion(f"The manifest of {model} {version} has more than {MAX_BYTES} bytes")
        try:
            signature = self._backend.read_small(f"{model}/{version}/{SIGNATURE_FILE}", _MAX_SIGNATURE_BYTES)
        except Missing:
            signature = None
        signing.check(content, signature, self._public_keys, f"{model} {version}")
        return parse(content, (model, version)), signature

    def _sign(self, folder: Path, manifest: Manifest) -> bytes | None:
        """By our key; or the signature that the folder brought along, if it is of this very manifest."""
        if self._options.signing_key_file:
            return signing.sign(manifest.content, signing.read_private_key(self._options.signing_key_file))
        brought = folder / SIGNATURE_FILE
        if brought.is_file() and (folder / MANIFEST_FILE).read_bytes() == manifest.content:
            return brought.read_bytes()
        return None


_END = f"/{MANIFEST_FILE}"


def _describe(folder: Path, model: str, version: int) -> Manifest:
    if not (folder / MANIFEST_FILE).exists():
        return describe(folder, model, version)
    try:
        return renamed(check_folder(folder), model, version)
    except CorruptVersion as error:
        raise BadFolder(f"{error}. Export it again, or remove {MANIFEST_FILE} to have a new one made.") from None

"""What the model store says of a Reader before any model server loads it, and the golden set that it keeps."""

import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models import charset
from models.reader.contract import SPEC
from models.spec import TensorSpec
from services.rollout.golden import BadGoldenSet, GoldenSet, read_golden_set
from services.store.errors import CorruptVersion, NoSuchVersion, StoreError, UntrustedVersion
from services.store.manifest import Manifest
from services.store.store import ModelStore

GOLDEN = "golden"  # the name of the golden set among the models of a store
GOLDEN_FILE = "golden.npz"

log = logging.getLogger(__name__)


class StoreAway(Exception):
    """Nothing can be said now; the message says why. Later it may."""


class Versions:
    """A model store, opened anew for each question: it is asked once or twice in a rollout."""

    def __init__(self, open_store: Callable[[], ModelStore], golden: int | None) -> None:
        """`golden`: which version of the golden set; None for none."""
        self._open, self._golden = open_store, golden
        self._golden_set: GoldenSet | None = None

    def against(self, version: int) -> str:
        """Why the API could not use this version of the Reader; empty if nothing is known against it.

        Raises:
            StoreAway: also if the golden set cannot be had, since nothing should be loaded that could not be tried.
        """
        self.golden_set()
        try:
            with self._open() as store:
                return against(store.manifest(SPEC.name, version))
        except (NoSuchVersion, CorruptVersion, UntrustedVersion) as error:
            return str(error)
        except StoreError as error:
            raise StoreAway(f"The model store cannot be asked: {error}") from error

    def golden_set(self) -> GoldenSet | None:
        """The set, fetched when it is first needed and checked against its manifest; None where none is named.

        Raises:
            StoreAway: also if it is no golden set, which is no fault of a canary.
        """
        if self._golden is not None and self._golden_set is None:
            try:
                self._golden_set = self._fetch(self._golden)
            except (StoreError, BadGoldenSet) as error:
                raise StoreAway(f"Version {self._golden} of the golden set cannot be had: {error}") from error
        return self._golden_set

    def _fetch(self, version: int) -> GoldenSet:
        with tempfile.TemporaryDirectory(prefix="fvi-golden-") as folder, self._open() as store:
            manifest = store.fetch(GOLDEN, version, Path(folder) / GOLDEN)
            found = read_golden_set(Path(folder) / GOLDEN / GOLDEN_FILE)
        log.info("Golden set %d, manifest %s: %d words", version, manifest.digest[:16], len(found.texts))
        return found


def against(manifest: Manifest) -> str:
    """Why the API could not use a Reader with this manifest; empty if nothing is known against it."""
    if manifest.alphabet_sha256 != charset.digest():
        theirs = (manifest.alphabet_sha256 or "none that its manifest names")[:28]
        return f"another alphabet: {theirs}, and the API reads {charset.digest()[:16]}"
    signature = manifest.signature or {}
    if signature.get("name") != SPEC.signature or signature.get("inputs") != _described(SPEC.inputs):
        return "another signature: it does not take what the API sends"
    given = signature.get("outputs")
    outputs = given if isinstance(given, list) else []
    names = [each.get("name") for each in outputs if isinstance(each, dict)]
    needed = [each for each in SPEC.outputs if each.name in names or not each.optional]
    missing = [each["name"] for each in _described(needed) if each not in outputs]
    return f"another signature: it does not give {', '.join(missing)} as the API takes it" if missing else ""


def _described(tensors: Sequence[TensorSpec]) -> list[dict[str, Any]]:
    """As a manifest has them."""
    return [{"name": each.name, "dtype": each.dtype, "shape": list(each.shape)} for each in tensors]

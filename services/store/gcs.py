"""Google Cloud Storage. Written by gcsfs' documentation; no test of ours has run it."""

from datetime import datetime
from typing import Any

import aiohttp
from fsspec.asyn import AsyncFileSystem

from services.store.backend import Missing, StoredFile
from services.store.errors import AccessDenied, BadStoreUrl
from services.store.options import StoreOptions
from services.store.remote import AlreadyThere, Dialect, RemoteBackend
from services.store.retry import Transient


def open_gcs(url: str, root: str, options: StoreOptions) -> RemoteBackend:
    """A bucket; credentials are Google's application default ones."""
    try:
        from gcsfs import GCSFileSystem
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        raise BadStoreUrl(f"{url}: gs:// needs gcsfs; install fvi-ocr[gcs]") from None

    def understand(error: Exception) -> Exception:
        if isinstance(error, FileNotFoundError):
            return Missing(str(error))
        if isinstance(error, FileExistsError):
            return AlreadyThere(str(error))
        if isinstance(error, PermissionError | GoogleAuthError) or "Forbidden" in str(error):
            return AccessDenied(f"{error}. Are Google's application default credentials right, and do they allow this?")
        return Transient(f"The store does not answer as it should: {error or type(error).__name__}")

    files = GCSFileSystem(endpoint_url=options.endpoint_url or None, use_listings_cache=False, skip_instance_cache=True)
    errors = (OSError, aiohttp.ClientError, GoogleAuthError)
    return RemoteBackend(url, files, root, Dialect(errors, understand, _stored, _close), options)


def _stored(entry: dict[str, Any]) -> StoredFile:
    return StoredFile(int(entry["size"]), datetime.fromisoformat(entry["updated"]))


def _close(_files: AsyncFileSystem) -> None:
    """gcsfs closes its session itself, when it is collected."""

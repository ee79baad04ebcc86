"""Which store a URL means."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.store.backend import Backend
from services.store.errors import BadStoreSetting, BadStoreUrl
from services.store.local import LocalBackend
from services.store.options import StoreOptions


def open_backend(url: str, options: StoreOptions) -> Backend:
    """A folder's path, `file://`, `s3://` or `gs://`; raises BadStoreUrl and BadStoreSetting."""
    _check_options(options)
    if "://" not in url:
        if not url:
            raise BadStoreUrl("The store's address is empty: name a folder, or a file://, s3:// or gs:// URL")
        return LocalBackend(Path(url).absolute())
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise BadStoreUrl("Credentials do not belong in a URL: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if parts.query or parts.fragment:
        raise BadStoreUrl(f"{url} has a '?' or '#', which the URL of a store has not")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
            raise BadStoreUrl(f"{url} names no folder of this machine: file:///folder does")
        return LocalBackend(Path(unquote(parts.path)))
    root = f"{parts.netloc}{parts.path}".rstrip("/")
    if parts.scheme not in ("s3", "gs"):
        raise BadStoreUrl(f"{url}: a store is a folder, or at a file://, s3:// or gs:// URL")
    if not parts.netloc:
        raise BadStoreUrl(f"{url} names no bucket")
    if parts.scheme == "s3":
        from services.store.s3 import open_s3  # a second, and not installed everywhere

        return open_s3(url, root, options)
    from services.store.gcs import open_gcs

    return open_gcs(url, root, options)


def _check_options(options: StoreOptions) -> None:
    if options.ca_file and not Path(options.ca_file).is_file():
        raise BadStoreSetting(f"FVI_STORE_CA_FILE: {options.ca_file} is no file")
    if options.endpoint_url:
        parts = urlsplit(options.endpoint_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise BadStoreSetting("FVI_STORE_ENDPOINT_URL is no http:// or https:// address of a server")

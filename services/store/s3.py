"""S3, Amazon's or anybody's: how s3fs is set up, and what its errors mean."""

import re
from typing import Any

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError
from fsspec.asyn import AsyncFileSystem, sync
from s3fs import S3FileSystem

from services.store.backend import Missing, StoredFile
from services.store.errors import AccessDenied, BadStoreSetting, NoSuchStore, StoreError, StoreUnavailable
from services.store.options import StoreOptions
from services.store.remote import AlreadyThere, Dialect, RemoteBackend
from services.store.retry import Transient

_PART = 8 * 1024 * 1024  # of an upload; two at a time are in memory, for each file under way
_BUSY = ("SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted", "IncompleteBody", "BadDigest")
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError)
_UNREACHED = (HTTPClientError, BotoConnectionError, ResponseParserError, aiohttp.ClientError)


def open_s3(url: str, root: str, options: StoreOptions) -> RemoteBackend:
    """A bucket; nothing is asked of it yet. Credentials are found by botocore: `AWS_*`, its files, a role."""
    files = S3FileSystem(
        endpoint_url=options.endpoint_url or None,
        client_kwargs={"verify": options.ca_file} if options.ca_file else {},
        config_kwargs={
            "connect_timeout": options.connect_seconds,
            "read_timeout": options.read_seconds,
            "retries": {"total_max_attempts": 1},
            "max_pool_connections": 4 * options.parallel,
            # Our own sha256 stands for the content, and many servers do not know Amazon's newer checksums.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    files.retries = 1  # trying again is ours: retry.py
    dialect = Dialect(
        errors=(OSError, BotoCoreError, ResponseParserError, aiohttp.ClientError),
        understand=understand,
        stored=_stored,
        close=_close,
        upload_arguments={"chunksize": _PART, "max_concurrency": 2},
    )
    return RemoteBackend(url, files, root, dialect, options)


def understand(error: Exception) -> Exception:
    """An error of s3fs or of what is below it -> StoreError, Missing, AlreadyThere, EOFError or Transient."""
    if isinstance(error.__cause__, ClientError):
        return _answered(error.__cause__)
    if isinstance(error, _NO_CREDENTIALS):
        return AccessDenied(f"{_line(error)}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role or profile.")
    if isinstance(error, SSLError):
        return StoreUnavailable(f"{_line(error)}. Does FVI_STORE_CA_FILE name the server's certificate authority?")
    if isinstance(error, BotoCoreError) and not isinstance(error, _UNREACHED):
        return BadStoreSetting(f"{_line(error)}. Look at the AWS_* variables and FVI_STORE_ENDPOINT_URL.")
    return Transient(f"The store does not answer as it should: {_line(error) or type(error).__name__}")


def _answered(error: ClientError) -> Exception:
    """What the server said, by its code or, where it gave none (as to HEAD), by its HTTP status."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return NoSuchStore("The store has no such bucket: make it first, or mend the address.")
    if code in ("NoSuchKey", "404", ""):
        return Missing(code)
    if status == 412:
        return AlreadyThere(code)
    if status == 416:
        return EOFError()
    if status >= 500 or status in (408, 429) or code in _BUSY:
        return Transient(f"The store is busy or broken: {_line(error)}")
    if status in (401, 403) or code == "XAdminUserNotFound":  # as versitygw calls an unknown access key, with a 404
        return AccessDenied(f"{_line(error)}. Are the AWS_* credentials right, and do they allow this?")
    return StoreError(f"The store refused: {_line(error)}")


def _line(error: Exception) -> str:
    """One line, and addresses without their queries."""
    return re.sub(r"\?[^\s\"]*", "", " ".join(str(error).split())).rstrip(".")


def _stored(entry: dict[str, Any]) -> StoredFile:
    return StoredFile(entry["size"], entry["LastModified"])


def _close(files: AsyncFileSystem) -> None:
    if files._s3 is not None:  # it has no public name, and `files.s3` would connect
        sync(files.loop, files._s3.close, timeout=5)

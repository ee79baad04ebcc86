"""ed25519 (RFC 8032) signatures of manifests, and their keys in PEM files as OpenSSL makes them."""

import base64
import binascii
import os
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from services.store.errors import BadStoreSetting, UntrustedVersion

_PEM_BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


def sign(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature file of a manifest: base64, one line."""
    return base64.b64encode(key.sign(content)) + b"\n"


def check(content: bytes, signature: bytes | None, keys: Sequence[Ed25519PublicKey], what: str) -> None:
    """Raises UntrustedVersion unless one of `keys` signed `content`; without keys everything passes."""
    if not keys:
        return
    if signature is None:
        raise UntrustedVersion(
            f"{what} is not signed, and FVI_STORE_PUBLIC_KEYS_FILE asks for it. Sign it, or drop it."
        )
    if not any(_is_by(key, content, signature) for key in keys):
        raise UntrustedVersion(
            f"{what} is signed by none of the keys in FVI_STORE_PUBLIC_KEYS_FILE. "
            "Somebody else published it, or its manifest was changed: do not serve it."
        )


def _is_by(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def read_private_key(path: str) -> Ed25519PrivateKey:
    """The private key in a PEM file; BadStoreSetting if it holds none."""
    try:
        key = load_pem_private_key(_bytes_of(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadStoreSetting(f"{path} holds no ed25519 private key without a password, as PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadStoreSetting(f"{path} holds a private key that is not ed25519")
    return key


def read_public_keys(path: str) -> list[Ed25519PublicKey]:
    """The public keys in a PEM file, one after the other; BadStoreSetting unless there is one at least."""
    keys = []
    for block in _PEM_BLOCK.findall(_bytes_of(path)):
        try:
            key = load_pem_public_key(block)
        except (ValueError, UnsupportedAlgorithm):
            raise BadStoreSetting(f"{path} holds something that is no public key") from None
        if not isinstance(key, Ed25519PublicKey):
            raise BadStoreSetting(f"{path} holds a public key that is not ed25519")
        keys.append(key)
    if not keys:
        raise BadStoreSetting(f"{path} holds no public key: make one with `fvi-ocr models keygen`")
    return keys


def write_key_pair(private: Path, public: Path) -> None:
    """Make a new pair; the private one can be read by its owner only. BadStoreSetting if a file exists."""
    key = Ed25519PrivateKey.generate()
    _write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write_new(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise BadStoreSetting(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadStoreSetting(f"{path} cannot be read: {error.strerror}") from None

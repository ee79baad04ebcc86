"""S3 over TLS, with a certificate authority of one's own."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.store.errors import StoreUnavailable
from services.store.options import StoreOptions
from services.store.store import ModelStore
from tests.services.store.s3_server import BUCKET, make_bucket, running


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with ca.pem, and server.pem and server.key for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("authority")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    ca = _certificate(ca_name, ca_name, ca_key.public_key())
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = _certificate(x509.Name([]), ca_name, key.public_key()).add_extension(address, critical=True)
    for name, builder in (("ca.pem", ca), ("server.pem", server)):
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key((ca_key if name == "ca.pem" else key).public_key()), False
        )
        (folder / name).write_bytes(builder.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(secret)
    return folder


def _certificate(subject, issuer, public_key):
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )


@pytest.fixture(scope="module")
def tls_gateway(tmp_path_factory, authority):
    flags = ("--cert", str(authority / "server.pem"), "--key", str(authority / "server.key"))
    with running(tmp_path_factory.mktemp("versitygw"), *flags, scheme="https") as server:
        make_bucket(server, verify=str(authority / "ca.pem"))
        yield server


def test_with_its_authority_a_server_is_trusted(tls_gateway, authority, make_model, tmp_path):
    options = StoreOptions(endpoint_url=tls_gateway.endpoint, ca_file=str(authority / "ca.pem"))
    with ModelStore.open(f"s3://{BUCKET}/tls", options=options) as store:
        store.publish(make_model(), "reader", 1)
        assert store.fetch("reader", 1, tmp_path / "1") == store.manifest("reader", 1)


def test_without_it_the_server_is_refused_at_once(tls_gateway):
    options = StoreOptions(endpoint_url=tls_gateway.endpoint, retry_seconds=600)
    store = ModelStore.open(f"s3://{BUCKET}/tls", options=options)
    with store, pytest.raises(StoreUnavailable, match="FVI_STORE_CA_FILE"):
        store.models()

"""With public keys configured, only versions signed by one of them are used."""

import shutil
import stat
import subprocess

import pytest

from services.store.errors import BadStoreSetting, CorruptVersion, UntrustedVersion
from services.store.options import StoreOptions
from services.store.signing import read_private_key, read_public_keys, write_key_pair
from services.store.store import ModelStore


@pytest.fixture
def keys(tmp_path):
    """Files alice, alice.pub, bob, bob.pub."""
    for name in ("alice", "bob"):
        write_key_pair(tmp_path / name, tmp_path / f"{name}.pub")
    return tmp_path


def signing_as(place, keys, name):
    return place.open(signing_key_file=str(keys / name))


def trusting(place, keys, *names):
    trusted = keys / "trusted.pem"
    trusted.write_bytes(b"".join((keys / f"{name}.pub").read_bytes() for name in names))
    return place.open(public_keys_file=str(trusted))


def test_a_signed_version_is_fetched_with_its_signature(place, keys, make_model, tmp_path):
    with signing_as(place, keys, "alice") as store:
        store.publish(make_model(), "reader", 1)
    with trusting(place, keys, "alice") as store:
        assert store.verify("reader", 1) == []
        store.fetch("reader", 1, tmp_path / "1")
    assert (tmp_path / "1" / "manifest.json.sig").exists()


def test_each_of_several_keys_is_trusted(place, keys, make_model):
    for version, name in enumerate(("alice", "bob"), 1):
        with signing_as(place, keys, name) as store:
            store.publish(make_model(name), "reader", version)
    with trusting(place, keys, "alice", "bob") as store:
        assert [store.manifest("reader", version).version for version in (1, 2)] == [1, 2]
    with trusting(place, keys, "bob") as store, pytest.raises(UntrustedVersion):
        store.manifest("reader", 1)


def _unsigned(files):
    (files / "manifest.json.sig").unlink()


def _changed(files):
    manifest = files / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"created": "20', b'"created": "19'))


def _no_signature(files):
    (files / "manifest.json.sig").write_bytes(b"not base64!")


def _short_signature(files):
    (files / "manifest.json.sig").write_bytes(b"AAAA\n")


def _huge_signature(files):
    (files / "manifest.json.sig").write_bytes(b"A" * 100_000)


def _of_another_version(files):
    shutil.copy(files.parent / "2" / "manifest.json.sig", files / "manifest.json.sig")


@pytest.mark.parametrize(
    "harm", [_unsigned, _changed, _no_signature, _short_signature, _huge_signature, _of_another_version]
)
def test_a_version_that_nobody_we_trust_signed_is_refused(place, keys, make_model, tmp_path, harm):
    with signing_as(place, keys, "alice") as store:
        store.publish(make_model(), "reader", 1)
        store.publish(tmp_path / "made" / "a", "reader", 2)
    harm(place.folder / "reader" / "1")
    with trusting(place, keys, "alice") as store:
        for call in (
            lambda: store.manifest("reader", 1),
            lambda: store.verify("reader", 1),
            lambda: store.fetch("reader", 1, tmp_path / "1"),
        ):
            with pytest.raises(UntrustedVersion):
                call()
        assert store.versions("reader") == [1, 2]
        store.fetch("reader", 2, tmp_path / "2")
    assert not list(tmp_path.glob("*1"))


def test_without_configured_keys_nothing_need_be_signed(place, make_model):
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        assert store.verify("reader", 1) == []


def test_what_would_be_refused_is_not_published(place, keys, make_model):
    with trusting(place, keys, "alice") as store, pytest.raises(UntrustedVersion, match="is not signed"):
        store.publish(make_model(), "reader", 1)
    mixed = place.open(public_keys_file=str(keys / "alice.pub"), signing_key_file=str(keys / "bob"))
    with mixed as store:
        with pytest.raises(UntrustedVersion):
            store.publish(make_model("b"), "reader", 1)
        assert not store.has("reader", 1)


def test_a_fetched_version_can_be_published_elsewhere_with_its_signature(place, keys, make_model, tmp_path):
    from services.store.store import ModelStore

    with signing_as(place, keys, "alice") as store:
        store.publish(make_model(), "reader", 1)
        store.fetch("reader", 1, tmp_path / "1")
    with ModelStore.open(str(tmp_path / "mirror")) as mirror:
        mirror.publish(tmp_path / "1", "reader", 1)
        mirror.publish(tmp_path / "1", "reader", 2)  # another manifest: the signature is not of it
    assert (tmp_path / "mirror" / "reader" / "1" / "manifest.json.sig").exists()
    assert not (tmp_path / "mirror" / "reader" / "2" / "manifest.json.sig").exists()


def test_a_private_key_is_its_owners_alone_and_never_overwritten(tmp_path):
    write_key_pair(tmp_path / "key", tmp_path / "key.pub")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(BadStoreSetting, match="File exists"):
        write_key_pair(tmp_path / "key", tmp_path / "other.pub")
    assert (tmp_path / "key").read_bytes() == before


def test_keys_of_openssl_are_taken(tmp_path):
    key, public = tmp_path / "key", tmp_path / "key.pub"
    for command in (["genpkey", "-algorithm", "ed25519", "-out", key], ["pkey", "-in", key, "-pubout", "-out", public]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    assert read_private_key(str(key)).public_key() == read_public_keys(str(public))[0]


@pytest.mark.usefixtures("keys")
def test_key_files_that_are_none_are_told(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "rubbish").write_bytes(b"-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----\n")
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "x25519", "-out", tmp_path / "x25519"], check=True, capture_output=True
    )
    for read, names in (
        (read_private_key, ("empty", "none", "x25519", "alice.pub")),
        (read_public_keys, ("empty", "none", "rubbish", "alice")),
    ):
        for name in names:
            with pytest.raises(BadStoreSetting) as caught:
                read(str(tmp_path / name))
            assert name in str(caught.value)


def test_what_was_fetched_before_is_checked_again_without_asking_the_store(place, keys, make_model, tmp_path):
    with place.open(signing_key_file=str(keys / "alice")) as store:
        store.publish(make_model(), "reader", 1)
        store.fetch("reader", 1, tmp_path / "1")
    with (
        ModelStore.open(
            str(tmp_path / "nowhere"), options=StoreOptions(public_keys_file=str(keys / "bob.pub"))
        ) as store,
        pytest.raises(UntrustedVersion),
    ):
        store.check_fetched(tmp_path / "1", "reader", 1)
    options = StoreOptions(public_keys_file=str(keys / "alice.pub"))
    with ModelStore.open(str(tmp_path / "nowhere"), options=options) as store:
        assert store.check_fetched(tmp_path / "1", "reader", 1).version == 1
        with pytest.raises(CorruptVersion, match="holds reader 1, not reader 2"):
            store.check_fetched(tmp_path / "1", "reader", 2)

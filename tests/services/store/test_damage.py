"""A version that is not what its manifest says is never at the destination."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from services.store.errors import CannotWrite, CorruptVersion, FetchInProgress, NoSpace, NoSuchVersion
from services.store.folder import check_folder
from services.store.store import ModelStore

DATA = "variables/variables.data-00000-of-00001"


@pytest.fixture
def version(place, make_model):
    """Where the files of the published reader 1 lie."""
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
    return place.folder / "reader" / "1"


def _change_a_byte(version: Path) -> None:
    data = bytearray((version / DATA).read_bytes())
    data[123_456] ^= 1
    (version / DATA).write_bytes(data)


def _cut(version: Path) -> None:
    (version / DATA).write_bytes((version / DATA).read_bytes()[:-1])


def _empty(version: Path) -> None:
    (version / DATA).write_bytes(b"")


def _grow(version: Path) -> None:
    with (version / DATA).open("ab") as file:
        file.write(b"x")


def _remove(version: Path) -> None:
    (version / DATA).unlink()


def _in_manifest(**changes: object):
    def change(version: Path) -> None:
        manifest = json.loads((version / "manifest.json").read_text())
        for file in manifest["files"]:
            if file["path"] == DATA:
                file.update(changes)
        (version / "manifest.json").write_text(json.dumps(manifest))

    return change


def _first_half_in_manifest(version: Path) -> None:
    half = (version / DATA).read_bytes()[:150_000]
    _in_manifest(size=len(half), sha256=hashlib.sha256(half).hexdigest())(version)


@pytest.mark.parametrize(
    "damage",
    [
        _change_a_byte,
        _cut,
        _empty,
        _grow,
        _remove,
        _in_manifest(size=299_999),
        _in_manifest(size=2**60),
        _in_manifest(sha256="0" * 64),
        _first_half_in_manifest,
    ],
    ids=["byte", "cut", "empty", "grown", "removed", "size lies", "huge size lies", "digest lies", "half"],
)
def test_a_damaged_version_is_not_fetched_and_not_verified(place, version, tmp_path, damage):
    damage(version)
    with place.open(max_version_bytes=2**62) as store:
        with pytest.raises(CorruptVersion) as caught:
            store.verify("reader", 1)
        assert "variables.data" in str(caught.value)
        with pytest.raises(CorruptVersion):
            store.fetch("reader", 1, tmp_path / "here" / "1")
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": 2}', "\xff\xfe", "x" * 5_000_000])
def test_a_manifest_that_is_none_is_corrupt(place, version, tmp_path, text):
    (version / "manifest.json").write_bytes(text.encode("latin-1"))
    with place.open() as store:
        for call in (lambda: store.manifest("reader", 1), lambda: store.fetch("reader", 1, tmp_path / "1")):
            with pytest.raises(CorruptVersion):
                call()
    assert not list(tmp_path.glob("*1"))


def test_the_manifest_of_another_version_is_corrupt(place, version, tmp_path):
    for name in ("reader/2", "cropper/1"):
        shutil.copytree(version, place.folder / name)
    with place.open() as store:
        for model, number in (("reader", 2), ("cropper", 1)):
            with pytest.raises(CorruptVersion, match="is that of reader 1"):
                store.fetch(model, number, tmp_path / "1")


def test_a_version_collected_during_its_fetch_is_missing_not_corrupt(place, version, tmp_path):
    def collect(_done: int, _total: int) -> None:
        shutil.rmtree(version, ignore_errors=True)

    with place.open(parallel=1) as store, pytest.raises(NoSuchVersion):
        store.fetch("reader", 1, tmp_path / "1", collect)
    assert not list(tmp_path.glob("*1"))


@pytest.mark.parametrize("left", ["of another version", "too long", "right so far", "whole", "a folder", "a file"])
def test_whatever_an_earlier_fetch_left_the_result_is_right(place, version, content, tmp_path, left):
    there = tmp_path / ".tmp-1"
    (there / "variables").mkdir(parents=True)
    right = (version / DATA).read_bytes()
    if left == "a folder":
        (there / DATA / "deep").mkdir(parents=True)
        (there / DATA / "deep" / "file").write_bytes(b"x")
    elif left == "a file":
        (there / "variables").rmdir()
        (there / "variables").write_bytes(b"x")
    else:
        pieces = {"of another version": b"x" * 1000, "too long": right + b"x", "right so far": right[:1000]}
        (there / DATA).write_bytes(pieces.get(left, right))
    (there / "manifest.json").write_bytes(b"of long ago")
    (there / "other.txt").symlink_to("/etc/hostname")

    told = []
    with place.open() as store:
        store.fetch("reader", 1, tmp_path / "1", lambda done, total: told.append((done, total)))
    made = tmp_path / "made" / "a"
    assert content(tmp_path / "1") == content(made)
    check_folder(tmp_path / "1")
    assert told[-1][0] == told[-1][1]


@pytest.mark.usefixtures("version")
def test_two_fetches_to_one_place_do_not_mix(place, tmp_path):
    refused = []

    def fetch_too(_done: int, _total: int) -> None:
        if refused:
            return
        with place.open() as other, pytest.raises(FetchInProgress) as caught:
            other.fetch("reader", 1, tmp_path / "1")
        refused.append(caught.value.code)

    with place.open(parallel=1) as store:
        store.fetch("reader", 1, tmp_path / "1", fetch_too)
    check_folder(tmp_path / "1")
    assert refused == ["fetch_in_progress"]


@pytest.mark.usefixtures("version")
def test_a_destination_that_cannot_be_is_told(place, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with place.open() as store:
        for destination in (tmp_path / "file" / "1", tmp_path / ("n" * 300)):
            with pytest.raises(CannotWrite):
                store.fetch("reader", 1, destination)


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 2 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_version_that_does_not_fit_is_not_begun(place, make_model, small_disk):
    with place.open() as store:
        store.publish(make_model(size=3_000_000), "reader", 1)
        told = []
        with pytest.raises(NoSpace, match="needs 30000"):
            store.fetch("reader", 1, small_disk / "1", lambda done, _total: told.append(done))
    assert told == []
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_meanwhile_is_left_as_it_was(place, make_model, small_disk):
    def fill(_done: int, _total: int) -> None:
        (small_disk / "somebody").write_bytes(b"x" * 1_600_000) if not (small_disk / "somebody").exists() else None

    with place.open(parallel=1) as store:
        store.publish(make_model(size=1_000_000), "reader", 1)
        with pytest.raises(NoSpace, match="full"):
            store.fetch("reader", 1, small_disk / "1", fill)
        assert [path.name for path in small_disk.iterdir()] == ["somebody"]
        (small_disk / "somebody").unlink()
        store.fetch("reader", 1, small_disk / "1")
    check_folder(small_disk / "1")


def test_a_full_store_is_told_and_nothing_stays(make_model, small_disk):
    with ModelStore.open(str(small_disk)) as store:
        with pytest.raises(NoSpace):
            store.publish(make_model(size=3_000_000), "reader", 1)
        assert store.models() == []
    assert not list(small_disk.rglob("*.data*"))

"""What is published is what is fetched, from a folder and from S3 alike."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from services.store.errors import (
    BadFolder,
    BadName,
    DestinationExists,
    NoSuchVersion,
    VersionExists,
    VersionTooLarge,
)
from services.store.folder import check_folder, describe
from services.store.store import ModelStore


def test_a_version_comes_back_byte_for_byte_with_its_manifest(place, make_model, content, tmp_path):
    model = make_model(size=9_000_000)
    with place.open() as store:
        published = store.publish(model, "reader", 3)
        fetched = store.fetch("reader", 3, tmp_path / "served" / "reader" / "3")

    assert fetched == published
    assert content(tmp_path / "served" / "reader" / "3") == content(model)
    assert check_folder(tmp_path / "served" / "reader" / "3") == published
    assert [path.name for path in (tmp_path / "served" / "reader").iterdir()] == ["3"]


def test_models_and_versions_are_listed(place, make_model):
    model = make_model()
    with place.open() as store:
        assert store.models() == []
        assert store.versions("reader") == []
        for name, version in (("reader", 10), ("reader", 9), ("cropper", 1)):
            store.publish(model, name, version)
        assert store.models() == ["cropper", "reader"]
        assert store.versions("reader") == [9, 10]
        assert store.has("reader", 9)
        assert not store.has("reader", 8)


def test_what_is_no_version_is_not_listed(place, make_model):
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        for name in (".tmp-2-x", "007", "1.0", "two", "99999999999999999999", "reader"):
            (place.folder / "reader" / name).mkdir()
            (place.folder / "reader" / name / "manifest.json").write_text("{}")
        (place.folder / "reader" / "5").mkdir()
        (place.folder / "reader" / "5" / "saved_model.pb").write_text("no manifest")
        (place.folder / "README.md").write_text("not ours")
        assert store.versions("reader") == [1]
        assert store.models() == ["reader"]


def test_a_version_never_changes(place, make_model):
    with place.open() as store:
        published = store.publish(make_model("a"), "reader", 1)
        with pytest.raises(VersionExists, match="versions never change"):
            store.publish(make_model("b"), "reader", 1)
        assert store.manifest("reader", 1) == published
        assert store.verify("reader", 1) == []


def test_a_version_that_is_not_there_is_told(place, make_model, tmp_path):
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        for call in (
            lambda: store.manifest("reader", 2),
            lambda: store.verify("cropper", 1),
            lambda: store.fetch("reader", 2, tmp_path / "2"),
        ):
            with pytest.raises(NoSuchVersion):
                call()
    assert not (tmp_path / "2").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../reader", "a/b", "a b", "-a", "a" * 65, "a\n"])
def test_a_name_that_is_none_is_refused(tmp_path, make_model, name):
    with ModelStore.open(str(tmp_path)) as store, pytest.raises(BadName):
        store.publish(make_model(), name, 1)


@pytest.mark.parametrize("version", [0, -1, 2**63, True, "1", 1.0])
def test_a_version_that_is_none_is_refused(tmp_path, make_model, version):
    with ModelStore.open(str(tmp_path)) as store, pytest.raises(BadName):
        store.publish(make_model(), "reader", version)


def test_only_what_the_manifest_lists_is_fetched(place, make_model, content, tmp_path):
    model = make_model()
    with place.open() as store:
        store.publish(model, "reader", 1)
        (place.folder / "reader" / "1" / "intruder.so").write_bytes(b"x")
        assert store.verify("reader", 1) == ["intruder.so"]
        store.fetch("reader", 1, tmp_path / "1")
    assert content(tmp_path / "1") == content(model)


def test_where_something_is_nothing_is_fetched_to(place, make_model, tmp_path):
    (tmp_path / "1").mkdir()
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        with pytest.raises(DestinationExists):
            store.fetch("reader", 1, tmp_path / "1")
    assert list((tmp_path / "1").iterdir()) == []
    assert not (tmp_path / ".tmp-1").exists()


def test_progress_is_told_to_the_last_byte(place, make_model, tmp_path):
    told = []
    with place.open() as store:
        size = store.publish(make_model(size=9_000_000), "reader", 1).size
        store.fetch("reader", 1, tmp_path / "1", lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert len(told) >= 4  # pieces of 4 MiB, and small files


@pytest.mark.parametrize("limits", [{"max_files": 3}, {"max_version_bytes": 300_000}])
def test_more_than_the_limits_allow_is_not_fetched(place, make_model, tmp_path, limits):
    with place.open(**limits) as store:
        store.publish(make_model(), "reader", 1)
        for call in (lambda: store.fetch("reader", 1, tmp_path / "1"), lambda: store.verify("reader", 1)):
            with pytest.raises(VersionTooLarge, match="FVI_STORE_MAX"):
                call()
    assert not list(tmp_path.glob("*1"))


def test_facts_of_a_manifest_are_kept_under_another_number(place, make_model):
    model = make_model()
    facts = {"commit": "c" * 40, "evaluation": {"mobile": {"exact": 0.99}}, "alphabet_sha256": "a" * 64}
    made = describe(model, "reader", 1, facts, datetime.fromisoformat("2026-01-02T03:04:05+00:00"))
    (model / "manifest.json").write_bytes(made.content)
    with place.open() as store:
        assert store.publish(model, "reader", 1).content == made.content
        other = store.publish(model, "cropper", 7)
        assert store.manifest("cropper", 7) == other
    assert (other.model, other.version, other.created) == ("cropper", 7, "2026-01-02T03:04:05+00:00")
    assert (other.commit, other.evaluation, other.files) == (made.commit, made.evaluation, made.files)


def test_the_same_folder_gives_the_same_manifest(make_model):
    model = make_model()
    assert describe(model, "reader", 1).content == describe(model, "reader", 1).content


def _without_graph(model: Path) -> None:
    (model / "saved_model.pb").unlink()


def _with_link(model: Path) -> None:
    (model / "link").symlink_to("/etc/hostname")


def _with_pipe(model: Path) -> None:
    os.mkfifo(model / "pipe")


def _with_wrong_manifest(model: Path) -> None:
    (model / "manifest.json").write_text(json.dumps({"schema": 1}))


def _changed_since(model: Path) -> None:
    (model / "manifest.json").write_bytes(describe(model, "reader", 1).content)
    (model / "variables" / "variables.index").write_bytes(b"another one")


def _with_unspeakable_name(model: Path) -> None:
    (model / "a\nb").write_bytes(b"")


@pytest.mark.parametrize(
    "spoil", [_without_graph, _with_link, _with_pipe, _with_wrong_manifest, _changed_since, _with_unspeakable_name]
)
def test_a_folder_that_is_no_version_is_not_published(tmp_path, make_model, spoil):
    model = make_model()
    spoil(model)
    with ModelStore.open(str(tmp_path / "store")) as store:
        with pytest.raises(BadFolder):
            store.publish(model, "reader", 1)
        assert not store.has("reader", 1)


def test_a_folder_that_is_not_there_is_not_published(tmp_path):
    with ModelStore.open(str(tmp_path)) as store, pytest.raises(BadFolder):
        store.publish(tmp_path / "none", "reader", 1)


def test_a_file_of_several_parts_comes_back(s3_place, make_model, content, tmp_path):
    model = make_model(size=20_000_000)  # more than twice the size of a part, so that it is uploaded in parts
    with s3_place.open() as store:
        store.publish(model, "reader", 1)
        store.fetch("reader", 1, tmp_path / "1")
    assert content(tmp_path / "1") == content(model)

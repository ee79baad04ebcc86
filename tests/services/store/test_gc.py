"""What nobody needs any more goes, and nothing else."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from services.store.backend import StoredFile
from services.store.gc import plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def stored(*paths: str, age: timedelta = timedelta(days=100)) -> dict[str, StoredFile]:
    return {path: StoredFile(10, NOW - age) for path in paths}


def versions(model: str, *numbers: int) -> dict[str, StoredFile]:
    return stored(*(f"{model}/{number}/{name}" for number in numbers for name in ("manifest.json", "saved_model.pb")))


def planned(files, keep=2, in_use=None) -> list[str]:
    return [removal.path for removal in plan(files, keep, in_use or {}, DAY, NOW)]


def test_the_newest_versions_of_each_model_stay() -> None:
    files = {**versions("reader", 1, 2, 9, 10), **versions("cropper", 1, 2)}
    assert planned(files) == ["reader/1", "reader/2"]
    assert planned(files, keep=1) == ["cropper/1", "reader/1", "reader/2", "reader/9"]


def test_what_is_in_use_stays_however_old() -> None:
    files = versions("reader", 1, 2, 3, 4)
    assert planned(files, keep=1, in_use={"reader": [2], "cropper": [1], "detector": []}) == ["reader/1", "reader/3"]


def test_unfinished_versions_go_when_nothing_was_written_for_long() -> None:
    files = stored("reader/5/saved_model.pb", "reader/.tmp-6-x/saved_model.pb", age=2 * DAY)
    assert planned(files) == ["reader/.tmp-6-x", "reader/5"]
    files |= stored("reader/5/variables/variables.index", age=timedelta(hours=1))
    assert planned(files) == ["reader/.tmp-6-x"]


def test_an_unfinished_version_does_not_count_as_one_to_keep() -> None:
    files = {**versions("reader", 1, 2), **stored("reader/3/saved_model.pb", age=timedelta(0))}
    assert planned(files, keep=2) == []


def test_what_is_not_ours_stays() -> None:
    files = stored("README.md", "reader/notes.txt", "reader/latest/manifest.json", "reader/01/x", ".git/1/x", "a b/1/x")
    assert planned(files) == []


def test_nothing_can_be_collected_to_the_last_version() -> None:
    with pytest.raises(ValueError, match="keep is 0"):
        planned(versions("reader", 1), keep=0)


def test_gc_says_first_and_deletes_when_told_to(place, make_model):
    model = make_model()
    with place.open() as store:
        for version in (1, 2, 3, 4):
            store.publish(model, "reader", version)
        said = store.gc(keep=1, in_use={"reader": [2]})
        assert [removal.path for removal in said] == ["reader/1", "reader/3"]
        assert store.versions("reader") == [1, 2, 3, 4]
        assert store.gc(keep=1, in_use={"reader": [2]}, delete=True) == said
        assert store.versions("reader") == [2, 4]
        assert [store.verify("reader", version) for version in (2, 4)] == [[], []]
        assert store.gc(keep=1, in_use={"reader": [2]}) == []
    assert sorted(path.name for path in (place.folder / "reader").iterdir()) == ["2", "4"]


def test_a_collection_that_was_interrupted_is_finished_by_the_next(place, make_model):
    with place.open() as store:
        store.publish(make_model(), "reader", 1)
        files = place.folder / "reader" / "1"
        if place.is_s3:
            store._backend.delete(["reader/1/manifest.json"])
        else:
            (files / "manifest.json").unlink()
        for path in files.rglob("*"):
            os.utime(path, (time.time() - 100_000,) * 2)
        assert store.versions("reader") == []
        assert [removal.reason for removal in store.gc(keep=1, in_use={}, delete=True)] == ["unfinished"]
        assert store.gc(keep=1, in_use={}) == []
    assert not files.exists()

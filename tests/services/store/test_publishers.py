"""Two publishers, and publishers that die."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.store import objects
from services.store.errors import StoreError, UnfinishedVersion, VersionExists
from services.store.folder import check_folder
from services.store.manifest import Manifest
from services.store.store import ModelStore

ROOT = Path(__file__).parents[3]

# Runs one call of a store and kills itself, without warning, before the N-th line of services/store that it comes to.
DIES = """
import itertools, os, signal, sys, threading
from dataclasses import replace
from pathlib import Path
from services.store.options import StoreOptions
from services.store.store import ModelStore

url, endpoint, verb, folder, lines = sys.argv[1:]
lines_left = iter(range(int(lines)))

def count(frame, event, _argument):
    if "services/store" not in frame.f_code.co_filename:
        return None
    if event == "line" and next(lines_left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return count

with ModelStore.open(url, options=StoreOptions(endpoint_url=endpoint)) as store:
    threading.settrace(count)
    sys.settrace(count)
    store.publish(Path(folder), "reader", 1) if verb == "publish" else store.fetch("reader", 1, Path(folder))
    sys.settrace(None)
    threading.settrace(None)
print("lived")
"""


def run_until_killed(place, verb: str, folder: Path, lines: int) -> bool:
    """Whether it was killed before it was done."""
    command = [sys.executable, "-c", DIES, place.url, place.options.endpoint_url, verb, str(folder), str(lines)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


# A whole publish or fetch comes to some 640 to 750 such lines. Two places near the ends, and one by chance.
LINES = [200, 620, random.randrange(20, 740)]


@pytest.mark.parametrize("lines", LINES)
def test_a_killed_publish_is_invisible_and_can_be_made_again(place, make_model, content, tmp_path, lines):
    model = make_model()
    killed = run_until_killed(place, "publish", model, lines)
    with place.open() as store:
        if store.versions("reader") == []:
            assert killed
            store.publish(model, "reader", 1)
        assert store.verify("reader", 1) == []
        store.fetch("reader", 1, tmp_path / "1")
    assert content(tmp_path / "1") == content(model)


@pytest.mark.parametrize("lines", LINES)
def test_a_killed_fetch_leaves_nothing_half_and_can_be_made_again(place, make_model, content, tmp_path, lines):
    model = make_model(size=9_000_000)
    with place.open() as store:
        published = store.publish(model, "reader", 1)
        killed = run_until_killed(place, "fetch", tmp_path / "1", lines)
        if not (tmp_path / "1").exists():
            assert killed
            store.fetch("reader", 1, tmp_path / "1")
    assert check_folder(tmp_path / "1") == published
    assert content(tmp_path / "1") == content(model)
    assert not (tmp_path / ".tmp-1").exists()


def race(place, folders: list[Path]) -> list[Manifest | StoreError]:
    """All publish their folder as reader 1 at once; what each got."""
    results: list[Manifest | StoreError] = []
    barrier = threading.Barrier(len(folders))

    def publish(folder: Path) -> None:
        with place.open() as store:
            assert store.models() == []  # connected
            barrier.wait()
            try:
                results.append(store.publish(folder, "reader", 1))
            except StoreError as error:
                results.append(error)

    threads = [threading.Thread(target=publish, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_publishers_of_different_files_one_wins_at_most_and_wholly(place, make_model):
    folders = [make_model(name) for name in "abcd"]
    results = race(place, folders)
    winners = [result for result in results if isinstance(result, Manifest)]
    losers = [result for result in results if not isinstance(result, Manifest)]
    assert len(winners) <= 1
    assert {type(loser) for loser in losers} <= {VersionExists, UnfinishedVersion}
    with place.open() as store:
        if not winners:  # all withdrew, each before the others: rare, and the next try decides
            winners = [store.publish(folders[0], "reader", 1)]
        assert store.verify("reader", 1) == []
        assert store.manifest("reader", 1) == winners[0]


def test_of_publishers_of_the_same_files_all_leave_the_same_version(place, make_model):
    model = make_model()
    results = race(place, [model, model, model])
    assert any(isinstance(result, Manifest) for result in results)
    assert {type(result) for result in results} <= {Manifest, VersionExists}
    with place.open() as store:
        assert store.verify("reader", 1) == []


def leave_unfinished(place, model: Path) -> None:
    """What a publisher leaves on S3 who dies before the manifest."""
    with place.open() as store:
        store.publish(model, "reader", 1)
        digest = store.manifest("reader", 1).digest
        store._backend.write(f"reader/1/.claim-{digest[:32]}-0123", b"")
        store._backend.delete(["reader/1/manifest.json", "reader/1/variables/variables.index"])


def test_what_others_left_unfinished_is_only_replaced_when_told_to(s3_place, make_model, content, tmp_path):
    leave_unfinished(s3_place, make_model("a"))
    with s3_place.open() as store:
        with pytest.raises(UnfinishedVersion, match="--replace-unfinished"):
            store.publish(make_model("b"), "reader", 1)
        assert not store.has("reader", 1)
        store.publish(tmp_path / "made" / "b", "reader", 1, replace_unfinished=True)
        assert store.verify("reader", 1) == []
        store.fetch("reader", 1, tmp_path / "1")
    assert content(tmp_path / "1") == content(tmp_path / "made" / "b")


def test_the_same_files_are_published_over_what_was_left_unfinished(s3_place, make_model):
    model = make_model()
    leave_unfinished(s3_place, model)
    with s3_place.open() as store:
        store.publish(model, "reader", 1)
        assert store.verify("reader", 1) == []
    assert not list((s3_place.folder / "reader" / "1").glob(".claim-*"))


def test_a_finished_version_is_not_replaced_even_when_told_to(place, make_model):
    with place.open() as store:
        published = store.publish(make_model("a"), "reader", 1)
        with pytest.raises(VersionExists):
            store.publish(make_model("b"), "reader", 1, replace_unfinished=True)
        assert store.manifest("reader", 1) == published


def test_somebody_elses_folder_is_not_touched(tmp_path, make_model):
    (tmp_path / "store" / "reader" / "1").mkdir(parents=True)
    (tmp_path / "store" / "reader" / "1" / "saved_model.pb").write_bytes(b"copied here by hand")
    with ModelStore.open(str(tmp_path / "store")) as store, pytest.raises(UnfinishedVersion):
        store.publish(make_model(), "reader", 1)
    assert [path.name for path in (tmp_path / "store" / "reader").iterdir()] == ["1"]


@pytest.mark.parametrize("change", ["content", "size"])
def test_a_file_that_changes_while_it_is_published_stops_that(s3_place, make_model, change, monkeypatch):
    model = make_model()
    original = objects._claim

    def claim_then_change(*arguments):
        original(*arguments)
        index = model / "variables" / "variables.index"
        index.write_bytes(b"AN INDEX" if change == "content" else b"longer than before")

    monkeypatch.setattr(objects, "_claim", claim_then_change)
    with s3_place.open() as store:
        with pytest.raises(StoreError) as caught:
            store.publish(model, "reader", 1)
        assert caught.value.code == "bad_folder"
        assert not store.has("reader", 1)

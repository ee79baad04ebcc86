"""Versions that appear and disappear on disk."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

AVAILABLE, END = 30, 50
POLLS = 0.3  # seconds in which several polls are made


@pytest.fixture
def root(saved_models, tmp_path):
    """Two models, linear with version 1 and echo; a test adds what lies in saved_models."""
    shutil.copytree(saved_models / "linear" / "1", tmp_path / "linear" / "1")
    shutil.copytree(saved_models / "echo", tmp_path / "echo")
    return tmp_path


@pytest.fixture
def client(kit, root):
    with kit.serving(*(kit.model_config(name, root / name) for name in ("linear", "echo"))) as client:
        yield client


def add(saved_models, version, base):
    """As it should be done: copied under another name, then renamed."""
    shutil.copytree(saved_models / "linear" / version, base / f".tmp-{version}")
    (base / f".tmp-{version}").rename(base / version)


def test_a_new_version_is_found_and_replaces_the_old_one(client, saved_models, root):
    add(saved_models, "2", root / "linear")
    client.wait_for("linear", {2: AVAILABLE, 1: END})
    assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 2


def test_a_version_that_disappears_is_unloaded_and_the_next_lower_one_comes_back(client, saved_models, root):
    add(saved_models, "2", root / "linear")
    client.wait_for("linear", {2: AVAILABLE, 1: END})
    shutil.rmtree(root / "linear" / "2")
    client.wait_for("linear", {2: END, 1: AVAILABLE})


def test_an_empty_base_path_unloads_everything(client, kit, root, caplog):
    (root / "linear" / "1").rename(root / "elsewhere")
    client.wait_for("linear", {1: END})
    with kit.refused("NOT_FOUND", "Servable not found for request: Latest(linear)"):
        client.predict("linear", {"x": [0.0]})
    assert (
        f"No versions of servable linear found under base path {root / 'linear'}. "
        "Did you forget to name your leaf directory as a number (eg. '/1/')?"
    ) in caplog.messages
    (root / "elsewhere").rename(root / "linear" / "1")
    client.wait_for("linear", {1: AVAILABLE})


def test_a_missing_base_path_unloads_nothing_and_stops_discovery_for_all_models(client, saved_models, root, caplog):
    (root / "echo").rename(root / "elsewhere")
    add(saved_models, "2", root / "linear")
    time.sleep(POLLS)
    assert client.states("linear") == client.states("echo") == {1: AVAILABLE}
    assert (
        "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path "
        f"{root / 'echo'} for servable echo with error NOT_FOUND: {root / 'echo'}; No such file or directory"
    ) in caplog.messages
    (root / "elsewhere").rename(root / "echo")
    client.wait_for("linear", {2: AVAILABLE, 1: END})


def test_a_specific_version_that_is_not_there_is_told_and_comes_when_it_is(client, kit, saved_models, root, caplog):
    client.reload(kit.models_config(kit.model_config("linear", root / "linear", "specific { versions: 2 }")))
    client.wait_for("linear", {1: END})
    assert (
        "Version 2 of servable linear, which was requested to be served as a 'specific' version in the servable's "
        "version policy, was not found in the file system"
    ) in caplog.messages
    add(saved_models, "2", root / "linear")
    client.wait_for("linear", {2: AVAILABLE, 1: END})


def test_a_new_base_path_brings_new_versions_but_what_is_loaded_stays_as_it_was_loaded(client, kit, saved_models, root):
    """Versions are told apart by number alone."""
    add(saved_models, "2", root / "moved")
    shutil.copytree(saved_models / "linear" / "10", root / "moved" / "1")
    client.reload(kit.models_config(kit.model_config("linear", root / "moved", "all {}")))
    client.wait_for("linear", {2: AVAILABLE, 1: AVAILABLE})
    answer = client.predict("linear", {"x": [0.0]}, version=1).outputs["y"].float_val
    assert list(answer) == [1.0]  # not 10


def test_without_polling_only_a_reload_looks_at_the_disk(kit, saved_models, root):
    linear = kit.model_config("linear", root / "linear")
    with kit.serving(linear, file_system_poll_wait_seconds=0) as client:
        add(saved_models, "2", root / "linear")
        time.sleep(POLLS)
        assert client.states("linear") == {1: AVAILABLE}
        client.reload(kit.models_config(linear, kit.model_config("echo", root / "echo")))
        client.wait_for("linear", {2: AVAILABLE, 1: END})
        assert client.states("echo") == {1: AVAILABLE}


def test_an_empty_base_path_is_waited_for_at_the_start(kit, saved_models, root):
    (root / "empty").mkdir()

    def start():
        with kit.serving(kit.model_config("empty", root / "empty")) as client:
            return client.states("empty")

    with ThreadPoolExecutor() as pool:
        starting = pool.submit(start)
        time.sleep(POLLS)
        assert not starting.done()
        add(saved_models, "2", root / "empty")
        assert starting.result(timeout=20) == {2: AVAILABLE}

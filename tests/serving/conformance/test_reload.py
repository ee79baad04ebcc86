"""HandleReloadConfigRequest, labels that move, and versions that come and go on disk.

These change what the server serves, and put it back when they are over.
"""

import shutil
import uuid

import grpc
import pytest

from tests.serving.conformance.client import AVAILABLE, END, models_config
from tests.serving.conformance.saved_models import OTHERS, model_config, save_linear

NOT_AVAILABLE = "Request to assign label to version {} of model linear, which is not currently available for inference"


@pytest.fixture
def reload(client, shared):
    """Policy and labels of linear -> they are the server's; the other models stay."""

    def reload(policy, labels=None, *more):
        linear = model_config("linear", shared.base / "linear", policy, labels)
        others = [model_config(name, shared.base / name) for name in OTHERS]
        return client.reload(models_config(linear, *others, *more))

    return reload


@pytest.fixture
def fresh(shared):
    """A new model, with a name never used before: (name, folder as we see it, its entry in models.config)."""
    name = f"fresh_{uuid.uuid4().hex[:8]}"
    (shared.folder / name).mkdir()
    yield name, shared.folder / name, model_config(name, shared.base / name, "all {}")
    shutil.rmtree(shared.folder / name)


def both(*more):
    return "specific { versions: 1 versions: 2 " + " ".join(f"versions: {version}" for version in more) + "}"


def version_of(client, label):
    return client.predict("linear", {"x": [0.0]}, label=label).model_spec.version.value


def test_a_reload_is_answered_with_ok_in_the_response_too(reload):
    assert reload(both(), {"stable": 1}).status.error_code == 0


def test_a_version_is_added_and_loaded_without_being_waited_for(client, reload):
    reload(both(10), {"stable": 1})
    client.wait_until_served("linear", {1, 2, 10})
    assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 10


def test_a_version_left_out_is_unloaded_and_its_end_remembered(client, kit, reload):
    reload(both(10))
    client.wait_until_served("linear", {1, 2, 10})
    reload(both())
    client.wait_until_served("linear", {1, 2})
    assert client.states("linear")[10] == END
    with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 10)"):
        client.predict("linear", {"x": [0.0]}, version=10)


def test_labels_move_between_versions_that_serve(client, kit, reload):
    reload(both(), {"stable": 1, "canary": 2})
    reload(both(), {"stable": 2})
    assert version_of(client, "stable") == 2
    with kit.refused("INVALID_ARGUMENT", "Unrecognized servable version label: canary"):
        version_of(client, "canary")


def test_a_version_and_its_label_in_one_step_never_converge(client, kit, reload):
    """Why a version is listed first, and labelled once it serves."""
    reload(both(), {"stable": 1})
    for _ in range(2):
        with kit.refused("FAILED_PRECONDITION", NOT_AVAILABLE.format(10)):
            reload(both(10), {"stable": 10})
        assert version_of(client, "stable") == 1
        assert client.states("linear").get(10, END) == END  # nothing was loaded
    reload(both(10), {"stable": 1})
    client.wait_until_served("linear", {1, 2, 10})
    reload(both(10), {"stable": 10})
    assert version_of(client, "stable") == 10


def test_a_new_model_serves_when_the_call_returns(client, reload, fresh):
    name, folder, entry = fresh
    save_linear(folder / "3", add=3.0)
    reload(both(), {}, entry)
    assert client.states(name) == {3: AVAILABLE}


def test_a_model_left_out_is_unloaded(client, kit, reload, fresh):
    name, folder, entry = fresh
    save_linear(folder / "3", add=3.0)
    reload(both(), {}, entry)
    reload(both())
    client.wait_for(name, {3: END})
    with kit.refused("NOT_FOUND", f"Servable not found for request: Latest({name})"):
        client.predict(name, {"x": [0.0]})


def test_a_new_model_that_does_not_load_is_told(client, reload, fresh):
    name, folder, entry = fresh
    (folder / "3").mkdir()
    with pytest.raises(grpc.RpcError) as caught:
        reload(both(), {}, entry)
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert (
        f"1 model(s) did not become available: {{{{{{name: {name} version: 3}} due to error: " in caught.value.details()
    )
    (entry,) = client.status(name).model_version_status
    assert (entry.state, entry.status.error_code) == (END, grpc.StatusCode.NOT_FOUND.value[0])


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"base_path": "models/m"}, "INVALID_ARGUMENT", "Expected model m to have an absolute path or URI"),
        ({"name": "linear"}, "INVALID_ARGUMENT", "Illegal to list model linear multiple times in config list"),
        ({"model_platform": "caffe"}, "INVALID_ARGUMENT", "Model m requests unsupported platform caffe"),
        ({"model_platform": ""}, "INVALID_ARGUMENT", "Illegal setting neither ModelServerConfig::model_type"),
    ],
)
def test_an_impossible_config_is_refused_and_changes_nothing(client, reload, shared, changes, code, message):
    entry = {"name": "m", "base_path": str(shared.base / "linear"), "model_platform": "tensorflow"} | changes
    text = "config { " + " ".join(f'{key}: "{value}"' for key, value in entry.items()) + " }"
    with pytest.raises(grpc.RpcError) as caught:
        reload(both(), {}, text)
    assert (caught.value.code().name, caught.value.details()[: len(message)]) == (code, message)
    client.wait_until_served("linear", {1, 2})


def test_a_model_keeps_its_platform(client, kit, shared):
    entry = model_config("linear", shared.base / "linear").replace('"tensorflow"', '"caffe"')
    message = (
        "Illegal to change a model's platform. For model linear platform was tensorflow "
        "and new platform requested is caffe"
    )
    with kit.refused("INVALID_ARGUMENT", message):
        client.reload(models_config(entry))


def test_a_version_that_appears_by_a_rename_is_found_and_a_half_made_one_is_not(client, reload, fresh):
    name, folder, entry = fresh
    save_linear(folder / "3", add=3.0)
    reload(both(), {}, entry)
    save_linear(folder / ".tmp-4", add=4.0)
    save_linear(folder / "v5", add=5.0)
    (folder / ".tmp-4").rename(folder / "4")
    client.wait_for(name, {4: AVAILABLE, 3: AVAILABLE})


def test_a_bad_version_ends_with_its_error_and_the_good_one_serves_on(client, reload, fresh):
    """With --max_num_load_retries=0; else this takes as long as the retries."""
    name, folder, entry = fresh
    save_linear(folder / "3", add=3.0)
    reload(both(), {}, entry)
    (folder / "4").mkdir()
    client.wait_for(name, {4: END, 3: AVAILABLE})
    (bad, good) = client.status(name).model_version_status
    assert (bad.status.error_code, good.status.error_code) == (grpc.StatusCode.NOT_FOUND.value[0], 0)
    assert bad.status.error_message.startswith("Could not find SavedModel .pb or .pbtxt at supplied export directory")


def test_an_empty_base_path_unloads_the_model(client, reload, fresh):
    name, folder, entry = fresh
    save_linear(folder / "3", add=3.0)
    reload(both(), {}, entry)
    (folder / "3").rename(folder / "gone")
    client.wait_for(name, {3: END})

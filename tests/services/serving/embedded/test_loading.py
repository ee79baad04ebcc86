"""Versions that cannot be loaded end with the reason, and the others live on."""

import shutil

import pytest
import tensorflow as tf

from services.serving.embedded.errors import ServingError
from services.serving.embedded.servable import ServableOptions

AVAILABLE, END = 30, 50
INVALID_ARGUMENT, NOT_FOUND, DATA_LOSS = 3, 5, 15


@pytest.fixture
def linear(tmp_path, kit):
    """A model with a good version 1; a test adds a bad version 2."""
    kit.save_linear(tmp_path / "linear" / "1", add=1.0)
    return tmp_path / "linear"


def status_of_bad_version(kit, linear):
    """Version 2's status after start-up, with version 1 shown to serve."""
    with kit.serving(kit.model_config("linear", linear, "all {}")) as client:
        while client.states("linear") != {1: AVAILABLE, 2: END}:
            assert client.states("linear")[2] != AVAILABLE
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 1
        (entry,) = client.status("linear", version=2).model_version_status
    return entry.status.error_code, entry.status.error_message


def test_an_empty_version_directory(kit, linear):
    (linear / "2").mkdir()
    assert status_of_bad_version(kit, linear) == (
        NOT_FOUND,
        f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {linear / '2'}. "
        "Check that the directory exists and that you have the right permissions for accessing it.",
    )


def test_a_saved_model_without_the_serve_tag(kit, linear):
    tf1 = tf.compat.v1
    with tf.Graph().as_default(), tf1.Session() as session:
        tf1.get_variable("v", initializer=1.0)
        session.run(tf1.global_variables_initializer())
        builder = tf1.saved_model.Builder(str(linear / "2"))
        builder.add_meta_graph_and_variables(session, ["train"])
        builder.save()
    code, message = status_of_bad_version(kit, linear)
    assert code == NOT_FOUND
    assert message.startswith("Could not find meta graph def matching supplied tags: { serve }.")


def test_a_saved_model_without_its_variables(kit, linear):
    """TF Serving loads such a thing and fails every request; a half-copied model is better refused."""
    shutil.copytree(linear / "1", linear / "2")
    shutil.rmtree(linear / "2" / "variables")
    code, message = status_of_bad_version(kit, linear)
    assert code == INVALID_ARGUMENT
    assert "not a valid checkpoint" in message


def test_a_saved_model_that_is_no_protobuf(kit, linear):
    (linear / "2").mkdir()
    (linear / "2" / "saved_model.pb").write_bytes(b"\xff" * 100)
    code, message = status_of_bad_version(kit, linear)
    assert code == INVALID_ARGUMENT
    assert "Cannot parse file" in message


def test_a_saved_model_with_an_op_of_the_future(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    file = linear / "2" / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"\x12\x03Mul", b"\x12\x03Mux"))
    code, message = status_of_bad_version(kit, linear)
    assert code in (INVALID_ARGUMENT, NOT_FOUND)
    assert "Mux" in message


def test_good_warm_up_records_are_replayed(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]})] * 3)
    with kit.serving(kit.model_config("linear", linear)) as client:
        assert client.states("linear") == {2: AVAILABLE}


def test_a_failing_warm_up_record_fails_the_version(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]}), kit.predict_log("linear", {"x": ["no"]})])
    assert status_of_bad_version(kit, linear) == (
        INVALID_ARGUMENT,
        "Expects arg[0] to be float but string is provided",
    )


def test_a_damaged_warm_up_file_fails_the_version(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]})])
    file = linear / "2" / "assets.extra" / "tf_serving_warmup_requests"
    file.write_bytes(file.read_bytes()[:-6])
    code, message = status_of_bad_version(kit, linear)
    assert code == DATA_LOSS
    assert message.endswith(". Please verify your warmup data is in TFRecord format.")


def test_too_many_warm_up_records_fail_the_version(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]})] * 1001)
    path = linear / "2" / "assets.extra" / "tf_serving_warmup_requests"
    assert status_of_bad_version(kit, linear) == (
        INVALID_ARGUMENT,
        f"Number of warmup records exceeds the maximum (1000) at {path}",
    )


def test_a_failing_warm_up_record_is_ignored_when_warm_up_is_off(kit, linear):
    kit.write_warmup(linear / "1", [kit.predict_log("linear", {"x": ["no"]})])
    with kit.serving(
        kit.model_config("linear", linear), servables=ServableOptions(enable_model_warmup=False)
    ) as client:
        assert client.states("linear") == {1: AVAILABLE}


def start_error(kit, *entries):
    with pytest.raises(ServingError) as caught, kit.serving(*entries):
        pass
    return str(caught.value)


def test_a_server_whose_model_has_no_loadable_version_does_not_start(kit, tmp_path):
    (tmp_path / "m" / "1").mkdir(parents=True)
    assert start_error(kit, kit.model_config("m", tmp_path / "m")) == (
        "UNKNOWN: 1 servable(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND: "
        f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {tmp_path / 'm' / '1'}. "
        "Check that the directory exists and that you have the right permissions for accessing it.}, }"
    )


def test_a_missing_base_path_is_named(kit, tmp_path):
    assert start_error(kit, kit.model_config("m", tmp_path / "m")) == (
        f"INVALID_ARGUMENT: Could not find base path {tmp_path / 'm'} for servable m with error NOT_FOUND: "
        f"{tmp_path / 'm'}; No such file or directory"
    )


def test_a_base_path_without_versions_is_named(kit, tmp_path):
    (tmp_path / "v1").mkdir()
    assert start_error(kit, kit.model_config("m", tmp_path)) == (
        f"NOT_FOUND: No versions of servable m found under base path {tmp_path}. "
        "Did you forget to name your leaf directory as a number (eg. '/1/')?"
    )

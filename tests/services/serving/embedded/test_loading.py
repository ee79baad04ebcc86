"""Versions that cannot be loaded end with the reason, and the others live on."""

import shutil

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from services.serving.embedded.errors import ServingError
from services.serving.embedded.servable import ServableOptions

AVAILABLE, END = 30, 50
INVALID_ARGUMENT, NOT_FOUND, DATA_LOSS = 3, 5, 15


@pytest.fixture
def linear(tmp_path, kit):
    """A model with a good version 3; a test adds a bad version 2."""
    kit.save_linear(tmp_path / "linear" / "3", add=3.0)
    return tmp_path / "linear"


def status_of_bad_version(kit, linear, **options):
    """Version 2's status when it is added to version 3, which is shown to serve."""
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 3 }"), **options) as client:
        client.reload(kit.models_config(kit.model_config("linear", linear, "all {}")))
        client.wait_for("linear", {3: AVAILABLE, 2: END})
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 3
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
    save_tagged(linear / "2", ["train"])
    code, message = status_of_bad_version(kit, linear)
    assert code == NOT_FOUND
    assert message.startswith("Could not find meta graph def matching supplied tags: { serve }.")


def test_another_graph_is_loaded_by_its_tags(kit, tmp_path):
    save_tagged(tmp_path / "1", ["train", "gpu"])
    options = ServableOptions(saved_model_tags=("train", "gpu"))
    with kit.serving(kit.model_config("m", tmp_path), servables=options) as client:
        assert client.states("m") == {1: AVAILABLE}


def save_tagged(path, tags):
    tf1 = tf.compat.v1
    with tf.Graph().as_default(), tf1.Session() as session:
        tf1.get_variable("v", initializer=1.0)
        session.run(tf1.global_variables_initializer())
        builder = tf1.saved_model.Builder(str(path))
        builder.add_meta_graph_and_variables(session, tags)
        builder.save()


def test_a_saved_model_without_its_variables(kit, linear):
    """TF Serving loads such a thing and fails every request; a half-copied model is better refused."""
    shutil.copytree(linear / "3", linear / "2")
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
    shutil.copytree(linear / "3", linear / "2")
    file = linear / "2" / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"\x12\x03Mul", b"\x12\x03Mux"))
    code, message = status_of_bad_version(kit, linear)
    assert code in (INVALID_ARGUMENT, NOT_FOUND)
    assert "Mux" in message


def test_a_saved_model_that_only_a_future_tensorflow_may_read(kit, linear):
    shutil.copytree(linear / "3", linear / "2")
    file = linear / "2" / "saved_model.pb"
    saved_model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    versions = saved_model.meta_graphs[0].graph_def.versions
    versions.producer = versions.min_consumer = 10**6
    file.write_bytes(saved_model.SerializeToString())
    code, message = status_of_bad_version(kit, linear)
    assert code == INVALID_ARGUMENT
    assert "1000000" in message


def test_good_warm_up_records_are_replayed(kit, linear):
    kit.write_warmup(linear / "3", [kit.predict_log("linear", {"x": [1.0]})] * 3)
    options = ServableOptions(num_request_iterations_for_warmup=4)
    with kit.serving(kit.model_config("linear", linear), servables=options) as client:
        assert client.states("linear") == {3: AVAILABLE}
        runs = ':tensorflow:serving:runtime_latency_count{model_name="linear",API="Predict",runtime="TF1"} 12\n'
        assert runs in client.server.metrics.exposition().decode()


def test_a_failing_warm_up_record_fails_the_version(kit, linear):
    shutil.copytree(linear / "3", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]}), kit.predict_log("linear", {"x": ["no"]})])
    assert status_of_bad_version(kit, linear) == (
        INVALID_ARGUMENT,
        "Expects arg[0] to be float but string is provided",
    )


def test_a_damaged_warm_up_file_fails_the_version(kit, linear):
    shutil.copytree(linear / "3", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]})])
    file = linear / "2" / "assets.extra" / "tf_serving_warmup_requests"
    file.write_bytes(file.read_bytes()[:-6])
    code, message = status_of_bad_version(kit, linear)
    assert code == DATA_LOSS
    assert message.endswith(". Please verify your warmup data is in TFRecord format.")


def test_too_many_warm_up_records_fail_the_version(kit, linear):
    shutil.copytree(linear / "3", linear / "2")
    kit.write_warmup(linear / "2", [kit.predict_log("linear", {"x": [1.0]})] * 1001)
    path = linear / "2" / "assets.extra" / "tf_serving_warmup_requests"
    assert status_of_bad_version(kit, linear) == (
        INVALID_ARGUMENT,
        f"Number of warmup records exceeds the maximum (1000) at {path}",
    )


def test_a_failing_warm_up_record_is_ignored_when_warm_up_is_off(kit, linear):
    kit.write_warmup(linear / "3", [kit.predict_log("linear", {"x": ["no"]})])
    with kit.serving(
        kit.model_config("linear", linear), servables=ServableOptions(enable_model_warmup=False)
    ) as client:
        assert client.states("linear") == {3: AVAILABLE}


def test_a_signature_with_a_method_name_of_its_own_can_be_refused(kit, tmp_path):
    tf1 = tf.compat.v1
    with tf.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf.float32, [None])
        infos = [{name: tf1.saved_model.build_tensor_info(tensor)} for name, tensor in (("x", x), ("y", x * 2))]
        signature = tf1.saved_model.build_signature_def(*infos, method_name="ours")
        builder = tf1.saved_model.Builder(str(tmp_path / "1"))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map={"serving_default": signature})
        builder.save()
    with kit.serving(kit.model_config("m", tmp_path)) as client:
        assert client.predict("m", {"x": [1.0]})
    checking = ServableOptions(enable_signature_method_name_check=True)
    names = ", ".join(f"tensorflow/serving/{name}" for name in ("predict", "classify", "regress"))
    message = f"Expected prediction signature method_name to be one of {{{names}}}. Was: ours"
    with (
        kit.serving(kit.model_config("m", tmp_path), servables=checking) as client,
        kit.refused("INTERNAL", message),
    ):
        client.predict("m", {"x": [1.0]})


def start_error(kit, *entries):
    with pytest.raises(ServingError) as caught, kit.serving(*entries):
        pass
    return str(caught.value)


def test_a_server_whose_model_cannot_be_loaded_does_not_start(kit, tmp_path):
    (tmp_path / "m" / "1").mkdir(parents=True)
    assert start_error(kit, kit.model_config("m", tmp_path / "m")) == (
        "UNKNOWN: 1 servable(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND: "
        f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {tmp_path / 'm' / '1'}. "
        "Check that the directory exists and that you have the right permissions for accessing it.}, }"
    )


def test_a_server_does_not_start_if_a_bad_version_fails_before_a_good_one_serves(kit, linear):
    """TF Serving's trap: the canary, which is tried first, takes the stable version with it."""
    (linear / "4").mkdir()
    message = (
        r"UNKNOWN: 1 servable\(s\) did not become available: \{\{\{name: linear version: 4\} due to error: NOT_FOU"
    )
    with (
        pytest.raises(ServingError, match=message),
        kit.serving(kit.model_config("linear", linear, "all {}")),
    ):
        pass

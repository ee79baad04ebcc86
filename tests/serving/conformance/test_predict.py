"""Predict over a real channel: what fits is answered, what does not gets TF Serving's code and words."""

import numpy as np
import pytest
import tensorflow as tf


def outputs(response):
    return {name: tf.make_ndarray(proto) for name, proto in response.outputs.items()}


def test_a_tf1_model_answers(client):
    assert outputs(client.predict("linear", {"x": [2.0, 4.0]}))["y"].tolist() == [3.0, 4.0]


def test_without_a_version_the_highest_loaded_one_answers_and_says_so(client):
    response = client.predict("linear", {"x": [0.0]})
    assert response.model_spec.name == "linear"
    assert response.model_spec.version.value == 2
    assert response.model_spec.signature_name == "serving_default"


@pytest.mark.parametrize(("spec", "version"), [({"version": 1}, 1), ({"label": "stable"}, 1), ({"label": "canary"}, 2)])
def test_a_version_is_found_by_number_and_by_label(client, spec, version):
    response = client.predict("linear", {"x": [0.0]}, **spec)
    assert response.model_spec.version.value == version
    assert outputs(response)["y"].tolist() == [version]


def test_another_signature_of_the_model_answers_by_its_name(client):
    response = client.predict("linear", {"x": [3.0]}, signature="double")
    assert response.model_spec.signature_name == "double"
    assert outputs(response)["doubled"].tolist() == [6.0]


def test_a_tf2_function_takes_pixels_and_gives_strings(client):
    image = np.full((3, 2, 3), 10, np.uint8)
    answer = outputs(client.predict("images", {"image": image, "gain": np.float32(1)}))
    assert answer["mean"].tolist() == [20.0, 20.0, 20.0]
    assert answer["caption"][0].decode() == "độ sáng 20.0"


def test_the_table_of_an_asset_is_filled_by_the_init_op(client):
    assert outputs(client.predict("lookup", {"words": ["word", "card", "none"]}))["ids"].tolist() == [1, 0, -1]


def test_output_filter_chooses_the_outputs(client):
    request = {"image": np.zeros((1, 2, 3), np.uint8), "gain": np.float32(1)}
    assert set(client.predict("images", request, output_filter=["mean"]).outputs) == {"mean"}


def test_numbers_are_answered_one_by_one_as_tf_serving_does(client):
    proto = client.predict("linear", {"x": [2.0, 4.0]}).outputs["y"]
    assert list(proto.float_val) == [3.0, 4.0]
    assert proto.tensor_content == b""


def test_a_request_of_many_megabytes_is_taken(client):
    image = np.zeros((2_000_000, 2, 3), np.uint8)
    assert len(client.predict("images", {"image": image, "gain": np.float32(1)}, output_filter=["mean"]).outputs) == 1


@pytest.mark.parametrize(
    ("spec", "code", "message"),
    [
        ({"model": "foo"}, "NOT_FOUND", "Servable not found for request: Latest(foo)"),
        ({"version": 99}, "NOT_FOUND", "Servable not found for request: Specific(linear, 99)"),
        ({"version": 10}, "NOT_FOUND", "Servable not found for request: Specific(linear, 10)"),
        ({"label": "gone"}, "NOT_FOUND", "Servable not found for request: Specific(linear, 5)"),
        ({"label": "nope"}, "INVALID_ARGUMENT", "Unrecognized servable version label: nope"),
        ({"model": "foo", "label": "stable"}, "INVALID_ARGUMENT", "Unrecognized servable version label: stable"),
        ({"model": ""}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ({"signature": "x"}, "FAILED_PRECONDITION", 'Serving signature key "x" not found.'),
    ],
)
def test_a_wrong_model_spec_is_refused(client, kit, spec, code, message):
    spec = {"model": "linear", "inputs": {"x": [1.0]}} | spec
    with kit.refused(code, message):
        client.predict(**spec)


def test_a_request_without_model_spec_is_refused(client, kit):
    request = kit.predict_request("linear", {})
    request.ClearField("model_spec")
    with kit.refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        client.prediction.Predict(request)


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        (
            "linear",
            {},
            "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.",
        ),
        (
            "linear",
            {"x": [1.0], "z": [1.0]},
            "input size does not match signature: 2!=1 len({x,z}) != len({x}). "
            "Sent extra: {z}. Missing but required: {}.",
        ),
        (
            "images",
            {"picture": [1.0]},
            "input size does not match signature: 1!=2 len({picture}) != len({gain,image}). "
            "Sent extra: {picture}. Missing but required: {gain,image}.",
        ),
        (
            "linear",
            {"z": [1.0]},
            "Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
            "Inputs expected to be in the request {z}, or default input alias set: ",
        ),
        ("linear", {"x": ["one"]}, "Expects arg[0] to be float but string is provided"),
        ("linear", {"x": [1]}, "Expects arg[0] to be float but int32 is provided"),
    ],
)
def test_inputs_that_do_not_fit_the_signature_are_refused(client, kit, model, inputs, message):
    with kit.refused("INVALID_ARGUMENT", message):
        client.predict(model, inputs)


def test_a_wrong_shape_is_refused_by_the_first_op_that_minds(client):
    image = np.zeros((1, 2, 2), np.uint8)
    message = (
        "Input to reshape is a tensor with 4 values, but the requested shape requires a multiple of 6\n"
        "\t [[{{function_node "
    )
    with pytest.raises(Exception, match="Input to reshape") as caught:
        client.predict("images", {"image": image, "gain": np.float32(1)})
    assert caught.value.code().name == "INVALID_ARGUMENT"
    assert caught.value.details().startswith(message)


def test_a_shape_that_no_op_minds_is_answered_even_against_the_signature(client):
    assert outputs(client.predict("linear", {"x": [[2.0], [4.0]]}))["y"].tolist() == [[3.0], [4.0]]


@pytest.mark.parametrize(
    ("output_filter", "message"),
    [
        (["z"], "output tensor alias not found in signature: z Outputs expected to be in the set {y}."),
        (["y", "y"], "duplicate output tensor alias: y"),
    ],
)
def test_a_wrong_output_filter_is_refused(client, kit, output_filter, message):
    with kit.refused("INVALID_ARGUMENT", message):
        client.predict("linear", {"x": [1.0]}, output_filter=output_filter)


def test_an_init_op_is_no_tensor_to_fetch(client, kit):
    name = "NoOp"
    message = f"Tensor {name}, specified in either feed_devices or fetch_devices was not found in the Graph"
    with kit.refused("INVALID_ARGUMENT", message):
        client.predict("images", {}, signature="__saved_model_init_op")


def test_a_long_message_is_cut_where_tf_serving_cuts_it(client):
    with pytest.raises(Exception, match="TRUNCATED") as caught:
        client.predict("linear", {"x": [1.0]}, signature="s" * 2000)
    assert caught.value.details() == f'Serving signature key "{"s" * 1001}...TRUNCATED'


def test_work_past_the_deadline_is_given_up(client, kit):
    with kit.refused("DEADLINE_EXCEEDED", "Deadline Exceeded"):
        client.predict("slow", {"n": np.int64(10**12)}, timeout=0.2)


def test_the_server_lives_on_after_bytes_that_are_no_request(client):
    raw = client.channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    with pytest.raises(Exception, match="StatusCode"):
        raw(b"\xff\xff\xff\xff", timeout=20)
    assert client.predict("linear", {"x": [1.0]})

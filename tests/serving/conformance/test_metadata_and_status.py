"""GetModelMetadata and GetModelStatus over a real channel."""

import pytest
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

AVAILABLE, OK = 30, 0


def signatures(response):
    found = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(found)
    return found.signature_def


def test_metadata_lists_every_signature_with_names_dtypes_and_shapes(client):
    response = client.metadata("linear", label="stable")
    assert (response.model_spec.name, response.model_spec.version.value) == ("linear", 1)
    assert response.metadata["signature_def"].type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    found = signatures(response)
    assert set(found) == {"serving_default", "double"}
    assert found["serving_default"].inputs["x"].name == "x:0"
    assert found["serving_default"].method_name == "tensorflow/serving/predict"
    assert [dim.size for dim in found["serving_default"].inputs["x"].tensor_shape.dim] == [-1]


def test_metadata_of_a_tf2_model_has_its_init_op(client):
    assert set(signatures(client.metadata("images"))) == {"serving_default", "__saved_model_init_op"}


@pytest.mark.parametrize(
    ("model", "spec", "code", "message"),
    [
        ("foo", {}, "NOT_FOUND", "Servable not found for request: Latest(foo)"),
        ("linear", {"version": 99}, "NOT_FOUND", "Servable not found for request: Specific(linear, 99)"),
        ("linear", {"label": "nope"}, "INVALID_ARGUMENT", "Unrecognized servable version label: nope"),
        ("", {}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (
            "linear",
            {"fields": []},
            "INVALID_ARGUMENT",
            "GetModelMetadataRequest must specify at least one metadata_field",
        ),
        ("linear", {"fields": ["size"]}, "INVALID_ARGUMENT", "Metadata field %s is not supportedsize"),
    ],
)
def test_wrong_metadata_requests_are_refused(client, kit, model, spec, code, message):
    with kit.refused(code, message):
        client.metadata(model, **spec)


def test_metadata_without_model_spec_is_refused(client, kit):
    with kit.refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        client.prediction.GetModelMetadata(get_model_metadata_pb2.GetModelMetadataRequest())


def test_status_lists_all_versions_highest_first(client):
    statuses = client.status("linear").model_version_status
    assert [(entry.version, entry.state, entry.status.error_code) for entry in statuses] == [
        (2, AVAILABLE, OK),
        (1, AVAILABLE, OK),
    ]


def test_status_of_one_version(client):
    (entry,) = client.status("linear", version=1).model_version_status
    assert (entry.version, entry.state, entry.HasField("status")) == (1, AVAILABLE, True)


def test_status_takes_a_label_for_no_version_at_all_as_tf_serving_does(client):
    assert len(client.status("linear", label="nope").model_version_status) == 2


@pytest.mark.parametrize(
    ("model", "spec", "message"),
    [
        ("foo", {}, "Could not find any versions of model foo"),
        ("foo", {"version": 9}, "Could not find version 9 of model foo"),
        ("linear", {"version": 9}, "Could not find version 9 of model linear"),
        ("", {}, "Could not find any versions of model "),
    ],
)
def test_status_of_what_never_was_is_not_found(client, kit, model, spec, message):
    with kit.refused("NOT_FOUND", message):
        client.status(model, **spec)


def test_status_without_model_spec_is_refused(client, kit):
    with kit.refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        client.models.GetModelStatus(get_model_status_pb2.GetModelStatusRequest())

""":predict over HTTP: rows and columns, names, types, and what is refused."""

import base64
import json
import math

import numpy as np
import pytest

from tests.serving.conformance.test_rest_get import error


@pytest.fixture(scope="session")
def ask(http):
    """Model (and what follows in the path), request -> response."""

    def ask(model, request):
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        return http.post(f"/v1/models/{model}:predict", content=body)

    return ask


@pytest.fixture(scope="session")
def answer(ask):
    def answer(model, request):
        response = ask(model, request)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == "application/json"
        return response.json()

    return answer


def b64(value: bytes) -> dict:
    return {"b64": base64.b64encode(value).decode()}


# === Forms ===


@pytest.mark.parametrize("request_", [{"instances": [2.0, 4]}, {"instances": [{"x": 2.0}, {"x": 4}]}])
def test_rows_are_answered_row_by_row(answer, request_):
    assert answer("linear/versions/1", request_) == {"predictions": [2.0, 3.0]}


@pytest.mark.parametrize("request_", [{"inputs": [2.0, 4.0]}, {"inputs": {"x": [2.0, 4.0]}}])
def test_columns_are_answered_as_one_tensor(answer, request_):
    assert answer("linear/versions/1", request_) == {"outputs": [2.0, 3.0]}


def test_several_outputs_are_answered_by_name(answer):
    rows = [{"text": "độ", "numbers": [1, 2]}, {"text": "", "numbers": [3, 4]}]
    assert answer("texts", {"instances": rows}) == {
        "predictions": [
            {"text_bytes": b64("độ".encode()), "length": 5, "sum": 3},
            {"text_bytes": b64(b""), "length": 0, "sum": 7},
        ]
    }
    columns = {"text": ["độ", ""], "numbers": [[1, 2], [3, 4]]}
    assert answer("texts", {"inputs": columns}) == {
        "outputs": {"text_bytes": [b64("độ".encode()), b64(b"")], "length": [5, 0], "sum": [3, 7]}
    }


def test_a_signature_is_chosen_by_its_name(answer):
    assert answer("linear", {"signature_name": "double", "instances": [3.0]}) == {"predictions": [6.0]}


@pytest.mark.parametrize(
    ("path", "version"), [("", 2), ("/versions/1", 1), ("/labels/stable", 1), ("/labels/canary", 2)]
)
def test_a_version_is_chosen_in_the_path(answer, path, version):
    assert answer(f"linear{path}", {"instances": [0.0]}) == {"predictions": [float(version)]}


def test_words_are_looked_up_in_the_table_of_an_asset(answer):
    assert answer("lookup", {"instances": ["word", "card", b64(b"none")]}) == {"predictions": [1, 0, -1]}


def test_a_tensor_without_rows_is_asked_for_by_column(answer, ask):
    image = [[[10] * 3] * 2]
    outputs = answer("images", {"inputs": {"image": image, "gain": 0.5}})["outputs"]
    assert outputs == {"mean": [10.0], "caption": ["độ sáng 10.0"]}
    assert answer("texts", {"signature_name": "total", "inputs": ["ab", "c"]}) == {"outputs": 3}
    refused = ask("texts", {"signature_name": "total", "instances": ["ab", "c"]})
    assert error(refused) == (400, "Tensor name: total has no shape information ")


# === Values ===


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("uint8", [0, 255]),
        ("int8", [-128, 127]),
        ("int16", [-(2**15), 2**15 - 1]),
        ("int32", [-(2**31), 2**31 - 1]),
        ("int64", [-(2**63), 2**63 - 1]),
        ("uint32", [0, 2**32 - 1]),
        ("uint64", [0, 2**64 - 1]),
        ("float32", [0.1, -1.5, 3.0, 1e-30, 16777215.0]),
        ("float64", [0.1, 1 / 3, 1e300, 9007199254740991.0]),
        ("bool", [True, False]),
        ("string", ["độ", "", 'quo"te\\', "\x00\t"]),
    ],
)
@pytest.mark.parametrize("shape", ["list", "nested", "scalar"])
def test_values_come_back_as_they_were_sent(answer, dtype, values, shape):
    value = {"list": values, "nested": [[values], [values]], "scalar": values[0]}[shape]
    got = answer("echo", {"signature_name": dtype, "inputs": value})["outputs"]
    if dtype == "float32":
        got, value = (np.array(numbers, np.float32).tolist() for numbers in (got, value))
    assert got == value


def test_decimals_are_written_as_short_as_they_are(ask):
    text = ask("echo", {"signature_name": "float32", "inputs": [0.1, 2, 1e10, 1 / 3]}).text
    assert "".join(text.split()) == '{"outputs":[0.1,2.0,1e+10,0.333333343]}'


def test_nan_and_infinity_go_both_ways(ask):
    response = ask("echo", b'{"signature_name": "float64", "inputs": [NaN, Infinity, -Infinity]}')
    nan, *infinite = json.loads(response.text)["outputs"]
    assert math.isnan(nan)
    assert infinite == [math.inf, -math.inf]
    assert '"' not in response.text.replace('"outputs"', "")


@pytest.mark.parametrize("value", [[], [[], []]])
def test_empty_tensors_keep_their_shape(answer, value):
    assert answer("echo", {"signature_name": "float32", "inputs": value}) == {"outputs": value}


def test_bytes_of_any_kind_are_sent_in_base64(answer):
    assert answer("texts", {"instances": [{"text": b64(b"\xff\x00"), "numbers": [0, 0]}]}) == {
        "predictions": [{"text_bytes": b64(b"\xff\x00"), "length": 2, "sum": 0}]
    }


def test_bytes_that_are_no_utf8_come_as_they_are_unless_the_name_says_bytes(ask):
    response = ask("echo", {"signature_name": "string", "inputs": [b64(b"\xff")]})
    assert b'["\xff"]' in b"".join(response.content.split())


@pytest.mark.parametrize(("sent", "got"), [(300, 44), (-1, 255)])
def test_small_integers_wrap_around_as_in_a_tensor_proto(answer, sent, got):
    assert answer("echo", {"signature_name": "uint8", "inputs": [sent]}) == {"outputs": [got]}


# === What is refused ===


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (b"", "JSON Parse error: The document is empty"),
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"signature_name": "nope", "instances": [1.0]}, 'Serving signature name: "nope" not found in signature def'),
        ({"inputs": {"z": [1.0]}}, "Missing named input: x in 'inputs' object."),
        (
            {"instances": [{"x": 1.0}, 2.0]},
            "Expecting object but got list at item 1 of input list",
        ),
        (
            {"instances": [1.0, {"x": 2.0}]},
            "Expecting value/list but got object at item 1 of input list",
        ),
        (
            {"instances": [1.0, [2.0]]},
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
            "Expecting shape [] but got: [1]",
        ),
        (
            {"instances": [[1.0], [2.0, 3.0]]},
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
            "Expecting tensor size: 1 but got: 2",
        ),
        (
            {"instances": ["one"]},
            "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
            'JSON Value: "one" Type: String is not of expected type: float',
        ),
        (
            {"instances": [{"x": None}]},
            "Failed to process element: 0 key: x of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON Value: null Type: Null is not of expected type: float",
        ),
        (
            {"instances": [{"x": 1.0, "z": 1.0}]},
            "Failed to process element: 0 key: z of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON object: does not have named input: z",
        ),
        ({"inputs": [[1.0], 2.0]}, "JSON Value: 2.0 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
        ({"inputs": [[1.0], [2.0, 3.0]]}, "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
        ({"inputs": [1.0, [2.0]]}, "Encountered list at unexpected level: 1 expected < 1"),
        ({"inputs": [16777216]}, "Cannot convert JSON value: 16777216 to float without loss of precision."),
        ({"inputs": [True]}, "JSON Value: true Type: True is not of expected type: float"),
        ({"signature_name": ["x"], "inputs": [1.0]}, "'signature_name' key must be a string value."),
        ({"instances": {"x": 1.0}}, "Excepting 'instances' to be an list/array"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"instances": [1.0], "inputs": [1.0]}, "expecting only one of 'inputs' or 'instances' keys to exist"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(ask, request_, message):
    status, got = error(ask("linear", request_))
    assert status == 400
    assert message in got


@pytest.mark.parametrize(
    ("model", "request_", "message"),
    [
        ("texts", {"instances": ["a"]}, "instances is a plain list, but expecting list of objects as multiple input"),
        ("texts", {"inputs": ["a"]}, "inputs is a plain value/list, but expecting an object as multiple input tensors"),
        ("texts", {"instances": [{"text": "a"}]}, "must only have keys: numbers,text"),
        ("lookup", {"instances": [{"b64": "*"}]}, "Unable to base64 decode"),
        ("lookup", {"inputs": [{"c64": "aa"}]}, "not formatted correctly for base64 data"),
        ("lookup", {"inputs": [1]}, "JSON Value: 1 Type: Number is not of expected type: string"),
        ("echo", {"signature_name": "int32", "inputs": [1.0]}, "Type: Number is not of expected type: int32"),
        ("echo", {"signature_name": "int32", "inputs": [2**31]}, "Type: Number is not of expected type: int32"),
        ("echo", {"signature_name": "uint64", "inputs": [-1]}, "Type: Number is not of expected type: uint64"),
        ("echo", {"signature_name": "bool", "inputs": [1]}, "Type: Number is not of expected type: bool"),
        ("images", {"inputs": {"image": [[[1, 2, 3]]], "gain": 1.0}}, "Input to reshape is a tensor with 3 values"),
    ],
)
def test_so_is_one_to_other_models(ask, model, request_, message):
    status, got = error(ask(model, request_))
    assert status == 400
    assert message in got


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "uint16", "complex64"])
def test_types_that_json_has_no_form_of_are_not_converted(ask, dtype):
    status, message = error(ask("echo", {"signature_name": dtype, "inputs": [1]}))
    assert status == 501
    assert message.startswith("Conversion of JSON Value: 1 to type: ")


@pytest.mark.parametrize("body", [b"{", b"[1.0]", b'{"instances": [1.0]} x', b"\xff", b"[" * 100, b"null", b"\x00"])
def test_what_is_no_json_object_is_refused(ask, body):
    status, message = error(ask("linear", body))
    assert status == 400
    assert message.startswith(("JSON Parse error: ", "JSON Value: "))


@pytest.mark.parametrize(
    ("model", "status", "message"),
    [
        ("foo", 404, "Servable not found for request: Latest(foo)"),
        ("linear/versions/99", 404, "Servable not found for request: Specific(linear, 99)"),
        ("linear/labels/gone", 404, "Servable not found for request: Specific(linear, 5)"),
        ("linear/labels/nope", 400, "Unrecognized servable version label: nope"),
    ],
)
def test_a_model_that_is_not_there_is_not_found(ask, model, status, message):
    assert error(ask(model, {"instances": [1.0]})) == (status, message)

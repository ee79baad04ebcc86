"""The body of a :predict request -> PredictRequest (`FillPredictRequestFromJson` in `util/json_tensor.cc`)."""

import json
import re
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from services.serving.embedded.errors import ServingError, invalid_argument
from services.serving.embedded.rest import json_values
from services.serving.embedded.rest.json_values import Dense, show

Infos = Mapping[str, Any]  # TensorInfo of each input of a signature

# Every escape of a JSON text, one after the other; the group is half a surrogate pair alone.
_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a request. NaN, Infinity and -Infinity are numbers.

    Raises:
        ServingError: INVALID_ARGUMENT, not JSON, or not an object.
    """
    if not body:
        raise invalid_argument("JSON Parse error: The document is empty")
    try:
        # TF Serving's parser does not mind bytes that are no UTF-8; in a string they reach the model as they are.
        text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid_argument(f"JSON Parse error: {error.msg} at offset: {error.pos}") from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise invalid_argument("JSON Parse error: nested too deeply, or a number too long") from error
    for escape in _ESCAPES.finditer(text):
        if escape[1]:
            raise invalid_argument(
                f"JSON Parse error: The surrogate pair in string is invalid. at offset: {escape.start()}"
            )
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {show(document)} Is not object")
    return document


def signature_name(document: dict[str, Any]) -> str:
    """What the request calls its signature; "" for none.

    Raises:
        ServingError: INVALID_ARGUMENT.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid_argument(
            f"JSON Value: {show(document)} not formatted correctly. 'signature_name' key must be a string value."
        )
    try:
        name.encode()
    except UnicodeEncodeError as error:  # bytes that are no UTF-8, which a proto's string cannot hold
        raise no_such_signature(name) from error
    return name


def no_such_signature(name: str) -> ServingError:
    """INVALID_ARGUMENT: the version has no signature of this name."""
    return invalid_argument(f'Serving signature name: "{name}" not found in signature def')


def fill(document: dict[str, Any], infos: Infos, request: predict_pb2.PredictRequest) -> bool:
    """Put the tensors of a document into a request; whether they came row by row ("instances").

    Raises:
        ServingError: INVALID_ARGUMENT or UNIMPLEMENTED.
    """
    if "instances" in document and "inputs" in document:
        raise invalid_argument(
            f"JSON Value: {show(document)} Not formatted correctly expecting only one of 'inputs' or 'instances' "
            "keys to exist "
        )
    if "inputs" in document:
        _fill_columns(document["inputs"], infos, request)
        return False
    if "instances" not in document:
        raise invalid_argument("Missing 'inputs' or 'instances' key")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise invalid_argument(f"JSON Value: {show(document)} Excepting 'instances' to be an list/array")
    if not instances:
        raise invalid_argument(f"JSON Value: {show(document)} No values in 'instances' array")
    _fill_rows(instances, infos, request)
    return True


def _fill_columns(inputs: Any, infos: Infos, request: predict_pb2.PredictRequest) -> None:
    if not isinstance(inputs, dict) or json_values.is_base64(inputs):
        if len(infos) > 1:
            raise invalid_argument(
                "inputs is a plain value/list, but expecting an object as multiple "
                "input tensors required as per tensorinfo_map"
            )
        inputs = dict.fromkeys(infos, inputs)
    for name, info in sorted(infos.items()):
        if name not in inputs:
            raise invalid_argument(f"Missing named input: {name} in 'inputs' object.")
        dtype = tf.as_dtype(info.dtype)
        dense = json_values.flatten(inputs[name])
        values = json_values.checked(dense.leaves, dtype.name)
        request.inputs[name].CopyFrom(json_values.to_proto(dense.shape, values, dtype))


def _fill_rows(instances: list[Any], infos: Infos, request: predict_pb2.PredictRequest) -> None:
    if not isinstance(instances[0], dict) and len(infos) > 1:
        raise invalid_argument(
            "instances is a plain list, but expecting list of objects as multiple "
            "input tensors required as per tensorinfo_map"
        )
    named = _is_named(instances[0])
    shapes: dict[str, tuple[int, ...]] = {}
    leaves: dict[str, list[Any]] = {name: [] for name in infos}
    for number, instance in enumerate(instances):
        for name, dense in _row(number, instance, named, infos).items():
            where = f"{number} key: {name}" if named else f"{number}"
            _check_like_first(shapes.setdefault(name, dense.shape), dense, where)
            leaves[name] += dense.leaves
    for name, values in leaves.items():
        dtype = tf.as_dtype(infos[name].dtype)
        request.inputs[name].CopyFrom(json_values.to_proto((len(instances), *shapes[name]), values, dtype))


def _row(number: int, instance: Any, named: bool, infos: Infos) -> dict[str, Dense]:
    """The tensors of one instance, by name."""
    if _is_named(instance) != named:
        expected = "Expecting object but got list" if named else "Expecting value/list but got object"
        raise invalid_argument(f"{expected} at item {number} of input list")
    if not named:
        (name,) = infos
        return {name: _tensor(instance, infos[name], f"{number}")}
    row = {}
    for name, value in instance.items():
        where = f"{number} key: {name}"
        if name not in infos:
            raise _failed(where, invalid_argument(f"JSON object: does not have named input: {name}"))
        row[name] = _tensor(value, infos[name], where)
    if row.keys() != set(infos):
        raise invalid_argument(
            f"Failed to process element: {number} of 'instances' list. JSON object: {show(instance)} "
            f"must only have keys: {','.join(sorted(infos))}"
        )
    return row


def _tensor(value: Any, info: Any, where: str) -> Dense:
    try:
        dense = json_values.flatten(value)
        return Dense(dense.shape, json_values.checked(dense.leaves, tf.as_dtype(info.dtype).name))
    except ServingError as error:
        raise _failed(where, error) from error


def _check_like_first(shape: tuple[int, ...], dense: Dense, where: str) -> None:
    if dense.shape == shape:
        return
    size = 1
    for length in shape:
        size *= length
    if size != len(dense.leaves):
        raise _failed(where, invalid_argument(f"Expecting tensor size: {size} but got: {len(dense.leaves)}"))
    expected, got = (f"[{','.join(map(str, sizes))}]" for sizes in (shape, dense.shape))
    raise _failed(where, invalid_argument(f"Expecting shape {expected} but got: {got}"))


def _failed(where: str, error: ServingError) -> ServingError:
    return invalid_argument(f"Failed to process element: {where} of 'instances' list. Error: {error}")


def _is_named(instance: Any) -> bool:
    return isinstance(instance, dict) and not json_values.is_base64(instance)

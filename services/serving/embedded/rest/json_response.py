"""PredictResponse -> JSON (`MakeJsonFromTensors` in `util/json_tensor.cc`)."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from services.serving.embedded.errors import invalid_argument
from services.serving.embedded.rest.json_values import type_name

_INTEGERS = ("int32", "int16", "int8", "uint8", "int64", "uint32", "uint64")
_FULL = {"float32": 9, "float64": 17}  # decimal digits that tell all values apart


def rows(outputs: Mapping[str, Any]) -> str:
    """{"predictions": [...]}: one entry for each row, an object if there are several outputs.

    Raises:
        ServingError: INVALID_ARGUMENT, the outputs have not all the same number of rows, at least one.
    """
    _check_outputs(outputs)
    entries: list[str] = []
    by_name: dict[str, list[str]] = {}
    for name, proto in sorted(outputs.items()):
        if not proto.tensor_shape.dim:
            raise invalid_argument(f"Tensor name: {name} has no shape information ")
        size = proto.tensor_shape.dim[0].size
        if size < 1:
            raise invalid_argument(f"Tensor name: {name} has invalid batch size: {size}")
        if by_name and size != len(entries):
            raise invalid_argument(f"Tensor name: {name} has inconsistent batch size: {size} expecting: {len(entries)}")
        by_name[name] = entries = _nested(name, proto, outermost=1)
    if len(by_name) > 1:
        entries = [_object(dict(zip(by_name, row, strict=True))) for row in zip(*by_name.values(), strict=True)]
    return f'{{"predictions": [{", ".join(entries)}]}}'


def columns(outputs: Mapping[str, Any]) -> str:
    """{"outputs": ...}: the tensor itself, or an object of tensors if there are several.

    Raises:
        ServingError: INVALID_ARGUMENT, a dtype that JSON has no form of.
    """
    _check_outputs(outputs)
    tensors = {name: _nested(name, proto, outermost=0)[0] for name, proto in sorted(outputs.items())}
    return f'{{"outputs": {_object(tensors) if len(tensors) > 1 else next(iter(tensors.values()))}}}'


def _check_outputs(outputs: Mapping[str, Any]) -> None:
    if not outputs:
        raise invalid_argument("Cannot convert empty tensor map to JSON")


def _object(members: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in members.items()) + "}"


def _nested(name: str, proto: Any, outermost: int) -> list[str]:
    """JSON of everything below the first `outermost` dimensions."""
    dtype = tf.as_dtype(proto.dtype).name
    items = _leaves(name, tf.make_ndarray(proto).ravel(), dtype)
    shape = [dim.size for dim in proto.tensor_shape.dim]
    for dimension in range(len(shape) - 1, outermost - 1, -1):
        size, lists = shape[dimension], math.prod(shape[:dimension])
        items = ["[" + ", ".join(items[start * size : (start + 1) * size]) + "]" for start in range(lists)]
    return items


def _leaves(name: str, values: np.ndarray, dtype: str) -> list[str]:
    if dtype == "string":
        return [_bytes(value) if name.endswith("_bytes") else _text(value) for value in values]
    if dtype in _INTEGERS:
        return [str(value) for value in values.tolist()]
    if dtype == "bool":
        return ["true" if value else "false" for value in values.tolist()]
    if dtype in _FULL:
        return _decimals(values, _FULL[dtype])
    raise invalid_argument(f"Failed to write JSON value for tensor type: {type_name(dtype)}")


def _decimals(values: np.ndarray, full: int) -> list[str]:
    """Six digits if these are enough to read the same number back, else all; always with a point or exponent."""
    numbers = values.tolist()
    texts = [f"{number:.6g}" for number in numbers]
    same = np.array(texts).astype(values.dtype) == values if texts else []
    return [
        _decimal(number, text if exact else f"{number:.{full}g}")
        for number, text, exact in zip(numbers, texts, same, strict=True)
    ]


def _decimal(number: float, text: str) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return text if "." in text or "e" in text else f"{text}.0"


def _bytes(value: bytes) -> str:
    return f'{{"b64": "{base64.b64encode(value).decode()}"}}'


def _text(value: bytes) -> str:
    # Bytes that are no UTF-8 stay as they are when the answer is encoded, as TF Serving's do.
    return json.dumps(value.decode("utf-8", "surrogateescape"), ensure_ascii=False)


def encode(text: str) -> bytes:
    """The body of an answer."""
    return text.encode("utf-8", "surrogateescape")


def error(message: str) -> str:
    """{"error": "..."}"""
    return json.dumps({"error": message}, ensure_ascii=False)

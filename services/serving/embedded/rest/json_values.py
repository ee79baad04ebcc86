"""JSON values -> tensors, as strictly as `util/json_tensor.cc` takes them."""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from services.serving.embedded.errors import ServingError, invalid_argument, unimplemented_conversion

_SHOWN = 256  # characters of a value in an error. TF Serving shows all of it, megabytes too

_JSON_TYPES = {type(None): "Null", dict: "Object", list: "Array", str: "String", int: "Number", float: "Number"}
_INT32 = range(-(2**31), 2**31)
_INTEGERS = {  # what a number must lie in; values of the small types wrap around, as in a TensorProto
    **dict.fromkeys(("int32", "int16", "int8", "uint8"), _INT32),
    "int64": range(-(2**63), 2**63),
    "uint32": range(2**32),
    "uint64": range(2**64),
}
_DIGITS = {"float32": 24, "float64": 53}  # binary digits of whole numbers that a float holds exactly


@dataclass(frozen=True)
class Dense:
    """The leaves of nested lists, one after the other."""

    shape: tuple[int, ...]
    leaves: list[Any]


def flatten(value: Any) -> Dense:
    """Nested lists -> shape and leaves.

    Raises:
        ServingError: INVALID_ARGUMENT, the lists are ragged.
    """
    shape, first = [], value
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    nodes = [value]
    for level, size in enumerate(shape):
        if set(map(type, nodes)) - {list} or set(map(len, nodes)) - {size}:
            raise _ragged(nodes, level, size, len(shape))
        nodes = list(chain.from_iterable(nodes))
    if list in set(map(type, nodes)):
        raise invalid_argument(f"Encountered list at unexpected level: {len(shape)} expected < {len(shape)}")
    return Dense(tuple(shape), nodes)


def checked(leaves: list[Any], dtype: str) -> list[Any]:
    """Leaves as values of `dtype` (TensorFlow's name); strings as bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, one of another type; UNIMPLEMENTED, JSON has no form of `dtype`.
    """
    if dtype == "string":
        return [_string(leaf) for leaf in leaves]
    if dtype in _INTEGERS:
        allowed = _INTEGERS[dtype]
        _each(leaves, {int}, lambda leaf: leaf in allowed, dtype)
    elif dtype == "bool":
        _each(leaves, {bool}, lambda _: True, dtype)
    elif dtype in _DIGITS:
        _each(leaves, {int, float}, lambda _: True, dtype)
        for leaf in leaves:
            if not _is_lossless(leaf, dtype):
                name = type_name(dtype)
                raise invalid_argument(f"Cannot convert JSON value: {show(leaf)} to {name} without loss of precision.")
    else:
        raise unimplemented_conversion(show(leaves[0]) if leaves else "[]", type_name(dtype))
    return leaves


def to_proto(shape: Iterable[int], values: list[Any], dtype: tf.DType) -> Any:
    """Checked values -> TensorProto."""
    proto = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum)
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    if dtype == tf.string:
        proto.string_val.extend(values)
    elif dtype == tf.bool:
        proto.bool_val.extend(values)
    else:
        wide = np.int32 if _INTEGERS.get(dtype.name) is _INT32 else dtype.as_numpy_dtype
        proto.tensor_content = np.array(values, wide).astype(dtype.as_numpy_dtype).tobytes()
    return proto


def is_base64(value: Any) -> bool:
    """Whether it is {"b64": "..."}, which stands for bytes."""
    return isinstance(value, dict) and set(value) == {"b64"} and isinstance(value["b64"], str)


def show(value: Any) -> str:
    """A JSON value for an error message, which only the client sees."""
    text = ""
    # Piece by piece: all of a large value would take seconds, and of a deep one too much stack.
    for piece in json.JSONEncoder(indent=4, ensure_ascii=False).iterencode(value):
        text += piece
        if len(text) > _SHOWN:
            return text[:_SHOWN] + "..."
    return text


def type_name(dtype: str) -> str:
    """`DataTypeString`."""
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype, dtype)


def _ragged(nodes: list[Any], level: int, size: int, rank: int) -> ServingError:
    for node in nodes:
        if not isinstance(node, list):
            return invalid_argument(
                f"JSON Value: {show(node)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {rank}"
            )
        if len(node) != size:
            break
    return invalid_argument(f"Encountered list at unexpected size: {len(node)} at level: {level} expected size: {size}")


def _each(leaves: list[Any], types: set[type], fits: Callable[[Any], bool], dtype: str) -> None:
    if set(map(type, leaves)) <= types and all(map(fits, leaves)):
        return
    wrong = next(leaf for leaf in leaves if type(leaf) not in types or not fits(leaf))
    raise _type_error(wrong, dtype)


def _type_error(leaf: Any, dtype: str) -> ServingError:
    json_type = str(leaf) if isinstance(leaf, bool) else _JSON_TYPES[type(leaf)]
    return invalid_argument(f"JSON Value: {show(leaf)} Type: {json_type} is not of expected type: {type_name(dtype)}")


def _is_lossless(leaf: float, dtype: str) -> bool:
    if isinstance(leaf, int) and -(2**63) <= leaf < 2**64:
        return abs(leaf) < 2 ** _DIGITS[dtype]
    # An int of hundreds of digits can be compared with a float, but not made one.
    return not abs(leaf) > float(np.finfo(dtype).max) or abs(leaf) == math.inf


def _string(leaf: Any) -> bytes:
    if isinstance(leaf, str):
        return leaf.encode("utf-8", "surrogateescape")  # see json_request: bytes that were no UTF-8
    if not isinstance(leaf, dict):
        raise _type_error(leaf, "string")
    if not is_base64(leaf):
        raise invalid_argument(f"JSON Value: {show(leaf)} not formatted correctly for base64 data")
    text = "".join(leaf["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_argument("Unable to base64 decode") from error

"""numpy arrays <-> TensorProto, checked against the model's SPEC."""

import math
from collections.abc import Iterator

import numpy as np

from models.spec import MAX_OPEN, TensorSpec
from services.protos.fvi_serving_pb2 import DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8, TensorProto

_WIRE_TYPE = {"float32": DT_FLOAT, "int32": DT_INT32, "uint8": DT_UINT8, "string": DT_STRING}
_TYPED_FIELD = {"float32": "float_val", "int32": "int_val", "uint8": "int_val", "string": "string_val"}


class ContractBroken(ValueError):
    """A tensor is not what the model's SPEC says. The message has names and shapes, never values."""


def to_proto(array: np.ndarray, spec: TensorSpec) -> TensorProto:
    """An array -> TensorProto, its elements as raw bytes (strings one by one, in UTF-8).

    Raises:
        ContractBroken: dtype or shape are not those of `spec`.
    """
    if spec.dtype == "string":
        proto = TensorProto(string_val=[text.encode() for text in array.ravel()])
    elif array.dtype == spec.dtype:
        proto = TensorProto(tensor_content=array.tobytes())
    else:
        raise ContractBroken(f"{spec.name} is {array.dtype}, not {spec.dtype}")
    _check_shape(array.shape, spec, len(array))
    proto.dtype = _WIRE_TYPE[spec.dtype]
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def from_proto(proto: TensorProto, spec: TensorSpec, batch: int) -> np.ndarray:
    """TensorProto -> array of the SPEC's shape and dtype; strings as `str` in an object array.

    Takes every form TensorFlow Serving may answer in: raw bytes, or typed values of which the last
    one repeats to the end of the shape and none at all means zeros (tensorflow/core/framework/
    tensor.cc, `FromProtoField`).

    Raises:
        ContractBroken: dtype, shape or number of elements are wrong, a float is not finite, or a
            string is not UTF-8.
    """
    if proto.dtype != _WIRE_TYPE[spec.dtype]:
        raise ContractBroken(f"{spec.name} has wire type {proto.dtype}, not {spec.dtype}")
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    _check_shape(shape, spec, batch)
    if spec.dtype == "string":
        return _strings(proto, spec, math.prod(shape)).reshape(shape)
    array = _numbers(proto, spec, math.prod(shape)).reshape(shape)
    if spec.dtype == "float32" and not np.isfinite(array).all():
        raise ContractBroken(f"{spec.name} has elements that are not finite")
    return array


def _check_shape(shape: tuple[int, ...], spec: TensorSpec, batch: int) -> None:
    wanted = (batch, *spec.shape[1:])
    if batch < 1 or len(shape) != len(wanted) or not all(map(_is_size, shape, wanted)):
        raise ContractBroken(f"{spec.name} has shape {shape}, not {wanted}")


def _is_size(size: int, wanted: int | None) -> bool:
    return 1 <= size <= MAX_OPEN if wanted is None else size == wanted


def _numbers(proto: TensorProto, spec: TensorSpec, count: int) -> np.ndarray:
    if proto.tensor_content:
        if len(proto.tensor_content) != count * np.dtype(spec.dtype).itemsize:
            raise ContractBroken(f"{spec.name} has {len(proto.tensor_content)} bytes for {count} {spec.dtype}")
        return np.frombuffer(proto.tensor_content, np.dtype(spec.dtype).newbyteorder("<"))
    values = np.array(getattr(proto, _TYPED_FIELD[spec.dtype]))
    return _repeat_last(values.astype(spec.dtype), spec, count)


def _strings(proto: TensorProto, spec: TensorSpec, count: int) -> np.ndarray:
    content = proto.tensor_content
    values = _split_strings(content, spec, count) if content else proto.string_val
    try:
        return _repeat_last(np.array([value.decode() for value in values], object), spec, count)
    except UnicodeDecodeError:
        raise ContractBroken(f"{spec.name} has a string that is not UTF-8") from None


def _repeat_last(values: np.ndarray, spec: TensorSpec, count: int) -> np.ndarray:
    if len(values) > count:
        raise ContractBroken(f"{spec.name} has {len(values)} values for {count} elements")
    last = values[-1] if len(values) else ("" if spec.dtype == "string" else 0)
    filled = np.full(count, last, values.dtype)
    filled[: len(values)] = values
    return filled


def _split_strings(content: bytes, spec: TensorSpec, count: int) -> Iterator[bytes]:
    """Strings as raw bytes: all lengths as varints, then all characters (tensor_coding.cc,
    `DecodeStringList`). Seen with --enable_serialization_as_tensor_content."""
    lengths, position = [], 0
    for _ in range(count):
        length, shift = 0, 0
        while True:
            if position >= len(content):
                raise ContractBroken(f"{spec.name} is cut short")
            byte = content[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if position + sum(lengths) != len(content):
        raise ContractBroken(f"{spec.name} has {len(content) - position} characters, not {sum(lengths)}")
    for length in lengths:
        yield content[position : position + length]
        position += length

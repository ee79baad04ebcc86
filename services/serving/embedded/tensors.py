"""TensorProto <-> numpy, as `tensor.cc` reads and writes them."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from services.serving.embedded.errors import invalid_argument

_MAX_RANK = 64  # numpy's; TensorFlow has 254
_MAX_BYTES = 2**31 - 1  # as the largest message. One value in a proto of a few bytes can stand for all of a tensor

# The field of a TensorProto that holds the values of a dtype, as `Tensor::AsProtoField` chooses it.
_INT_VAL_TYPES = ("int32", "int16", "int8", "uint8", "uint16", "qint8", "quint8", "qint16", "quint16", "qint32")
_FIELDS = dict.fromkeys(_INT_VAL_TYPES, "int_val") | {
    "float32": "float_val",
    "float64": "double_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
}


def from_proto(alias: str, proto: Any) -> np.ndarray:
    """A TensorProto -> its values; strings as an object array of bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, the values are not what dtype and shape say, or too many.
    """
    try:
        if _is_too_large(proto):
            raise invalid_argument(f"tensor parsing error: {alias}")
        numbers = _from_content(proto)
        if numbers is not None:
            return numbers
        # TensorFlow's own parser: too few values repeat the last one, too many are cut, and so on.
        values = tf.io.parse_tensor(proto.SerializeToString(), proto.dtype).numpy()
    except (tf.errors.OpError, TypeError) as error:  # TypeError: a dtype that does not exist
        raise invalid_argument(f"tensor parsing error: {alias}") from error
    # A lone string comes as bytes; numpy's own string type would cut its trailing zeros.
    return np.asarray(values, object if isinstance(values, bytes) else None)


def _is_too_large(proto: Any) -> bool:
    shape = [dim.size for dim in proto.tensor_shape.dim]
    return len(shape) > _MAX_RANK or math.prod(shape) * tf.as_dtype(proto.dtype).size > _MAX_BYTES


def _from_content(proto: Any) -> np.ndarray | None:
    """The quick way for plain numbers sent as bytes, which is how pixels come; None if it is not open."""
    dtype = _PLAIN_NUMBERS.get(proto.dtype)
    content = proto.tensor_content  # once: protobuf copies the bytes each time they are asked for
    if dtype is None or not content:
        return None
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
        return None
    return np.frombuffer(content, dtype).reshape(shape)


_PLAIN_NUMBERS = {
    getattr(tf, name).as_datatype_enum: np.dtype(name)
    for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
}


def to_proto(values: np.ndarray, as_content: bool) -> Any:
    """Values of an output -> TensorProto.

    TF Serving writes numbers one by one into `float_val` and its like, unless
    --enable_serialization_as_tensor_content (`as_content`) asks for bytes.
    """
    dtype = tf.as_dtype(values.dtype)
    proto = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum)
    for size in values.shape:
        proto.tensor_shape.dim.add(size=size)
    if as_content and dtype != tf.string:
        proto.tensor_content = values.tobytes()
    else:
        getattr(proto, _FIELDS[dtype.name]).extend(_scalars(values, dtype.name))
    return proto


def _scalars(values: np.ndarray, dtype: str) -> list[Any]:
    flat = values.ravel()
    if dtype in ("float16", "bfloat16"):
        flat = flat.view(np.uint16)
    elif dtype in ("complex64", "complex128"):  # real and imaginary parts in turn
        flat = flat.view(np.float32 if dtype == "complex64" else np.float64)
    scalars: list[Any] = flat.tolist()
    return scalars

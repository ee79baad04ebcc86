"""Tensors as bytes. How they travel is tested in tests/serving/conformance/test_dtypes.py."""

import numpy as np
import pytest
import tensorflow as tf

from services.serving.embedded.errors import ServingError
from services.serving.embedded.tensors import from_proto, to_proto

NUMBERS = (
    *("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"),
)


def values_of(dtype):
    return np.array([[0, 1, 1], [1, 0, 1]]).astype(tf.as_dtype(dtype).as_numpy_dtype)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_are_answered_as_bytes_when_asked_for(dtype):
    proto = to_proto(values_of(dtype), as_content=True)
    assert proto.tensor_content
    np.testing.assert_array_equal(from_proto("value", proto), values_of(dtype), strict=True)


def test_one_value_stands_for_all_of_a_tensor_up_to_2_gib():
    proto = tf.make_tensor_proto(1.0, tf.float32, [1000, 1000])
    assert len(proto.SerializeToString()) < 100
    assert from_proto("value", proto).shape == (1000, 1000)
    for size in (2**29, 2**40):
        proto.tensor_shape.dim[0].size, proto.tensor_shape.dim[1].size = 1, size
        with pytest.raises(ServingError, match="INVALID_ARGUMENT: tensor parsing error: value"):
            from_proto("value", proto)


@pytest.mark.parametrize("as_content", [True, False])
@pytest.mark.parametrize("rank", [65, 254, 1000])
def test_more_dimensions_than_numpy_has_are_refused(rank, as_content):
    proto = to_proto(np.ones((1,), np.float32), as_content)
    for _ in range(rank - 1):
        proto.tensor_shape.dim.add(size=1)
    with pytest.raises(ServingError, match="INVALID_ARGUMENT: tensor parsing error: value"):
        from_proto("value", proto)

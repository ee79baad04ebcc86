"""Tensors as bytes. How they travel is tested in tests/serving/conformance/test_dtypes.py."""

import numpy as np
import pytest
import tensorflow as tf

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

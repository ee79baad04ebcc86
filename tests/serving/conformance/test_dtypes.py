"""Tensors over a real channel: every dtype there and back, and protos that contradict themselves."""

import numpy as np
import pytest
import tensorflow as tf

NUMBERS = (
    *("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"),
)


def echo(client, dtype, proto):
    return client.predict("echo", {"value": proto}, signature=dtype).outputs["value"]


def values_of(dtype):
    return np.array([[0, 1, 1], [1, 0, 1]]).astype(tf.as_dtype(dtype).as_numpy_dtype)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_come_back_as_they_were_sent(client, dtype):
    answer = tf.make_ndarray(echo(client, dtype, tf.make_tensor_proto(values_of(dtype))))
    np.testing.assert_array_equal(answer, values_of(dtype), strict=True)


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_lone_and_empty_tensors_keep_their_shape(client, dtype, shape):
    value = np.zeros(shape, tf.as_dtype(dtype).as_numpy_dtype)
    answer = tf.make_ndarray(echo(client, dtype, tf.make_tensor_proto(value)))
    assert (answer.shape, answer.dtype) == (value.shape, value.dtype)


@pytest.mark.parametrize(
    "words", [b"one", b"ends in zeros\0\0", [b"", b"\0", "độ".encode(), b"\xff\xfe"], [[b"a" * 100_000]], []]
)
def test_strings_come_back_as_the_bytes_they_were(client, words):
    answer = echo(client, "string", tf.make_tensor_proto(words, tf.string))
    assert list(answer.string_val) == np.array(words, object).ravel().tolist()
    assert [dim.size for dim in answer.tensor_shape.dim] == list(np.shape(words))


def test_values_one_by_one_are_read_as_tensorflow_reads_them(client):
    proto = tf.make_tensor_proto(np.zeros(4, np.float32))
    proto.ClearField("tensor_content")
    assert tf.make_ndarray(echo(client, "float32", proto)).tolist() == [0, 0, 0, 0]
    proto.float_val.extend([1, 2])  # too few: the last one is repeated
    assert tf.make_ndarray(echo(client, "float32", proto)).tolist() == [1, 2, 2, 2]
    proto.float_val.extend([3, 4, 5])  # too many: cut
    assert tf.make_ndarray(echo(client, "float32", proto)).tolist() == [1, 2, 3, 4]


def broken(**changes):
    proto = tf.make_tensor_proto(np.ones((2, 3), np.float32))
    if "dims" in changes:
        for dim, size in zip(proto.tensor_shape.dim, changes.pop("dims"), strict=True):
            dim.size = size
    for name, value in changes.items():
        setattr(proto, name, value)
    return proto


@pytest.mark.parametrize(
    "proto",
    [
        broken(tensor_content=b"abc"),
        broken(dims=(2, 4)),
        broken(dims=(-1, 3)),
        broken(dims=(-2, -3)),
        broken(dims=(2**40, 2**40)),
        broken(dtype=0),
        broken(dtype=999),
        broken(dtype=tf.resource.as_datatype_enum),
        broken(dtype=tf.variant.as_datatype_enum),
        broken(dtype=tf.float32.as_datatype_enum + 100),  # a reference
    ],
)
def test_a_proto_that_contradicts_itself_is_refused(client, kit, proto):
    with kit.refused("INVALID_ARGUMENT", "tensor parsing error: value"):
        echo(client, "float32", proto)

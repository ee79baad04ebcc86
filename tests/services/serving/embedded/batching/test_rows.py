"""Rows of several requests put together and taken apart."""

import numpy as np
import pytest

from services.serving.embedded.batching import rows
from services.serving.embedded.errors import ServingError


def error(function, *args):
    with pytest.raises(ServingError) as caught:
        function(*args)
    return str(caught.value)


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ({}, "Batching Run() must have at least one input tensor"),
        ({"x": np.float32(1)}, "Batching Run() input tensors must have at least one dimension"),
        ({"x": np.zeros(2), "y": np.zeros(3)}, "Batching Run() input tensors must have equal 0th-dimension size"),
    ],
)
def test_a_request_without_rows_is_refused(feeds, message):
    assert error(rows.count, feeds) == f"INVALID_ARGUMENT: {message}"


def test_a_lone_request_is_not_copied():
    feeds = {"x": np.zeros(3)}
    assert rows.merge([feeds], 0, False) is feeds


def test_padding_repeats_the_first_row_of_the_last_request():
    merged = rows.merge([{"x": np.array([[1], [2]])}, {"x": np.array([[3], [4]])}], 3, False)
    assert merged["x"].tolist() == [[1], [2], [3], [4], [3], [3], [3]]


def test_strings_are_merged_too():
    merged = rows.merge([{"x": np.array([b"a\0"], object)}, {"x": np.array([b"bc"], object)}], 1, False)
    assert merged["x"].tolist() == [b"a\0", b"bc", b"bc"]


def test_different_shapes_do_not_go_together():
    assert error(rows.merge, [{"x": np.zeros((1, 2))}, {"x": np.zeros((1, 3))}], 0, False) == (
        "FAILED_PRECONDITION: Tensors with name 'x' from different tasks have different shapes and padding is turned "
        "off. Set pad_variable_length_inputs to true, or ensure that all tensors with the same name have equal "
        "dimensions starting with the first dim."
    )


def test_different_shapes_are_padded_with_a_tensors_first_value_if_asked():
    merged = rows.merge([{"x": np.array([[5, 6, 7]])}, {"x": np.array([[8], [9]])}], 0, True)
    assert merged["x"].tolist() == [[5, 6, 7], [8, 8, 8], [9, 8, 8]]


def test_an_empty_tensor_has_no_value_to_pad_with():
    assert error(rows.merge, [{"x": np.zeros((1, 2))}, {"x": np.zeros((1, 0))}], 0, True) == (
        "INVALID_ARGUMENT: Got empty tensor in batch of non-empty tensors."
    )


@pytest.mark.parametrize("pad", [False, True])
def test_different_dtypes_are_not_cast_to_each_other(pad):
    message = error(rows.merge, [{"x": np.zeros(1, np.float32)}, {"x": np.zeros(1, np.int32)}], 0, pad)
    assert message.startswith("INTERNAL: Tensor concat operation failed: ")


def test_outputs_are_shared_out_without_a_copy_and_the_padding_is_dropped():
    output = np.arange(6)
    first, second = rows.split([output], [2, 3], 1)
    assert (first[0].tolist(), second[0].tolist()) == ([0, 1], [2, 3, 4])
    assert first[0].base is output


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (np.float32(1), "Batched output tensor has 0 dimensions"),
        (
            np.zeros(5),
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input "
            "tensors",
        ),
    ],
)
def test_an_output_without_a_row_for_each_row_is_refused(output, message):
    assert error(rows.split, [output], [2, 2], 0) == f"FAILED_PRECONDITION: {message}"

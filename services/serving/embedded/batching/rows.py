"""Tensors of several requests into one, and its outputs apart again (`batching_session.cc`)."""

from collections.abc import Mapping, Sequence

import grpc
import numpy as np

from services.serving.embedded.errors import ServingError, failed_precondition, invalid_argument

Feeds = Mapping[str, np.ndarray]


def count(feeds: Feeds) -> int:
    """The rows of a request, which all its tensors must have.

    Raises:
        ServingError: INVALID_ARGUMENT, it has no rows to speak of.
    """
    if not feeds:
        raise invalid_argument("Batching Run() must have at least one input tensor")
    if any(values.ndim == 0 for values in feeds.values()):
        raise invalid_argument("Batching Run() input tensors must have at least one dimension")
    sizes = {len(values) for values in feeds.values()}
    if len(sizes) > 1:
        raise invalid_argument("Batching Run() input tensors must have equal 0th-dimension size")
    return sizes.pop()


def merge(requests: Sequence[Feeds], padding: int, pad_variable_length_inputs: bool) -> Feeds:
    """The rows of all requests below each other, then `padding` times the first row of the last one.

    Raises:
        ServingError: FAILED_PRECONDITION, INVALID_ARGUMENT or INTERNAL, tensors do not fit together.
    """
    if len(requests) == 1 and not padding:
        return requests[0]
    merged = {}
    for name in requests[0]:
        tensors = [feeds[name] for feeds in requests]
        if pad_variable_length_inputs:
            tensors = _widened(tensors)
        elif any(values.shape[1:] != tensors[0].shape[1:] for values in tensors):
            raise failed_precondition(
                f"Tensors with name '{name}' from different tasks have different shapes and padding is turned off. "
                "Set pad_variable_length_inputs to true, or ensure that all tensors with the same name have equal "
                "dimensions starting with the first dim."
            )
        if any(values.dtype != tensors[0].dtype for values in tensors):
            raise _not_joined("data types")
        first_row = tensors[-1][:1]
        merged[name] = np.concatenate([*tensors, np.broadcast_to(first_row, (padding, *first_row.shape[1:]))])
    return merged


def split(outputs: Sequence[np.ndarray], sizes: Sequence[int], padding: int) -> list[list[np.ndarray]]:
    """The outputs of a batch -> those of each request, as views.

    Raises:
        ServingError: FAILED_PRECONDITION, an output has not one row for each row that went in.
    """
    for values in outputs:
        if values.ndim == 0:
            raise failed_precondition("Batched output tensor has 0 dimensions")
        if len(values) != sum(sizes) + padding:
            raise failed_precondition(
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                "input tensors"
            )
    parts, start = [], 0
    for size in sizes:
        parts.append([values[start : start + size] for values in outputs])
        start += size
    return parts


def _widened(tensors: list[np.ndarray]) -> list[np.ndarray]:
    """All but the 0th dimension brought to the largest size there is, filled up with a tensor's first value."""
    if len({values.ndim for values in tensors}) > 1:
        raise _not_joined("number of dimensions")
    inner = tuple(max(sizes) for sizes in zip(*(values.shape[1:] for values in tensors), strict=True))
    widened = []
    for values in tensors:
        if values.shape[1:] != inner:
            if not values.size:
                raise invalid_argument("Got empty tensor in batch of non-empty tensors.")
            target = np.full((len(values), *inner), values.flat[0], values.dtype)
            target[tuple(slice(size) for size in values.shape)] = values
            values = target
        widened.append(values)
    return widened


def _not_joined(what: str) -> ServingError:
    message = f"Tensor concat operation failed: Cannot concatenate tensors that have different {what}."
    return ServingError(grpc.StatusCode.INTERNAL, message)

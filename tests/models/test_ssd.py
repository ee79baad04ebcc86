"""Suppression and the loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.anchors import iou_matrix
from models.ssd import ssd_loss, suppress


def greedy(boxes: np.ndarray, threshold: float) -> np.ndarray:
    """The textbook: best first, drop what overlaps a kept one."""
    kept: list[int] = []
    for index, box in enumerate(boxes):
        if not kept or iou_matrix(box[None], boxes[kept]).max() <= threshold:
            kept.append(index)
    return np.isin(np.arange(len(boxes)), kept)


@given(seed=st.integers(0, 10_000), threshold=st.sampled_from([0.2, 0.4, 0.6]))
@settings(max_examples=30)
def test_suppression_equals_the_greedy_loop(seed: int, threshold: float):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 60, (3, 40, 2))
    boxes = np.concatenate([low, low + rng.uniform(10, 40, low.shape)], axis=-1).astype(np.float32)
    expected = [greedy(image, threshold) for image in boxes]
    np.testing.assert_array_equal(np.asarray(suppress(boxes, threshold)) > 0.5, expected)


def test_a_long_chain_of_overlaps_is_resolved_to_its_end():
    # Each box overlaps the next only, so every second one survives: the slowest case to settle.
    left = np.arange(30) * 4.0
    boxes = np.stack([np.zeros(30), left, np.full(30, 10.0), left + 10], axis=1).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(suppress(boxes[None], 0.4))[0], np.arange(30) % 2 == 0)


def test_the_loss_of_a_perfect_answer_is_nearly_nothing():
    target = np.zeros((1, 3, 6), np.float32)
    target[0, 0] = [1, 2, 3, 4, 1, 0]
    answer = np.where(target > 0, target, 0)
    answer[..., 4:] = np.where(target[..., 4:] > 0, 12, -12)
    assert float(ssd_loss(target, answer)) == pytest.approx(0, abs=1e-4)


def test_ignored_anchors_and_boxes_of_the_background_cost_nothing():
    target = np.zeros((1, 3, 6), np.float32)
    target[0, 0, 4] = 1
    target[0, 1, 4:] = -1
    answer = np.random.default_rng(0).normal(size=target.shape).astype(np.float32)
    changed = answer.copy()
    changed[0, 1] += 5
    changed[0, 2, :4] -= 5
    assert float(ssd_loss(target, changed)) == pytest.approx(float(ssd_loss(target, answer)), rel=1e-6)

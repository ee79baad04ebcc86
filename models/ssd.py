"""What Cropper and Detector share in Keras: the box decoder, the loss, and suppression.

SSD: Liu et al., arXiv:1512.02325. Focal loss: Lin et al., arXiv:1708.02002. Boxes are
(ymin, xmin, ymax, xmax) in input pixels; anchors and targets come from `models.anchors`.
"""

import keras
import numpy as np
from keras import ops

from models.anchors import CODE_SCALE

_FOCAL_ALPHA, _FOCAL_GAMMA = 0.25, 2.0
_SMOOTH_L1_BETA = 0.1

# With sigmoid(-4.6) = 1 % every anchor starts as background, or the first steps are lost (RetinaNet 4.1).
PRIOR_LOGIT = -4.6


def decode(anchors: np.ndarray, code: keras.KerasTensor) -> keras.KerasTensor:
    """The boxes behind `code` [B, N, 4], float32 [B, N, 4] (ymin, xmin, ymax, xmax)."""
    code = code / CODE_SCALE
    centre = code[..., :2] * anchors[:, 2:] + anchors[:, :2]
    # exp(4) times an anchor is wider than any input: larger is noise, and would overflow.
    half = ops.exp(ops.clip(code[..., 2:], -4.0, 4.0)) * (anchors[:, 2:] / 2)
    return ops.concatenate([centre - half, centre + half], axis=-1)


def ssd_loss(target: keras.KerasTensor, predicted: keras.KerasTensor) -> keras.KerasTensor:
    """Sigmoid focal loss on the classes plus smooth L1 on matched boxes, per matched anchor.

    Args:
        target: float32 [B, N, 4 + C] from `targets`.
        predicted: float32 [B, N, 4 + C]: the box code, then class logits.

    Returns:
        A scalar.
    """
    labels, logits = target[..., 4:], predicted[..., 4:]
    counted = ops.cast(labels >= 0, "float32")
    labels = ops.maximum(labels, 0.0)
    matched = ops.max(labels, axis=-1, keepdims=True)
    probability = ops.sigmoid(logits)
    of_truth = labels * probability + (1 - labels) * (1 - probability)
    weight = labels * _FOCAL_ALPHA + (1 - labels) * (1 - _FOCAL_ALPHA)
    cross_entropy = ops.softplus(logits) - labels * logits
    focal = ops.sum(counted * weight * (1 - of_truth) ** _FOCAL_GAMMA * cross_entropy)
    error = ops.abs(target[..., :4] - predicted[..., :4])
    smooth = ops.where(error < _SMOOTH_L1_BETA, error**2 / (2 * _SMOOTH_L1_BETA), error - _SMOOTH_L1_BETA / 2)
    return (focal + ops.sum(matched * smooth)) / ops.maximum(ops.sum(matched), 1.0)


def pairwise_iou(boxes: keras.KerasTensor) -> keras.KerasTensor:
    """IoU of every two of `boxes` [B, K, 4], float32 [B, K, K]."""
    first, second = boxes[:, :, None], boxes[:, None]
    overlap = ops.maximum(
        ops.minimum(first[..., 2:], second[..., 2:]) - ops.maximum(first[..., :2], second[..., :2]), 0
    )
    intersection = overlap[..., 0] * overlap[..., 1]
    size = boxes[..., 2:] - boxes[..., :2]
    area = size[..., 0] * size[..., 1]
    return intersection / ops.maximum(area[:, :, None] + area[:, None] - intersection, 1e-9)


def suppress(boxes: keras.KerasTensor, threshold: float) -> keras.KerasTensor:
    """Greedy non-maximum suppression without a loop over boxes.

    "Kept unless a kept better box overlaps it" is applied to all boxes at once until nothing
    changes; the only fixed point is the greedy answer, reached after as many rounds as the
    longest chain of suppressions (at most K).

    Args:
        boxes: float32 [B, K, 4], best score first.

    Returns:
        float32 [B, K]: 1 where a box is kept.
    """
    count = boxes.shape[1]
    better = np.tril(np.ones((count, count), np.float32), -1)  # row i: the boxes before i
    overlaps = ops.cast(pairwise_iou(boxes) > threshold, "float32") * better

    def step(kept: keras.KerasTensor, _: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        suppressors = ops.squeeze(ops.matmul(overlaps, kept[..., None]), -1)
        following = ops.cast(suppressors < 0.5, "float32")
        return following, ops.any(following != kept)

    kept = ops.ones_like(boxes[..., 0])
    kept, _ = ops.while_loop(lambda _, changed: changed, step, (kept, ops.any(kept > 0)), maximum_iterations=count)
    return kept

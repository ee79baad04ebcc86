"""What Cropper and Detector share: anchors, the box code, matching, the loss, and suppression.

SSD: Liu et al., arXiv:1512.02325. Focal loss: Lin et al., arXiv:1708.02002. Boxes are
(ymin, xmin, ymax, xmax) and anchors (centre y, centre x, height, width), all in input pixels.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

# How much the code of a box is stretched (the TF Object Detection API's scale factors).
CODE_SCALE = np.array([10.0, 10.0, 5.0, 5.0], np.float32)
NEGATIVE, IGNORED = -1, -2
_FOCAL_ALPHA, _FOCAL_GAMMA = 0.25, 2.0
_SMOOTH_L1_BETA = 0.1

# With sigmoid(-4.6) = 1 % every anchor starts as background, or the first steps are lost (RetinaNet 4.1).
PRIOR_LOGIT = -4.6


def grid_anchors(size: tuple[int, int], stride: int, shapes: Sequence[tuple[float, float]]) -> np.ndarray:
    """Anchors of every (height, width) of `shapes` at every cell of one feature map.

    Args:
        size: (width, height) of the input in pixels; the map has ceil(size / stride) cells.

    Returns:
        float32 [rows * columns * len(shapes), 4], in the order in which a map [rows, columns,
        shapes * channels] is laid out in memory.
    """
    columns, rows = (-(-side // stride) for side in size)
    anchors = np.empty((rows, columns, len(shapes), 4), np.float32)
    anchors[..., 0] = ((np.arange(rows) + 0.5) * stride)[:, None, None]
    anchors[..., 1] = ((np.arange(columns) + 0.5) * stride)[None, :, None]
    anchors[..., 2:] = shapes
    return anchors.reshape(-1, 4)


def centre_to_corners(anchors: np.ndarray) -> np.ndarray:
    """(centre y, centre x, height, width) [..., 4] -> (ymin, xmin, ymax, xmax)."""
    centre, half = anchors[..., :2], anchors[..., 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def iou_matrix(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of `boxes` [N, 4] with `others` [M, 4], float32 [N, M]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    intersection = np.maximum(high - low, 0).prod(axis=2)
    areas, other_areas = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    union = areas[:, None] + other_areas[None] - intersection
    return np.asarray(intersection / np.maximum(union, 1e-6), np.float32)


def match(iou: np.ndarray, positive: float, negative: float) -> np.ndarray:
    """Which box each anchor answers for.

    Anchors with an IoU of at least `positive` take their best box, those below `negative` are
    NEGATIVE, those between are IGNORED. Then every box gets its best anchor, come what may.

    Args:
        iou: float [anchors, boxes].

    Returns:
        int64 [anchors]: an index into boxes, NEGATIVE or IGNORED.
    """
    if iou.shape[1] == 0:
        return np.full(len(iou), NEGATIVE, np.int64)
    matched = iou.argmax(axis=1)
    best = iou[np.arange(len(iou)), matched]
    matched[best < positive] = IGNORED
    matched[best < negative] = NEGATIVE
    matched[iou.argmax(axis=0)] = np.arange(iou.shape[1])
    return matched


def encode(anchors: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The code of `boxes` [N, 4] relative to `anchors` [N, 4], float32 [N, 4]."""
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    code = np.concatenate(
        [(centre - anchors[:, :2]) / anchors[:, 2:], np.log(size / anchors[:, 2:])], axis=1
    )
    return (code * CODE_SCALE).astype(np.float32)


def decode(anchors: np.ndarray, code: keras.KerasTensor) -> keras.KerasTensor:
    """The boxes behind `code` [B, N, 4], float32 [B, N, 4] (ymin, xmin, ymax, xmax)."""
    code = code / CODE_SCALE
    centre = code[..., :2] * anchors[:, 2:] + anchors[:, :2]
    # exp(4) times an anchor is wider than any input: larger is noise, and would overflow.
    half = ops.exp(ops.clip(code[..., 2:], -4.0, 4.0)) * (anchors[:, 2:] / 2)
    return ops.concatenate([centre - half, centre + half], axis=-1)


def targets(
    anchors: np.ndarray, boxes: np.ndarray, classes: np.ndarray, class_count: int, positive: float, negative: float
) -> np.ndarray:
    """What the network should say about one image.

    Args:
        boxes: float [M, 4] in input pixels. classes: int [M].

    Returns:
        float32 [N, 4 + class_count]: the box code, then 1 for the anchor's class and 0 for the
        others; all classes of an ignored anchor are -1.
    """
    target = np.zeros((len(anchors), 4 + class_count), np.float32)
    matched = match(iou_matrix(centre_to_corners(anchors), boxes), positive, negative)
    target[matched == IGNORED, 4:] = -1
    hits = np.flatnonzero(matched >= 0)
    target[hits, :4] = encode(anchors[hits], boxes[matched[hits]])
    target[hits, 4 + classes[matched[hits]]] = 1
    return target


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
    overlap = ops.maximum(ops.minimum(first[..., 2:], second[..., 2:]) - ops.maximum(first[..., :2], second[..., :2]), 0)
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

"""Anchors, the box code and matching, in numpy: what SSD training targets are made of.

Boxes are (ymin, xmin, ymax, xmax) and anchors (centre y, centre x, height, width), in input pixels.
Method: Liu et al., "SSD", arXiv:1512.02325, section 2.2.
"""

from collections.abc import Sequence

import numpy as np

# How much the code of a box is stretched (the TF Object Detection API's scale factors).
CODE_SCALE = np.array([10.0, 10.0, 5.0, 5.0], np.float32)
NEGATIVE, IGNORED = -1, -2


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
    boxes, others = (np.asarray(b, np.float32).T[..., None] for b in (boxes, others))
    # One axis at a time on flat [N, M] arrays: an order of magnitude faster than [N, M, 2].
    height, width = (
        np.minimum(boxes[high], others[high].T) - np.maximum(boxes[low], others[low].T)
        for low, high in ((0, 2), (1, 3))
    )
    intersection = np.maximum(height, 0) * np.maximum(width, 0)
    areas, other_areas = ((b[2] - b[0]) * (b[3] - b[1]) for b in (boxes, others))
    return intersection / np.maximum(areas + other_areas.T - intersection, np.float32(1e-6))


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
    code = np.concatenate([(centre - anchors[:, :2]) / anchors[:, 2:], np.log(size / anchors[:, 2:])], axis=1)
    return (code * CODE_SCALE).astype(np.float32)


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

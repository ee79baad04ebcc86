"""SSD on a narrow ResNet with a feature pyramid, one class for each field.

ResNet: He et al., arXiv:1512.03385 (basic blocks, one for each stage). FPN: Lin et al.,
arXiv:1612.03144. Words are small: only strides 8 and 16 have anchors, stride 32 gives them context.
"""

import keras
import numpy as np
from keras import layers, ops

from models.card import FIELDS
from models.detector.contract import INPUT_SIZE, MAX_BOXES
from models.detector.data import ANCHOR_SHAPES, ANCHORS
from models.ssd import PRIOR_LOGIT, decode, suppress

_BATCH_NORM_MOMENTUM = 0.97  # trainings are short; with 0.99 the running means lag behind
_STAGE_FILTERS = (24, 48, 96, 128)
_PYRAMID_CHANNELS = 64
# A word of 60 pixels has up to a dozen anchors that see it, and all of them come before the first of a fainter word:
# with 200 candidates, 30 words filled them, and 1.3 % of the words were lost here (docs/training.md).
_CANDIDATES = 400
_MIN_SCORE = 0.05
_MAX_OVERLAP = 0.4


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str, activate: bool = True
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if activate else x


def _residual(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    y = _convolution(x, filters, 3, stride, f"{name}_first")
    y = _convolution(y, filters, 3, 1, f"{name}_second", activate=False)
    if y.shape != x.shape:
        x = _convolution(x, filters, 1, stride, f"{name}_shortcut", activate=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))


def _backbone(x: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Feature maps of stride 8, 16 and 32."""
    x = _convolution(x, 16, 3, 2, "stem")
    maps = []
    for stage, filters in enumerate(_STAGE_FILTERS):
        x = _residual(x, filters, 2, f"stride{4 << stage}")
        maps.append(x)
    return maps[1:]


def _pyramid(maps: list[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """Maps of stride 8, 16 and 32 -> maps of stride 8 and 16 that know about the coarser ones."""
    *finer, x = maps
    x = layers.Conv2D(_PYRAMID_CHANNELS, 1, name="lateral32")(x)
    merged: list[keras.KerasTensor] = []
    for lateral, stride in zip(reversed(finer), (16, 8), strict=True):
        x = layers.UpSampling2D(2, name=f"up{stride}")(x)
        # 400 rows are 50, 25 and 13 of stride 8, 16 and 32: twice 13 is one row too many.
        x = layers.Cropping2D(((0, x.shape[1] - lateral.shape[1]), (0, 0)), name=f"crop{stride}")(x)
        lateral = layers.Conv2D(_PYRAMID_CHANNELS, 1, name=f"lateral{stride}")(lateral)
        x = layers.Add(name=f"merge{stride}")([x, lateral])
        merged.insert(0, x)
    return merged


def _head(x: keras.KerasTensor, stride: int) -> keras.KerasTensor:
    for depth in range(2):
        x = _convolution(x, _PYRAMID_CHANNELS, 3, 1, f"head{stride}_{depth}")
    shapes = len(ANCHOR_SHAPES[stride])
    box = layers.Conv2D(4 * shapes, 1, name=f"head{stride}_box")(x)
    prior = keras.initializers.Constant(PRIOR_LOGIT)
    score = layers.Conv2D(len(FIELDS) * shapes, 1, bias_initializer=prior, name=f"head{stride}_score")(x)
    box = layers.Reshape((-1, 4), name=f"head{stride}_boxes")(box)
    score = layers.Reshape((-1, len(FIELDS)), name=f"head{stride}_scores")(score)
    return layers.Concatenate(name=f"head{stride}_outputs")([box, score])


def build_network(size: tuple[int, int] = INPUT_SIZE) -> keras.Model:
    """The network as it is trained. Of another `size` (width, height; multiples of 16) only its cost can be measured.

    Input: `image`, uint8 [B, 400, 640, 3]. Output: float32 [B, A, 4 + F], the box code and field
    logits of each of ANCHORS.
    """
    width, height = size
    image = keras.Input((height, width, 3), dtype="uint8", name="image")
    pyramid = _pyramid(_backbone(layers.Rescaling(1 / 127.5, -1, name="pixels")(image)))
    heads = [_head(x, stride) for x, stride in zip(pyramid, ANCHOR_SHAPES, strict=True)]
    words = layers.Concatenate(axis=1, name="words")(heads)
    return keras.Model({"image": image}, words, name="detector_network")


@keras.saving.register_keras_serializable("fvi_ocr")
class BestWords(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The network's output -> at most MAX_BOXES words that hardly overlap, best first.

    Suppression looks at all fields together: a place on the card holds one word.
    """

    def call(self, words: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """`words` as `build_network` gives them -> the outputs of `contract.SPEC`."""
        logits = words[..., 4:]
        scores, anchors = ops.top_k(ops.sigmoid(ops.max(logits, axis=-1)), _CANDIDATES)
        fields = ops.take_along_axis(ops.cast(ops.argmax(logits, axis=-1), "int32"), anchors, axis=1)
        boxes = ops.take_along_axis(decode(ANCHORS, words[..., :4]), anchors[..., None], axis=1)
        kept = suppress(boxes, _MAX_OVERLAP) * ops.cast(scores >= _MIN_SCORE, scores.dtype)
        scores, order = ops.top_k(scores * kept, MAX_BOXES)
        filled = scores > 0
        size = np.array(INPUT_SIZE[::-1] * 2, np.float32)
        boxes = ops.take_along_axis(boxes, order[..., None], axis=1) / size
        return {
            "boxes": boxes * ops.cast(filled, boxes.dtype)[..., None],
            "classes": ops.take_along_axis(fields, order, axis=1) * ops.cast(filled, "int32"),
            "scores": scores,
            "count": ops.sum(ops.cast(filled, "int32"), axis=1),
        }


def build_model(network: keras.Model | None = None) -> keras.Model:
    """The Detector as it is served: the inputs and outputs of `contract.SPEC`.

    `network`: one from `build_network` to share weights with; a new one by default.
    """
    network = network or build_network()
    return keras.Model(network.input, BestWords(name="best_words")(network.output), name="detector")

"""SSDLite on a narrow MobileNetV2, one class for each corner, and a head for what card it is.

MobileNetV2 and SSDLite: Sandler et al., arXiv:1801.04381. Three changes:

* At strides 4 and 8 the expansion is an ordinary 3 x 3 convolution (as in EfficientNetV2,
  arXiv:2104.00298): training goes from 8 to 19 images/s on one core, for depthwise ones wait for memory there.
* The corners are found at stride 8, where maps of stride 16 and 32 are added to it (FPN,
  arXiv:1612.03144): which corner it is shows only in the whole card, where it is only in few pixels.
* Every cell also says which quarter of which card it lies on. A dozen anchors around each corner
  taught the network where corners are, and nothing in 400 steps about which is which.
"""

import keras
import numpy as np
from keras import layers, ops

from models.card import CARD_CLASSES, CORNERS
from models.cropper.contract import CARD_CLASS_COUNT, INPUT_SIZE
from models.cropper.data import ANCHORS, CORNER_BOX, QUARTER_CLASSES
from models.ssd import PRIOR_LOGIT, decode, ssd_loss

_BATCH_NORM_MOMENTUM = 0.97  # trainings are short; with 0.99 the running means lag behind
_TOP_DOWN_CHANNELS = 64
# In pixels: decoded centres this near to the best one have a say in where the corner is.
_VOTE_RADIUS = 12.0
# Standard deviation, as a share of the card's diagonal, of where a corner is around the place that
# its quarter of the card points to. Chosen on the validation split.
_REACH = 0.12

LOSSES = {
    "corners": ssd_loss,
    "quarters": keras.losses.CategoricalCrossentropy(from_logits=True),
    "card": keras.losses.CategoricalCrossentropy(from_logits=True),
}
LOSS_WEIGHTS = {"corners": 1.0, "quarters": 2.0, "card": 0.5}


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str, activate: bool = True
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if activate else x


def _depthwise(x: keras.KerasTensor, stride: int, name: str) -> keras.KerasTensor:
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _fused_residual(x: keras.KerasTensor, filters: int, stride: int, expansion: int, name: str) -> keras.KerasTensor:
    y = _convolution(x, x.shape[-1] * expansion, 3, stride, f"{name}_expand")
    y = _convolution(y, filters, 1, 1, f"{name}_project", activate=False)
    return layers.Add(name=f"{name}_add")([x, y]) if y.shape == x.shape else y


def _inverted_residual(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    y = _convolution(x, x.shape[-1] * 6, 1, 1, f"{name}_expand")
    y = _depthwise(y, stride, f"{name}_depthwise")
    y = _convolution(y, filters, 1, 1, f"{name}_project", activate=False)
    return layers.Add(name=f"{name}_add")([x, y]) if y.shape == x.shape else y


def _backbone(x: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor, keras.KerasTensor]:
    """Feature maps of stride 8, 16 and 32."""
    x = _convolution(x, 12, 3, 2, "stem")
    x = _fused_residual(x, 16, 2, 2, "stride4_0")
    x = _fused_residual(x, 24, 2, 3, "stride8_0")
    stride8 = _fused_residual(x, 24, 1, 3, "stride8_1")
    x = stride8
    for block, filters in enumerate((32, 32, 32, 48, 48)):
        x = _inverted_residual(x, filters, 2 if block == 0 else 1, f"stride16_{block}")
    stride16 = x
    for block in range(3):
        x = _inverted_residual(x, 80, 2 if block == 0 else 1, f"stride32_{block}")
    return stride8, stride16, x


def _separable(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return _convolution(_depthwise(x, 1, f"{name}_depthwise"), _TOP_DOWN_CHANNELS, 1, 1, f"{name}_mix")


def _top_down(maps: tuple[keras.KerasTensor, ...], summary: keras.KerasTensor) -> keras.KerasTensor:
    stride8, stride16, stride32 = maps
    x = _convolution(stride32, _TOP_DOWN_CHANNELS, 1, 1, "top")
    context = layers.Dense(_TOP_DOWN_CHANNELS, name="context")(summary)
    x = layers.Add(name="top_context")([x, layers.Reshape((1, 1, _TOP_DOWN_CHANNELS), name="context_map")(context)])
    for lateral, name in ((stride16, "down16"), (stride8, "down8")):
        x = layers.UpSampling2D(2, name=f"{name}_up")(x)
        lateral = _convolution(lateral, _TOP_DOWN_CHANNELS, 1, 1, f"{name}_lateral", activate=False)
        x = _separable(layers.Add(name=f"{name}_add")([x, lateral]), name)
    return x


def _summary(x: keras.KerasTensor) -> keras.KerasTensor:
    """What is in the photo, wherever it is: mean and maximum, for a card may fill little of it."""
    x = _convolution(x, 160, 1, 1, "last")
    mean = layers.GlobalAveragePooling2D(name="summary_mean")(x)
    return layers.Concatenate(name="summary")([mean, layers.GlobalMaxPooling2D(name="summary_maximum")(x)])


def build_network(size: tuple[int, int] = INPUT_SIZE) -> keras.Model:
    """The network as it is trained. Of another `size` (width, height; multiples of 32) only its cost can be measured.

    Input: `image`, uint8 [B, 320, 320, 3]. Outputs: `corners`, float32 [B, N, 4 + 4], the box code
    and corner logits of each of ANCHORS; `card`, float32 [B, CARD_CLASS_COUNT], and `quarters`,
    float32 [B, N, QUARTER_CLASSES], logits.
    """
    width, height = size
    image = keras.Input((height, width, 3), dtype="uint8", name="image")
    maps = _backbone(layers.Rescaling(1 / 127.5, -1, name="pixels")(image))
    summary = _summary(maps[-1])
    x = _separable(_top_down(maps, summary), "head")
    box = layers.Conv2D(4, 1, name="head_box")(x)
    prior = keras.initializers.Constant(PRIOR_LOGIT)
    score = layers.Conv2D(len(CORNERS), 1, bias_initializer=prior, name="head_score")(x)
    corners = layers.Concatenate(name="head_outputs")([box, score])
    corners = layers.Reshape((-1, 4 + len(CORNERS)), name="corners")(corners)
    hidden = layers.Dense(64, activation="relu", name="card_hidden")(summary)
    card = layers.Dense(CARD_CLASS_COUNT, name="card")(hidden)
    quarters = layers.Conv2D(QUARTER_CLASSES, 1, name="head_quarters")(x)
    quarters = layers.Reshape((-1, QUARTER_CLASSES), name="quarters")(quarters)
    outputs = {"corners": corners, "quarters": quarters, "card": card}
    return keras.Model({"image": image}, outputs, name="cropper_network")


@keras.saving.register_keras_serializable("fvi_ocr")
class CornersNearQuarters(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Of all that looks like a corner, the four that lie where the quarters of the card say.

    The classes of the corners alone are too few pixels to trust: the corner of a portrait looks like
    a card's, and a blurred corner like nothing. The quarters are seen by hundreds of cells, so they
    say which way up the card lies and roughly where it ends, and the corners say where exactly.
    """

    def call(self, corners: keras.KerasTensor, quarters: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """Raw outputs of `build_network` -> `boxes` [B, 4, 4] as shares, `scores` [B, 4].

        A score is how much it looks like this corner there, less the further it is from where it was expected.
        """
        expected = expected_corners(quarters)  # [B, 4, 2]
        boxes = decode(ANCHORS, corners[..., :4])
        centres = ((boxes[..., :2] + boxes[..., 2:]) / 2)[:, None]  # [B, 1, N, 2]
        likelihood = ops.sigmoid(corners[..., 4:])  # [B, N, 4]
        any_corner = ops.minimum(ops.sum(likelihood, axis=-1, keepdims=True), 1.0)
        looks = ops.transpose((any_corner + likelihood) / 2, (0, 2, 1))  # [B, 4, N]
        reach = _REACH * _diagonal(expected)[:, None, None]
        distance = _squared_length(centres - expected[:, :, None])  # [B, 4, N]
        evidence = looks * ops.exp(-distance / (2 * reach**2))
        best = ops.argmax(evidence, axis=-1)[..., None]  # [B, 4, 1]
        agreed = ops.take_along_axis(ops.broadcast_to(centres, (*ops.shape(evidence), 2)), best[..., None], axis=2)
        near = looks * ops.cast(_squared_length(centres - agreed) < _VOTE_RADIUS**2, looks.dtype)
        votes = near / ops.maximum(ops.sum(near, axis=-1, keepdims=True), 1e-6)
        voted = ops.einsum("bkn,bnx->bkx", votes, centres[:, 0])
        size = np.array(INPUT_SIZE[::-1] * 2, np.float32)
        half = CORNER_BOX / 2
        return {
            "boxes": ops.concatenate([voted - half, voted + half], axis=-1) / size,
            "scores": ops.max(evidence, axis=-1),
        }


def expected_corners(quarters: keras.KerasTensor) -> keras.KerasTensor:
    """Where the corners should be, float32 [B, 4, 2] (y, x) in pixels, from `quarters` [B, N, QUARTER_CLASSES].

    The middle of a quarter lies half-way between the middle of the card and its corner.
    """
    belief = ops.softmax(quarters, axis=-1)[..., : QUARTER_CLASSES - 1]
    belief = ops.sum(ops.reshape(belief, (-1, len(ANCHORS), len(CARD_CLASSES), len(CORNERS))), axis=2)
    weight = belief / ops.maximum(ops.sum(belief, axis=1, keepdims=True), 1e-6)
    middles = ops.einsum("bnk,nx->bkx", weight, ANCHORS[:, :2])
    centre = ops.mean(middles, axis=1, keepdims=True)
    return centre + 2 * (middles - centre)


def _diagonal(corners: keras.KerasTensor) -> keras.KerasTensor:
    """The mean length of both diagonals of corners [B, 4, 2], float32 [B], at least a pixel."""
    diagonals = ops.sqrt(_squared_length(corners[:, :2] - corners[:, 2:]) + 1e-6)
    return ops.maximum(ops.mean(diagonals, axis=-1), 1.0)


def _squared_length(vectors: keras.KerasTensor) -> keras.KerasTensor:
    return ops.sum(vectors**2, axis=-1)


def build_model(network: keras.Model | None = None) -> keras.Model:
    """The Cropper as it is served: the inputs and outputs of `contract.SPEC`.

    `network`: one from `build_network` to share weights with; a new one by default.
    """
    network = network or build_network()
    raw = network.output
    best = CornersNearQuarters(name="corners_near_quarters")(raw["corners"], raw["quarters"])
    outputs = {
        "corner_boxes": best["boxes"],
        "corner_scores": best["scores"],
        "card_scores": layers.Softmax(name="card_softmax")(raw["card"]),
    }
    return keras.Model(network.input, outputs, name="cropper")

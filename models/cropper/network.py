"""SSDLite on a narrow MobileNetV2, one class for each corner, and a head for what card it is.

MobileNetV2 and SSDLite: Sandler et al., arXiv:1801.04381. Three changes:

* At strides 4 and 8 the expansion is an ordinary 3 x 3 convolution (as in EfficientNetV2,
  arXiv:2104.00298): training goes from 8 to 19 images/s on one core, for depthwise ones wait for memory there.
* The corners are found at stride 8, where maps of stride 16 and 32 are added to it (FPN,
  arXiv:1612.03144): which corner it is shows only in the whole card, where it is only in few pixels.
* In training every cell also says which quarter of which card it lies on. A dozen anchors around
  each corner taught the network where corners are, and nothing in 400 steps about which is which.
"""

import itertools

import keras
import numpy as np
from keras import layers, ops

from models.card import CARD_ASPECT, CORNERS
from models.cropper.contract import CARD_CLASS_COUNT, INPUT_SIZE
from models.cropper.data import ANCHORS, CORNER_BOX, QUARTER_CLASSES
from models.ssd import PRIOR_LOGIT, decode, ssd_loss

_BATCH_NORM_MOMENTUM = 0.97  # trainings are short; with 0.99 the running means lag behind
_TOP_DOWN_CHANNELS = 64
# In pixels: decoded centres this near to the best one have a say in where the corner is, and no
# two corners of a card that can be read are nearer to each other.
_VOTE_RADIUS = 12.0
_PLACE_RADIUS = 24.0
# More places than corners: the corners of portraits, codes and other things on the table compete.
_PLACES = 6
# Row w, column k: which of the places is corner k in way w of naming them; 360 ways.
_NAMINGS = np.array(list(itertools.permutations(range(_PLACES), len(CORNERS))), np.int32)
# How much less likely, as a logarithm, four places are the less they look like a card: out of order;
# by the square of the distance from a parallelogram over the diagonal, and of the logarithm of how
# far the sides are from ID-1's. Chosen on the validation split.
_DISORDER, _SKEW, _ASPECT = 6.0, 30.0, 15.0

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


def build_network() -> keras.Model:
    """The network as it is trained.

    Input: `image`, uint8 [B, 320, 320, 3]. Outputs: `corners`, float32 [B, N, 4 + 4], the box code
    and corner logits of each of ANCHORS; `card`, float32 [B, CARD_CLASS_COUNT], and `quarters`,
    float32 [B, N, QUARTER_CLASSES], logits. Nobody needs `quarters` once it is trained.
    """
    width, height = INPUT_SIZE
    image = keras.Input((height, width, 3), dtype="uint8", name="image")
    maps = _backbone(layers.Rescaling(1 / 127.5, -1, name="pixels")(image))
    summary = _summary(maps[-1])
    x = _separable(_top_down(maps, summary), "head")
    box = layers.Conv2D(4, 1, name="head_box")(x)
    prior = keras.initializers.Constant(PRIOR_LOGIT)
    score = layers.Conv2D(len(CORNERS), 1, bias_initializer=prior, name="head_score")(x)
    corners = layers.Concatenate(name="head_outputs")([box, score])
    corners = layers.Reshape((len(ANCHORS), 4 + len(CORNERS)), name="corners")(corners)
    hidden = layers.Dense(64, activation="relu", name="card_hidden")(summary)
    card = layers.Dense(CARD_CLASS_COUNT, name="card")(hidden)
    quarters = layers.Conv2D(QUARTER_CLASSES, 1, name="head_quarters")(x)
    quarters = layers.Reshape((len(ANCHORS), QUARTER_CLASSES), name="quarters")(quarters)
    outputs = {"corners": corners, "quarters": quarters, "card": card}
    return keras.Model({"image": image}, outputs, name="cropper_network")


@keras.saving.register_keras_serializable("fvi_ocr")
class BestCorners(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Places that look like corners, and which four are a card's, decided for all together.

    Each class alone would take its best place: two could take the same one, and a card would be
    read upside down where only one of them is sure. So the places are found first, whatever their
    class, and of all ways to name four of them the likeliest is taken: by the scores, and by how
    much the four look like a card.
    """

    def call(self, corners: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """`corners` as `build_network` gives them -> `boxes` [B, 4, 4] as shares, `scores` [B, 4].

        A score is the chance that there is a corner, times the chance that all four are named rightly.
        """
        boxes = decode(ANCHORS, corners[..., :4])
        scores = ops.sigmoid(corners[..., 4:])  # [B, N, 4 classes]
        centres = (boxes[..., :2] + boxes[..., 2:]) / 2
        places, classes, presence = _places(centres, scores)
        named = ops.take(places, _NAMINGS, axis=1)  # [B, W, 4 classes, 2]
        class_of_place = ops.take(classes, _NAMINGS, axis=1)  # [B, W, 4 places, 4 classes]
        likelihood = ops.sum(ops.log(class_of_place + 1e-3) * np.eye(len(CORNERS), dtype="float32"), (2, 3))
        present = ops.take(presence, _NAMINGS, axis=1)  # [B, W, 4]
        # A corner out of view is stood in for by some place where nothing is: its shape proves nothing.
        chance = ops.softmax(likelihood - ops.min(present, axis=2) * _unlike_a_card(named))  # [B, W]
        way = ops.one_hot(ops.argmax(chance, axis=1), len(_NAMINGS), dtype=chance.dtype)
        voted = ops.einsum("bw,bwkx->bkx", way, named)
        size = np.array(INPUT_SIZE[::-1] * 2, np.float32)
        half = CORNER_BOX / 2
        return {
            "boxes": ops.concatenate([voted - half, voted + half], axis=-1) / size,
            "scores": ops.einsum("bw,bwk->bk", way, present) * ops.max(chance, axis=1, keepdims=True),
        }


def _places(
    centres: keras.KerasTensor, scores: keras.KerasTensor
) -> tuple[keras.KerasTensor, keras.KerasTensor, keras.KerasTensor]:
    """The places of an image that look most like corners, each far from the others.

    Args:
        centres: float32 [B, N, 2] (y, x) in pixels. scores: float32 [B, N, 4] of each class there.

    Returns:
        places [B, P, 2], voted by all anchors near there; the best score of each class at each
        place [B, P, 4]; how sure it is that there is any corner [B, P].
    """
    any_corner = ops.minimum(ops.sum(scores, axis=-1), 1.0)  # [B, N]
    places, classes, presence = [], [], []
    for _ in range(_PLACES):
        best = ops.argmax(any_corner, axis=1)[:, None, None]
        distance = ops.sum((centres - ops.take_along_axis(centres, best, axis=1)) ** 2, axis=-1)  # [B, N]
        near = any_corner * ops.cast(distance < _VOTE_RADIUS**2, any_corner.dtype)
        votes = near / ops.maximum(ops.sum(near, axis=1, keepdims=True), 1e-6)
        places.append(ops.einsum("bn,bnx->bx", votes, centres))
        classes.append(ops.max(scores * ops.cast(near > 0, scores.dtype)[..., None], axis=1))
        presence.append(ops.max(any_corner, axis=1))
        any_corner = any_corner * ops.cast(distance > _PLACE_RADIUS**2, any_corner.dtype)
    return ops.stack(places, axis=1), ops.stack(classes, axis=1), ops.stack(presence, axis=1)


def _unlike_a_card(named: keras.KerasTensor) -> keras.KerasTensor:
    """float32 [B, W]: how little the corners [B, W, 4, 2] (y, x) look like a card seen by a camera."""
    edges = ops.roll(named, -1, axis=2) - named
    following = ops.roll(edges, -1, axis=2)
    turns = edges[..., 1] * following[..., 0] - edges[..., 0] * following[..., 1]
    disorder = 1.0 - ops.cast(ops.all(turns > 0, axis=2), named.dtype)  # clockwise around a convex figure
    sides = ops.sqrt(ops.sum(edges**2, axis=-1) + 1e-6)  # top, right, bottom, left
    aspect = ops.log((sides[..., 0] + sides[..., 2]) / (sides[..., 1] + sides[..., 3]) / CARD_ASPECT)
    skew = ops.sum((named[:, :, 0] + named[:, :, 2] - named[:, :, 1] - named[:, :, 3]) ** 2, axis=-1)
    diagonals = ops.sum((named[:, :, :2] - named[:, :, 2:]) ** 2, axis=(2, 3)) / 2 + 1e-6
    return _DISORDER * disorder + _SKEW * skew / diagonals + _ASPECT * aspect**2


def build_model(network: keras.Model | None = None) -> keras.Model:
    """The Cropper as it is served: the inputs and outputs of `contract.SPEC`.

    `network`: one from `build_network` to share weights with; a new one by default.
    """
    network = network or build_network()
    raw = network.output
    best = BestCorners(name="best_corners")(raw["corners"])
    outputs = {
        "corner_boxes": best["boxes"],
        "corner_scores": best["scores"],
        "card_scores": layers.Softmax(name="card_softmax")(raw["card"]),
    }
    return keras.Model(network.input, outputs, name="cropper")

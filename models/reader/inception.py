"""Inception-ResNet-v2 (Szegedy et al. 2016, arXiv 1602.07261) up to Mixed_6a, for words.

The branches are the original's. Four things are not: SAME padding (a word fills its canvas to
the border); channels times a width; the columns are halved twice only, since twelve digits may
have to share 128 pixels, the rows four times; and where the original pools the maximum, the
convolution before has the stride (on a CPU the gradient of max pooling costs as much as that of a
convolution: with it the stem took half of a training step).
"""

import math
from typing import Any

from keras import layers

BATCH_NORM_MOMENTUM = 0.98  # a short training: statistics must follow within some hundred steps
ROWS_ONLY = (2, 1)


def features(x: Any, stem_width: float, width: float, reduction_width: float, blocks: int) -> Any:
    """float32 [B, H, W, 3] -> float32 [B, H / 16, W / 4, D].

    `width` multiplies the channels, `stem_width` those of the first three layers and
    `reduction_width` those of Mixed_6a alone; `blocks` is the number of block35, 10 in the original.
    """
    x = _stem(x, stem_width, width)
    x = _mixed_5b(x, width)
    for number in range(1, blocks + 1):
        x = _block35(x, width, f"block35_{number}")
    return _mixed_6a(x, reduction_width)


def _stem(x: Any, stem_width: float, width: float) -> Any:
    x = _conv(x, 32 * stem_width, 3, "stem_1", strides=2)
    x = _conv(x, 32 * stem_width, 3, "stem_2")
    x = _conv(x, 64 * stem_width, 3, "stem_3", strides=2)
    x = _conv(x, 80 * width, 1, "stem_4")
    return _conv(x, 192 * width, 3, "stem_5", strides=ROWS_ONLY)


def _mixed_5b(x: Any, width: float) -> Any:
    name = "mixed_5b"
    one = _conv(x, 96 * width, 1, f"{name}_1x1")
    five = _conv(x, 48 * width, 1, f"{name}_5x5_in")
    five = _conv(five, 64 * width, 5, f"{name}_5x5")
    three = _conv(x, 64 * width, 1, f"{name}_3x3_in")
    three = _conv(three, 96 * width, 3, f"{name}_3x3_1")
    three = _conv(three, 96 * width, 3, f"{name}_3x3_2")
    pool = layers.AveragePooling2D(3, 1, padding="same", name=f"{name}_pool")(x)
    pool = _conv(pool, 64 * width, 1, f"{name}_pool_out")
    return layers.Concatenate(name=name)([one, five, three, pool])


def _block35(x: Any, width: float, name: str) -> Any:
    one = _conv(x, 32 * width, 1, f"{name}_1x1")
    three = _conv(x, 32 * width, 1, f"{name}_3x3_in")
    three = _conv(three, 32 * width, 3, f"{name}_3x3")
    twice = _conv(x, 32 * width, 1, f"{name}_twice_in")
    twice = _conv(twice, 48 * width, 3, f"{name}_twice_1")
    twice = _conv(twice, 64 * width, 3, f"{name}_twice_2")
    mixed = layers.Concatenate(name=f"{name}_mixed")([one, three, twice])
    residual = layers.Conv2D(x.shape[-1], 1, name=f"{name}_residual")(mixed)
    residual = layers.Rescaling(0.17, name=f"{name}_scale")(residual)  # section 3.3: keeps deep sums stable
    x = layers.Add(name=f"{name}_sum")([x, residual])
    return layers.ReLU(name=name)(x)


def _mixed_6a(x: Any, width: float) -> Any:
    name = "mixed_6a"
    one = _conv(x, 384 * width, 3, f"{name}_3x3", strides=ROWS_ONLY)
    twice = _conv(x, 256 * width, 1, f"{name}_twice_in")
    twice = _conv(twice, 256 * width, 3, f"{name}_twice_1")
    twice = _conv(twice, 384 * width, 3, f"{name}_twice_2", strides=ROWS_ONLY)
    pool = layers.AveragePooling2D(ROWS_ONLY, ROWS_ONLY, padding="same", name=f"{name}_pool")(x)
    return layers.Concatenate(name=name)([one, twice, pool])


def _conv(x: Any, channels: float, size: int, name: str, strides: int | tuple[int, int] = 1) -> Any:
    """Convolution, batch normalization without a scale, ReLU: the original's only kind."""
    channels = 8 * math.ceil(channels / 8)  # what the CPU's vector registers hold
    x = layers.Conv2D(channels, size, strides, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, scale=False, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)

"""The Reader's network: one-view Attention OCR on single words (Wojna et al. 2017, arXiv 1704.03549).

Inception-ResNet-v2 (Szegedy et al. 2016, arXiv 1602.07261) cut at Mixed_6a sees the word, learned
column codes say where each of its columns is, an LSTM with attention spells the word. In
training the columns are also asked for the word by themselves (CTC; Kim, Hori & Watanabe 2017,
arXiv 1609.06773): that teaches them an order long before attention has found one.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from models.charset import CLASSES
from models.reader.contract import INPUT_SIZE
from models.reader.decoder import Decoder, Greedy
from models.reader.inception import features

# No word on a card is longer, and steps that are never taught need not be computed.
TAUGHT_LENGTH = 12


@dataclass(frozen=True)
class Config:
    """The sizes of one Reader.

    `width` multiplies the channels of Inception-ResNet-v2 (rounded up to a multiple of 8);
    `stem_width` those of its first three layers, which see finer than the others;
    `reduction_width` those of Mixed_6a, which costs more than all before it. `blocks`: how many
    block35 (the original has 10). `column_units`: channels of a column as attention sees it.
    `context_units`: an LSTM along the columns, for each direction; 0 for none.
    """

    stem_width: float = 1.0
    width: float = 0.375
    reduction_width: float = 0.25
    blocks: int = 3
    column_units: int = 192
    context_units: int = 0
    decoder_units: int = 256
    embedding_units: int = 64
    input_size: tuple[int, int] = INPUT_SIZE  # width, height; the contract's, but where a cost is measured


DEFAULT = Config()


@dataclass(frozen=True)
class Reader:
    """Two models with the same layers.

    `training`: `image` uint8 [B, 32, 128, 3] and the true `label` int32 [B, 12] -> `logits`
    float32 [B, 13, CLASSES] and `ctc_logits` float32 [B, 32, CLASSES], whose blank is END.
    `inference`: `image` -> `ids` int32 [B, 16], END from the first END on; `confidence` float32
    [B], the probability of the whole word: the product of its characters' and of its END's;
    `char_confidence` float32 [B, 16], 0 past the end.
    """

    training: keras.Model
    inference: keras.Model


def build(config: Config = DEFAULT) -> Reader:
    """A new Reader with random weights."""
    width, height = config.input_size
    image = keras.Input((height, width, 3), dtype="uint8", name="image")
    label = keras.Input((TAUGHT_LENGTH,), dtype="int32", name="label")
    columns = _see(image, config)
    decoder = Decoder(config.decoder_units, config.embedding_units, name="decoder")
    taught = {"logits": decoder(columns, label), "ctc_logits": layers.Dense(CLASSES, name="ctc")(columns)}
    read = Greedy(decoder, name="greedy")(columns)
    return Reader(
        training=keras.Model({"image": image, "label": label}, taught, name="reader_training"),
        inference=keras.Model({"image": image}, read, name="reader"),
    )


def build_model(config: Config = DEFAULT) -> keras.Model:
    """The inference model alone; see `Reader`."""
    return build(config).inference


def _see(image: Any, config: Config) -> Any:
    """uint8 [B, 32, 128, 3] -> what stands in each column, float32 [B, 32, column_units]."""
    x = layers.Rescaling(1 / 127.5, -1.0, name="pixels")(image)
    x = features(x, config.stem_width, config.width, config.reduction_width, config.blocks)
    _, rows, columns, depth = x.shape
    x = layers.Permute((2, 1, 3), name="column_first")(x)
    x = layers.Reshape((columns, rows * depth), name="rows_as_channels")(x)
    x = layers.Dense(config.column_units, name="columns")(x)
    if config.context_units:
        lstm = layers.LSTM(config.context_units, return_sequences=True, unroll=True)
        x = layers.Bidirectional(lstm, name="context")(x)
    return Position(name="position")(x)


class Position(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Adds a learned code to each column, so that attention can tell the columns apart.

    The same as one-hot coordinates beside the features and a dense layer over both (Wojna et al.
    2017, section 2.2), without the multiplications by zero.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the codes [columns, D]."""
        self.code = self.add_weight(shape=input_shape[1:], initializer="random_normal", name="code")

    def call(self, inputs: Any) -> Any:
        """float32 [B, columns, D] -> the same shape."""
        return inputs + self.code

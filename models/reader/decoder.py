"""The half of the Reader that spells: attention over the columns and an LSTM, one character a step.

`Decoder` has the weights and learns with the true characters before (teacher forcing); `Greedy`
reads with the same weights and its own characters before.
"""

from typing import Any

from keras import layers, ops

from models.charset import CLASSES, END, MAX_LENGTH
from models.reader.contract import ALTERNATIVES

STEPS = MAX_LENGTH + 1  # every character, and the END of a word that fills them all
START = CLASSES  # what stands before the first character


class Decoder(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Attention decoder (Wojna et al. 2017, section 2) with dot-product attention.

    `decoder(columns, label)`: float32 [B, N, D], which must say themselves where they are since
    attention knows no order, and the true classes int32 [B, L] -> logits float32 [B, L + 1, CLASSES].
    """

    def __init__(self, units: int, embedding_units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.embedding = layers.Embedding(CLASSES + 1, embedding_units, name="embedding")
        self.cell = layers.LSTMCell(units, name="lstm")
        self.query = layers.Dense(units // 2, use_bias=False, name="query")
        self.key = layers.Dense(units // 2, use_bias=False, name="key")
        self.spell = layers.Dense(CLASSES, name="spell")

    def build(self, columns_shape: tuple[int | None, ...], label_shape: Any = None) -> None:  # noqa: ARG002
        """Makes the weights."""
        depth = columns_shape[-1] or 0
        self.embedding.build((None,))
        self.cell.build((None, self.embedding.output_dim + depth))
        self.query.build((None, self.units))
        self.key.build((None, None, depth))
        self.spell.build((None, self.units + depth))

    def call(self, columns: Any, label: Any) -> Any:
        """Teaches: the true character goes into the step after it."""
        keys = self.key(columns)
        character, context, state = self.start(columns)
        steps = []
        for true_character in [*ops.unstack(label, axis=1), None]:
            logits, context, state = self.step(character, context, state, columns, keys)
            steps.append(logits)
            character = true_character
        return ops.stack(steps, axis=1)

    def start(self, columns: Any) -> tuple[Any, Any, list[Any]]:
        """Character, context and state before the first step."""
        zero = ops.zeros_like(columns[:, 0, :1])  # [B, 1]: this is how the batch's size gets here
        start = ops.cast(zero[:, 0], "int32") + START
        return start, ops.mean(columns, axis=1), [ops.tile(zero, (1, self.units))] * 2

    def step(self, character: Any, context: Any, state: list[Any], columns: Any, keys: Any) -> tuple[Any, Any, Any]:
        """One character: its logits [B, CLASSES], what it looked at [B, D], and the new state."""
        seen = ops.concatenate([self.embedding(character), context], axis=-1)
        output, state = self.cell(seen, state)
        scores = ops.matmul(keys, ops.expand_dims(self.query(output), -1)) / self.key.units**0.5  # [B, N, 1]
        context = ops.squeeze(ops.matmul(ops.transpose(ops.softmax(scores, axis=1), (0, 2, 1)), columns), 1)
        return self.spell(ops.concatenate([output, context], axis=-1)), context, state


class Greedy(layers.Layer):  # type: ignore[misc]  # keras has no types
    """Reads with a Decoder's weights, always taking the likeliest character."""

    def __init__(self, decoder: Decoder, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decoder = decoder

    def build(self, columns_shape: tuple[int | None, ...]) -> None:  # noqa: ARG002
        """Makes the temperature that logits are divided by: what is read stays the same, how sure it is does not."""
        self.temperature = self.add_weight(shape=(), initializer="ones", trainable=False, name="temperature")

    def call(self, columns: Any) -> dict[str, Any]:
        """float32 [B, N, D] -> the outputs of `Reader.inference`."""
        keys = self.decoder.key(columns)
        character, context, state = self.decoder.start(columns)
        steps = []
        for _ in range(STEPS):
            logits, context, state = self.decoder.step(character, context, state, columns, keys)
            character = ops.cast(ops.argmax(logits, axis=-1), "int32")
            steps.append(logits)
        return cut(ops.softmax(ops.stack(steps, axis=1) / self.temperature))


def cut(shares: Any) -> dict[str, Any]:
    """The probabilities of all classes, [B, 17, CLASSES] -> the outputs, nothing but END from the first END on."""
    ids = ops.cast(ops.argmax(shares, axis=-1), "int32")
    probabilities = ops.max(shares, axis=-1)
    # Of what is no END, before the first END: the likeliest is the one that was read.
    others, other_ids = ops.top_k(shares[:, :MAX_LENGTH, END + 1 :], ALTERNATIVES + 1)
    is_end = ops.equal(ids, END)
    ends = ops.cumsum(ops.cast(is_end, "int32"), axis=1)
    inside = ops.equal(ends, 0)
    first_end = ops.logical_and(is_end, ops.equal(ends, 1))
    counted = ops.where(ops.logical_or(inside, first_end), probabilities, ops.ones_like(probabilities))
    spelt = inside[:, :MAX_LENGTH, None]
    other_ids = ops.where(spelt, other_ids + END + 1, ops.full_like(other_ids, END))
    others = ops.where(spelt, others, ops.zeros_like(others))
    return {
        "ids": ops.where(inside, ids, ops.full_like(ids, END))[:, :MAX_LENGTH],
        "confidence": ops.prod(counted, axis=1),
        "char_confidence": ops.where(inside, probabilities, ops.zeros_like(probabilities))[:, :MAX_LENGTH],
        "alternative_ids": ops.transpose(other_ids[:, :, 1:], (0, 2, 1)),
        "alternative_confidence": ops.transpose(others[:, :, 1:], (0, 2, 1)),
    }

"""The Reader turns crops of words into text, all words of a card in one batch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.charset import MAX_LENGTH
from models.image import mean_color, resize
from models.spec import ModelSpec, Tensors, TensorSpec

INPUT_SIZE = (128, 32)  # width, height
# A little ground around each word: boxes are never exact, and marks must not be cut off.
MARGIN = 0.10  # of the box's height, on all four sides

ALTERNATIVES = 4  # at each place, beside the character that was read

SPEC = ModelSpec(
    name="reader",
    inputs=(TensorSpec("image", "uint8", (None, INPUT_SIZE[1], INPUT_SIZE[0], 3)),),
    outputs=(
        TensorSpec("text", "string", (None,)),  # UTF-8, NFC
        TensorSpec("confidence", "float32", (None,)),  # of the whole word
        TensorSpec("char_confidence", "float32", (None, MAX_LENGTH)),  # 0 past the end
        # The likeliest other characters, rank by rank: each a string as long as the text, place by place.
        TensorSpec("alternatives", "string", (None, ALTERNATIVES), optional=True),
        TensorSpec("alternative_confidence", "float32", (None, ALTERNATIVES, MAX_LENGTH), optional=True),
    ),
)


# What networks give as classes (models.charset) and the SPEC as strings.
TEXTS = {"ids": "text", "alternative_ids": "alternatives"}
Choices = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ReadWord:
    """One word as the Reader read it.

    `choices`: for each character of `text` the characters that it may be, likeliest first, with their probabilities;
    empty where the Reader gives none.
    """

    text: str
    confidence: float
    char_confidence: tuple[float, ...]
    choices: tuple[Choices, ...] = ()


def crop(flat_card: np.ndarray, box: np.ndarray) -> np.ndarray:
    """One word cut out of the flat card: uint8 [32, 128, 3].

    The word keeps its shape until it would be wider than the canvas, then it is squeezed; what
    is left of the canvas takes the crop's mean colour.
    """
    x0, y0, x1, y1 = (float(v) for v in box)
    margin = MARGIN * (y1 - y0)
    height, width = flat_card.shape[:2]
    left, right = _clip(x0 - margin, 0, width - 2), _clip(math.ceil(x1 + margin), 2, width)
    top, bottom = _clip(y0 - margin, 0, height - 2), _clip(math.ceil(y1 + margin), 2, height)
    word = flat_card[top : max(bottom, top + 2), left : max(right, left + 2)]
    canvas_width, canvas_height = INPUT_SIZE
    inner = min(canvas_width, max(1, round(word.shape[1] * canvas_height / word.shape[0])))
    canvas = np.empty((canvas_height, canvas_width, 3), np.uint8)
    canvas[:, :inner] = resize(word, (inner, canvas_height))
    canvas[:, inner:] = mean_color(word)
    return canvas


def _clip(value: float, least: int, most: int) -> int:
    """np.clip for one number, without its microseconds; towards zero."""
    return int(min(max(value, least), most))


def prepare(flat_card: np.ndarray, boxes: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The flat card and its word boxes (x0, y0, x1, y1) -> the Reader's inputs, one row a word.

    Raises:
        ValueError: no boxes; a batch of nothing cannot be sent.
    """
    if not len(boxes):
        raise ValueError("a card without words has nothing to read")
    return {"image": np.stack([crop(flat_card, box) for box in boxes])}


def interpret(outputs: Tensors) -> list[ReadWord]:
    """The Reader's outputs -> one ReadWord for each row."""
    words = []
    for row, text in enumerate(map(_text, outputs["text"])):
        chars = tuple(float(each) for each in outputs["char_confidence"][row][: len(text)])
        words.append(ReadWord(text, float(outputs["confidence"][row]), chars, _choices(text, chars, outputs, row)))
    return words


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _choices(text: str, chars: tuple[float, ...], outputs: Tensors, row: int) -> tuple[Choices, ...]:
    if not {"alternatives", "alternative_confidence"} <= outputs.keys():
        return ()
    ranks = list(zip(map(_text, outputs["alternatives"][row]), outputs["alternative_confidence"][row], strict=True))
    if any(len(others) != len(text) for others, _ in ranks):
        return ()  # of another alphabet than characters, which nothing can be made of
    return tuple(
        ((text[at], chars[at]), *((others[at], float(shares[at])) for others, shares in ranks))
        for at in range(len(text))
    )

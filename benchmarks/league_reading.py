"""How we read in the league: the pipeline over the exported models, one thread each."""

import itertools
from collections.abc import Mapping

import numpy as np

from benchmarks.cards import Pipeline
from models.card import CardNotReadable
from models.cropper import contract as cropper
from models.pipeline import read_card
from models.reader import contract as reader
from models.spec import ModelSpec, Predict

Answer = dict[str, dict[str, str | None]]  # field -> its text and its value


class Reading:
    """The exported models of a store, in this process."""

    def __init__(self, store: str) -> None:
        self._predict = Pipeline(store, threads=1).predict

    def photo(self, photo: np.ndarray) -> Answer:
        """Photo to fields, uint8 [H, W, 3]; nothing, where it is refused."""
        return _answer(photo, self._predict)

    def load_card(self, case: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """A case's photo, and the boxes with which the Cropper would name its true corners, float32 [1, 4, 4]."""
        photo = case["photo"]
        _, placement = cropper.prepare(photo)
        x, y = (placement.to_canvas(case["corners"]) / cropper.INPUT_SIZE).T
        return photo, np.stack([y, x, y, x], axis=1)[None].astype(np.float32)

    def card(self, photo_and_boxes: tuple[np.ndarray, np.ndarray]) -> Answer:
        """The same from the true corners: the Cropper is asked, and says what card it is; its corners are replaced."""
        photo, boxes = photo_and_boxes
        looks = itertools.count()

        def predict(spec: ModelSpec, inputs: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
            outputs = self._predict(spec, inputs)
            if spec is not cropper.SPEC:
                return outputs
            # A second look sees another part of the photo, where these boxes are none: it finds nothing, to no effect.
            found = np.full((1, 4), float(next(looks) == 0), np.float32)
            return {**outputs, "corner_boxes": boxes, "corner_scores": found}

        return _answer(photo, predict)

    def lines(self, case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> list[str]:
        """The text of each line: its words, which is what the Reader reads, at their true places on the flat card."""
        flat, words, lines = case
        read = reader.interpret(self._predict(reader.SPEC, reader.prepare(flat, list(words))))
        return [
            " ".join(word.text for word, its_line in zip(read, lines, strict=True) if its_line == line)
            for line in range(int(lines.max()) + 1)
        ]


def _answer(photo: np.ndarray, predict: Predict) -> Answer:
    try:
        card = read_card(photo, predict)
    except CardNotReadable:
        return {}
    return {name: {"text": field.text, "value": field.value} for name, field in card.fields.items()}

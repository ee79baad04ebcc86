"""Words whose truth is known, read by both versions before a card is: the golden set.

golden.npz, made by `python -m models.synthetic.golden` from synthetic cards: `images` uint8 [N, 32, 128, 3],
the Reader's inputs, and `texts`, N strings. It reaches the controller as a version of the model store (versions.py).
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.charset import ALPHABET, normalize
from models.reader.contract import SPEC, interpret
from services.api.errors import ServingError
from services.api.predictor import Predictor
from services.desired import CANARY, STABLE
from services.rollout.evidence import Pairs
from services.rollout.observed import Golden

_BATCH = 32
_SECONDS = 30.0


class BadGoldenSet(ValueError):
    """The file cannot be used. `code` is stable; the message says what to do."""

    code = "bad_golden_set"


@dataclass(frozen=True)
class GoldenSet:
    """Crops of words and what is printed on them."""

    images: np.ndarray
    texts: tuple[str, ...]


def read_golden_set(path: Path) -> GoldenSet:
    """The set in a file.

    Raises:
        BadGoldenSet: it is not there, or not one.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            images, texts = arrays["images"], tuple(str(text) for text in arrays["texts"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadGoldenSet(f"{path} is no golden set ({error}): make one as docs/rollout.md says") from error
    if (
        images.dtype != np.uint8
        or images.shape[1:] != SPEC.inputs[0].shape[1:]
        or len(images) != len(texts)
        or not texts
    ):
        raise BadGoldenSet(f"{path} is no golden set: the Reader takes other pictures. Make it anew.")
    return GoldenSet(images, texts)


def compare(golden: GoldenSet, predictor: Predictor, canary: int) -> Golden | None:
    """Both versions' readings of the set; None where a model server gave no answer, or another version's."""
    right: dict[str, list[bool]] = {STABLE: [], CANARY: []}
    for first in range(0, len(golden.texts), _BATCH):
        batch = {"image": golden.images[first : first + _BATCH]}
        truth = golden.texts[first : first + _BATCH]
        for label, found in right.items():
            try:
                answer = predictor.call(SPEC, batch, label, _SECONDS)
            except ServingError as error:
                if label == CANARY and "contract" in error.context:
                    return Golden(problem=f"another signature: {error.context['contract']}")
                return None
            if label == CANARY and answer.version != canary:
                return None
            read = [word.text for word in interpret(answer.outputs)]
            if label == CANARY and set("".join(read)) - set(ALPHABET):
                return Golden(problem="another alphabet: it reads letters that no card has")
            found += [normalize(text) == normalize(true) for text, true in zip(read, truth, strict=True)]
    both = list(zip(right[STABLE], right[CANARY], strict=True))
    return Golden(Pairs(sum(a == b for a, b in both), both.count((True, False)), both.count((False, True))))

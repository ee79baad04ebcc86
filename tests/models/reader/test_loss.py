import keras
import numpy as np
import pytest

from models.charset import CLASSES, encode
from models.reader.loss import LABEL_SMOOTHING, ctc_loss, spelling_loss
from models.reader.network import TAUGHT_LENGTH


def labels(*words: str) -> np.ndarray:
    return np.array([encode(word)[:TAUGHT_LENGTH] for word in words], np.int32)


def test_ctc_equals_the_loss_of_keras() -> None:
    label = labels("Nguyễn", "001122334455", "Ấ", "ee")
    logits = np.random.default_rng(0).normal(0, 2, (4, 32, CLASSES)).astype(np.float32)
    lengths = (label > 0).sum(axis=1)
    reference = np.asarray(keras.ops.ctc_loss(label, logits, lengths, np.full(4, 32), mask_index=0))
    assert float(ctc_loss(label, logits)) == pytest.approx(reference.sum() / lengths.sum(), rel=1e-5)


def test_the_longest_word_of_one_repeated_digit_still_fits_the_columns() -> None:
    logits = np.zeros((1, 32, CLASSES), np.float32)
    assert float(ctc_loss(labels("1" * TAUGHT_LENGTH), logits)) < 100


def test_ctc_is_next_to_nothing_when_the_columns_spell_the_word() -> None:
    label = labels("11/0")
    path = [label[0, 0], 0, label[0, 1], label[0, 2], label[0, 2], label[0, 3], 0, 0]
    logits = 30 * np.eye(CLASSES, dtype=np.float32)[None, path]
    assert float(ctc_loss(label, logits)) < 1e-3


def test_spelling_counts_every_character_and_one_end() -> None:
    label = labels("Lê")
    right = np.full((1, TAUGHT_LENGTH + 1, CLASSES), -40, np.float32)
    right[0, np.arange(TAUGHT_LENGTH + 1), [*label[0], 0]] = 0
    wrong_after_the_end, wrong_end = right.copy(), right.copy()
    wrong_after_the_end[0, 5] = 0
    wrong_end[0, 2] = 0
    best = float(spelling_loss(label, right))
    assert best == pytest.approx(LABEL_SMOOTHING * 40 * (CLASSES - 1) / CLASSES, rel=1e-3)
    assert float(spelling_loss(label, wrong_after_the_end)) == best
    assert float(spelling_loss(label, wrong_end)) > best + 0.5

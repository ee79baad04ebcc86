"""What is made of the Reader's outputs, with and without alternatives."""

import numpy as np

from models.charset import MAX_LENGTH
from models.reader.contract import ALTERNATIVES, interpret


def outputs(*texts: str) -> dict[str, np.ndarray]:
    """Every character 0.5 sure, as an older Reader answers."""
    return {
        "text": np.array(texts, object),
        "confidence": np.full(len(texts), 0.25, np.float32),
        "char_confidence": np.full((len(texts), MAX_LENGTH), 0.5, np.float32),
    }


def alternatives(*ranks: str) -> dict[str, np.ndarray]:
    shares = np.array([0.2 / (rank + 1) for rank in range(ALTERNATIVES)], np.float32)
    return {
        "alternatives": np.array([ranks], object),
        "alternative_confidence": np.tile(shares[None, :, None], (1, 1, MAX_LENGTH)),
    }


def test_every_place_has_its_choices_likeliest_first() -> None:
    (word,) = interpret(outputs("1B") | alternatives("I8", "7P", "lR", "TĐ"))
    assert (word.text, word.confidence, word.char_confidence) == ("1B", 0.25, (0.5, 0.5))
    assert ["".join(char for char, _ in place) for place in word.choices] == ["1I7lT", "B8PRĐ"]
    np.testing.assert_allclose([share for _, share in word.choices[0]], [0.5, 0.2, 0.1, 0.2 / 3, 0.05], rtol=1e-6)


def test_a_reader_without_alternatives_gives_no_choices() -> None:
    assert [word.choices for word in interpret(outputs("1B", ""))] == [(), ()]


def test_alternatives_that_do_not_fit_the_text_are_none() -> None:
    (word,) = interpret(outputs("1B") | alternatives("I8", "7", "lR", "TĐ"))
    assert word.choices == ()


def test_texts_may_be_bytes_as_sessions_give_them() -> None:
    given = outputs("1B") | alternatives("I8", "7P", "lR", "TĐ")
    given = {
        name: np.vectorize(str.encode, otypes=[object])(value) if value.dtype == object else value
        for name, value in given.items()
    }
    assert interpret(given) == interpret(outputs("1B") | alternatives("I8", "7P", "lR", "TĐ"))

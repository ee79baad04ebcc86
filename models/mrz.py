"""The machine-readable zone of a card's back: ICAO 9303 part 5, TD1, three lines of 30 characters."""

from collections.abc import Sequence

LENGTH, LINES = 30, 3
# The zone has no spaces: the Detector finds, and the Reader reads, this many characters as one word.
PIECE = 10


def text_of(field: str, words: Sequence[str]) -> str:
    """What the words of a field say together: spaces between words, and in a zone between its lines alone."""
    if field != "mrz":
        return " ".join(words)
    pieces = LENGTH // PIECE
    return " ".join("".join(words[line : line + pieces]) for line in range(0, len(words), pieces))

"""Other spellings of what was read, likeliest first: at each place the Reader names the characters it would have taken.

With them a rule can choose: the likeliest spelling that is a day of the calendar, a number that agrees with the date of
birth, a word of a list. That is a beam search over what the Reader saw once, place by place; a character too many or
too few is not among them.
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import chain

from models.card import Word

# What a place may be, likeliest first, each with its share of the first one's probability: the first has 1.
Ranked = Sequence[tuple[str, float]]
MAX_SPELLINGS = 500  # that are looked at of one text
# A word that was read with at least this confidence is not corrected by a list that may be incomplete.
SURE = 0.95
LEAST = 0.02  # of the probability of what was read: a spelling that is further away was no doubt of the Reader's


def spellings(words: Sequence[Word], least: float = LEAST) -> Iterator[tuple[str, float]]:
    """(text, share) for words joined by spaces: first as they were read, with share 1, then ever less likely.

    Args:
        words: as read; those without choices stay as they are.
        least: the share of the first one's probability below which none is given.
    """
    between: list[Ranked] = [((" ", 1.0),)]
    places = list(chain.from_iterable(chain(between if at else (), _places(word)) for at, word in enumerate(words)))
    for ranks, share in likeliest(places, least):
        yield "".join(place[rank][0] for place, rank in zip(places, ranks, strict=True)), share


def likeliest(
    places: Sequence[Sequence[tuple[object, float]]], least: float = LEAST
) -> Iterator[tuple[tuple[int, ...], float]]:
    """(rank at each place, product of the shares there), from 1 down to `least`; at most MAX_SPELLINGS of them.

    Best first: each combination follows from the one that has its last place from the end, which is not the first rank,
    one rank higher, and which is at least as likely.
    """
    first = (0,) * len(places)
    waiting = [(0.0, first, 0)]
    for _ in range(MAX_SPELLINGS):
        if not waiting:
            return
        cost, ranks, changed = heapq.heappop(waiting)
        yield ranks, math.exp(-cost)
        for at in range(changed, len(places)):
            rank = ranks[at] + 1
            if rank == len(places[at]):
                continue
            ratio = places[at][rank][1] / places[at][rank - 1][1]
            if ratio > 0 and cost - math.log(ratio) <= -math.log(least):
                heapq.heappush(waiting, (cost - math.log(ratio), (*ranks[:at], rank, *ranks[at + 1 :]), at))


def _places(word: Word) -> list[Ranked]:
    if not word.choices or any(choices[0][1] <= 0 for choices in word.choices):
        return [((word.text, 1.0),)]
    return [[(char, share / choices[0][1]) for char, share in choices if share > 0] for choices in word.choices]

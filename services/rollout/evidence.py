"""How sure we may be, after any number of pairs, that a canary is worse, or that it is not worse.

A pair is one card read by both versions. It is +1 where only the canary was wrong, -1 where only
the stable version was, 0 where both were the same. Two null hypotheses about its mean, the harm:

- *harmless*, mean <= 0: evidence against it says that the canary is worse;
- *inferior*, mean >= margin: evidence against it says that the canary is worse by less than the margin.

Evidence is an e-value: what a gambler who starts with 1 would own, had they bet on every pair against
the null. Under the null it is expected to stay at 1 or below however the pairs depend on what came
before, so it ever reaches 1/alpha with probability alpha at most (Ville's inequality): one may look
after each pair and stop whenever one likes, which fixed-size tests and thresholds do not allow. The
stake is mixed uniformly over a grid (Waudby-Smith and Ramdas, "Estimating means of bounded random
variables by betting", JRSS B 86(1), 2024, https://doi.org/10.1093/jrsssb/qkad009).

The order of the pairs does not matter, so three counters are all that has to be kept or added up.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

# Shares of the largest stake at which no pair can ruin the gambler.
_STAKES = (np.arange(40) + 0.5) / 40


@dataclass(frozen=True)
class Pairs:
    """How many pairs came out how."""

    same: int = 0
    worse: int = 0  # only the canary was wrong
    better: int = 0  # only the stable version was wrong

    def __post_init__(self) -> None:
        """Raises ValueError where a count is below zero."""
        if min(self.same, self.worse, self.better) < 0:
            raise ValueError(f"counts of pairs cannot be negative: {self}")

    def __add__(self, other: Self) -> "Pairs":
        """Those of both."""
        return Pairs(self.same + other.same, self.worse + other.worse, self.better + other.better)

    @property
    def total(self) -> int:
        """How many there are."""
        return self.same + self.worse + self.better

    @property
    def harm(self) -> float:
        """The share of cards by which the canary is worse, as seen; below zero where it is better."""
        return (self.worse - self.better) / self.total if self.total else 0.0


def log_evidence_of_harm(pairs: Pairs) -> float:
    """The natural logarithm of the e-value against "harmless"."""
    return _log_wealth((pairs.same, 0.0), (pairs.worse, 1.0), (pairs.better, -1.0))


def log_evidence_of_no_harm(pairs: Pairs, margin: float) -> float:
    """The natural logarithm of the e-value against "worse by `margin` or more", a share of the cards.

    Raises:
        ValueError: the margin is not between 0 and 1.
    """
    if not 0 < margin < 1:
        raise ValueError(f"the margin must be between 0 and 1, not {margin}")
    return _log_wealth((pairs.same, margin), (pairs.better, 1 + margin), (pairs.worse, margin - 1))


def log_evidence_of_failures(canary: int, stable: int, share: float) -> float:
    """The natural logarithm of the e-value against "the canary fails no more often", from cards that one alone read.

    Cards are shared out at random, so of those that fail a canary like any other has its `share`.

    Args:
        canary, stable: how many of each one's cards failed. share: of all cards, the canary's, 0 to 1.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"the share must be between 0 and 1, not {share}")
    return _log_wealth((stable, -share), (canary, 1 - share))


def _log_wealth(*bets: tuple[int, float]) -> float:
    """Of how many bets with which gain: each multiplies what one owns by 1 + stake * gain."""
    stakes = _STAKES / -min(gain for _, gain in bets)
    logs = sum((count * np.log1p(stakes * gain) for count, gain in bets), np.zeros_like(stakes))
    largest = float(logs.max())
    return largest + float(np.log(np.mean(np.exp(logs - largest))))

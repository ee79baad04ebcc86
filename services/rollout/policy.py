"""How a version is rolled out: the numbers that people declare beforehand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from models.oracles import MEASURES
from services.desired import DECIMALS
from services.rollout.verdict import Policy


class BadPolicy(ValueError):
    """A number that cannot be meant. `code` is stable; the message says which."""

    code = "bad_policy"


@dataclass(frozen=True)
class RolloutPolicy:
    """See `verdict.Policy` for `verdict`; times are seconds, shares percent of all cards,
    to six decimals.

    Args:
        measures: what the canary is judged by, of models.oracles.MEASURES.
        shadow: cards that both versions read. shares: cards answered by the canary, step by step.
        step_seconds, step_cards: how long each step lasts at least, and how many cards the canary answers in it.
        load_seconds: a canary that does not serve everywhere, or has not read the golden set by then, is rolled back.
        limit_seconds: how long the shadow may take, and each step, before the canary is rolled back as undecided.
        linger_seconds: how long the former version stays loaded after a promotion.
        wrong_alarm: the greatest probability that one of the hard gates (errors, latency, failed cards, golden
            set) rolls back a canary that is no worse.
    """

    verdict: Policy = field(default_factory=Policy)
    measures: tuple[str, ...] = MEASURES
    shadow: float = 20.0
    shares: tuple[float, ...] = (5.0, 25.0, 50.0)
    step_seconds: float = 300.0
    step_cards: int = 100
    load_seconds: float = 900.0
    limit_seconds: float = 3 * 86_400.0
    linger_seconds: float = 3_600.0
    wrong_alarm: float = 0.001

    def __post_init__(self) -> None:
        # As the desired state has them: what is read back from there must be what was wanted.
        object.__setattr__(self, "shadow", round(self.shadow, DECIMALS))
        object.__setattr__(self, "shares", tuple(round(share, DECIMALS) for share in self.shares))
        unknown = sorted(set(self.measures) - set(MEASURES))
        if unknown or not self.measures:
            raise BadPolicy(f"measures: {', '.join(unknown) or 'none'}; there are {', '.join(MEASURES)}")
        if not 0 < self.shadow <= 100:
            raise BadPolicy(f"shadow must be above 0 and at most 100 percent, not {self.shadow}")
        if list(self.shares) != sorted(set(self.shares)) or any(not 0 < share < 100 for share in self.shares):
            raise BadPolicy(f"shares must grow and lie between 0 and 100 percent, not {list(self.shares)}")
        if not 0 < self.wrong_alarm < 1:
            raise BadPolicy(f"wrong_alarm must be between 0 and 1, not {self.wrong_alarm}")
        for name in ("step_seconds", "step_cards", "load_seconds", "limit_seconds", "linger_seconds"):
            if getattr(self, name) < 0:
                raise BadPolicy(f"{name} cannot be negative: {getattr(self, name)}")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "RolloutPolicy":
        """From a flat mapping of names and numbers, as `to_mapping` gives; what is missing has its default.

        Raises:
            BadPolicy: an unknown name, or a number that cannot be meant.
        """
        of_verdict, own = {each.name for each in fields(Policy)}, {each.name for each in fields(cls)} - {"verdict"}
        unknown = sorted(str(name) for name in values if name not in of_verdict | own)
        if unknown:
            raise BadPolicy(f"{', '.join(unknown)}: not known; there are {', '.join(sorted(of_verdict | own))}")
        lists: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        try:
            verdict = Policy(**{name: lists[name] for name in lists if name in of_verdict})
            return cls(verdict, **{name: lists[name] for name in lists if name in own})
        except (TypeError, ValueError) as error:
            raise error if isinstance(error, BadPolicy) else BadPolicy(str(error)) from error

    def to_mapping(self) -> dict[str, Any]:
        """Flat, with plain values only."""
        own = {name: value for name, value in asdict(self).items() if name != "verdict"}
        return {
            **asdict(self.verdict),
            **{name: list(value) if isinstance(value, tuple) else value for name, value in own.items()},
        }

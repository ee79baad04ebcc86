"""Two readings of the same words, counted: what differs, which is better, and which was faster."""

from dataclasses import dataclass
from itertools import chain

from rapidfuzz.distance import Levenshtein

from models.card import FIELDS_OF, Card
from models.oracles import MEASURES, faults
from models.pipeline import Seen
from models.reader.contract import SPEC as READER
from services.api.errors import ServingError
from services.api.shadow_metrics import ShadowMetrics
from services.api.trip import Sampled
from services.desired import CANARY, STABLE

# A canary that takes longer than this, and more than the wait for a batch of its own, on half of the cards is slower.
SLOWER, BATCH_SECONDS = 1.25, 0.01


@dataclass(frozen=True)
class Answered:
    """A card as it was answered, by the Reader's `version`; those of `sampled` are to read it again."""

    seen: Seen
    card: Card
    version: int
    sampled: Sampled

    @property
    def labels(self) -> tuple[str, str, str]:
        """Those of the metrics: model, stable, canary."""
        return READER.name, str(self.sampled.stable), str(self.sampled.canary)


@dataclass
class Reading:
    """What one version made of the words; `error` where it gave no answer."""

    arm: str
    card: Card | None = None
    version: int = 0
    seconds: float = 0.0
    error: ServingError | None = None


def count_pair(metrics: ShadowMetrics, answered: Answered, stable: Reading, canary: Reading) -> None:
    """Counts everything about the pair; where one gave no answer, only that."""
    outcomes = {"errors": _outcome(float(stable.error is not None), float(canary.error is not None))}
    if stable.card is not None and canary.card is not None:
        of_stable, of_canary = faults(stable.card), faults(canary.card)
        outcomes |= {measure: _outcome(of_stable[measure], of_canary[measure]) for measure in MEASURES}
        is_slower = canary.seconds > SLOWER * stable.seconds + BATCH_SECONDS
        outcomes["latency"] = "canary_worse" if is_slower else "canary_better"
        _count_agreement(metrics, answered.labels, stable.card, canary.card)
        _count_noise(metrics, answered, stable, canary)
        for reading, card in ((stable, stable.card), (canary, canary.card)):
            metrics.seconds.labels(*answered.labels, reading.arm).observe(reading.seconds)
            metrics.confidence.labels(*answered.labels, reading.arm).observe(_confidence(card))
    for measure, outcome in outcomes.items():
        metrics.pairs.labels(*answered.labels, measure, outcome).inc()


def _outcome(stable: float, canary: float) -> str:
    return "same" if stable == canary else "canary_worse" if canary > stable else "canary_better"


def _count_agreement(metrics: ShadowMetrics, labels: tuple[str, ...], stable: Card, canary: Card) -> None:
    for name in FIELDS_OF[stable.type, stable.side]:
        ours, other = _text(stable, name), _text(canary, name)
        if ours or other:
            metrics.fields.labels(*labels, name, "same" if ours == other else "differs").inc()
            metrics.edits.labels(*labels, name).inc(Levenshtein.distance(ours, other))
            metrics.letters.labels(*labels, name).inc(len(ours))


def _count_noise(metrics: ShadowMetrics, answered: Answered, stable: Reading, canary: Reading) -> None:
    """The answer's own reading against the new one by the same version: nothing should differ."""
    for reading, arm in ((stable, STABLE), (canary, CANARY)):
        if reading.version == answered.version and reading.card is not None:
            same = _texts(answered.card) == _texts(reading.card)
            metrics.noise.labels(*answered.labels, arm, "same" if same else "differs").inc()


def _text(card: Card, name: str) -> str:
    return card.fields[name].text if name in card.fields else ""


def _texts(card: Card) -> dict[str, str]:
    return {name: field.text for name, field in card.fields.items()}


def _confidence(card: Card) -> float:
    words = list(chain.from_iterable(field.words for field in card.fields.values()))
    return sum(word.confidence for word in words) / len(words) if words else 0.0

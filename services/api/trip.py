"""One card on its way through the models: its deadline, its times, and which versions saw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from models.spec import ModelSpec, Tensors
from services.api import trace
from services.api.errors import ModelNotReady, ServingError, ServingTimeout
from services.api.predictor import Predictor

# What the pipeline does just before it calls a model.
_STAGE_BEFORE = {"cropper": "fit", "detector": "warp", "reader": "crop"}
STAGES = ("wait", "decode", "fit", "cropper", "warp", "detector", "crop", "reader", "fields")


@dataclass(frozen=True)
class Sampled:
    """A card, as the digest of its photo's bytes, and the versions that are both to read it."""

    digest: bytes
    stable: int
    canary: int


@dataclass(frozen=True)
class ModelCall:
    """One call that was answered."""

    model: str
    label: str
    version: int
    seconds: float


class CardTrip:
    """models.spec.Predict for one card: a Predictor with the card's deadline, keeping a record.

    The clock starts when it is made. `mark(stage)` books the time since the last mark on a stage,
    so that the stages add up to the whole.

    Args:
        label: for every model without one in `labels`, and where the model server does not have that one.
        labels: model -> label, for this card.
        sampled: set where two versions are to read its words again when it is answered.
    """

    def __init__(
        self,
        predictor: Predictor,
        label: str,
        deadline_seconds: float,
        labels: Mapping[str, str] | None = None,
        sampled: Sampled | None = None,
    ) -> None:
        self.sampled = sampled
        self._predictor = predictor
        self._label = label
        self._labels = labels or {}
        self._last_mark = perf_counter()
        self._deadline = self._last_mark + deadline_seconds
        self._span = trace.current()
        self._stage = self._span.step()  # the stage under way; which one it was, its mark says
        self.seconds: dict[str, float] = {}
        self.calls: list[ModelCall] = []
        self.failures: list[tuple[str, str, str]] = []  # (model, label, code) of calls that were not answered
        self.fallbacks: list[str] = []  # models answered by `label` because theirs was not there

    def __call__(self, spec: ModelSpec, inputs: Tensors) -> Tensors:
        """Raises:
        ServingTimeout: nothing is left of the card's deadline.
        ServingError: as `Predictor.call`.
        """
        self.mark(_STAGE_BEFORE[spec.name])
        label = self._labels.get(spec.name, self._label)
        try:
            with self._stage.in_use():
                return self._call_or_fall_back(spec, inputs, label)
        finally:
            self.mark(spec.name)

    def _call_or_fall_back(self, spec: ModelSpec, inputs: Tensors, label: str) -> Tensors:
        try:
            return self._call(spec, inputs, label)
        except ModelNotReady:
            if label == self._label:
                raise
            self.fallbacks.append(spec.name)
            return self._call(spec, inputs, self._label)

    def _call(self, spec: ModelSpec, inputs: Tensors, label: str) -> Tensors:
        started = perf_counter()
        if started >= self._deadline:
            raise ServingTimeout(model=spec.name)
        try:
            answer = self._predictor.call(spec, inputs, label, self._deadline - started)
        except ServingError as error:
            self.failures.append((spec.name, label, error.code))
            raise
        self.calls.append(ModelCall(spec.name, label, answer.version, perf_counter() - started))
        return answer.outputs

    def seconds_left(self) -> float:
        """Until the deadline."""
        return self._deadline - perf_counter()

    def mark(self, stage: str) -> None:
        """Books the time since the last mark on `stage`."""
        now = perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last_mark
        self._last_mark = now
        self._stage.end(stage)
        self._stage = self._span.step()

    def timing_ms(self) -> dict[str, float]:
        """Milliseconds of each stage so far, and `total`."""
        timing = {stage: round(seconds * 1000, 2) for stage, seconds in self.seconds.items()}
        return {**timing, "total": round(sum(self.seconds.values()) * 1000, 2)}

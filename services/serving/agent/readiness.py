"""Whether this server should get requests."""

from collections.abc import Collection

from services.desired import STABLE
from services.serving.agent.watch import Look

# An overloaded server may be late to answer us, and taking it away makes its neighbours' load larger.
PATIENCE_SECONDS = 10.0


class Readiness:
    """Ready at first when the stable label of every desired model answers.

    Once it was, a model that has never answered does not take the server away again: a new name in
    the desired state, mistyped perhaps, reaches every replica at the same time.
    """

    def __init__(self, answered_before: Collection[str]) -> None:
        """`answered_before`: models that an agent before us had labelled, as models.config tells."""
        self._answered = set(answered_before)
        self._was_ready_once = bool(self._answered)
        self.is_ready = False

    def judge(self, desired: Collection[str] | None, look: Look | None, away_seconds: float) -> bool:
        """Look again. `desired`: names of models; None if no desired state could ever be read."""
        if look is None:
            self.is_ready = self.is_ready and away_seconds < PATIENCE_SECONDS
            return self.is_ready
        answering = {model for (model, label), version in look.answering.items() if label == STABLE and version}
        self._answered |= answering
        required = self._answered if desired is None else set(desired)
        if self._was_ready_once:
            required = required & self._answered
        self.is_ready = bool(required) and required <= answering
        self._was_ready_once |= self.is_ready
        return self.is_ready

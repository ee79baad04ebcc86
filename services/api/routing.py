"""Which cards go to a canary: the share that the desired state says, always the same ones."""

import hashlib
import os
import threading
from pathlib import Path

from services.api import logs
from services.api.metrics import Metrics
from services.api.settings import Settings
from services.api.trip import Sampled
from services.desired import CANARY, BadDesiredState, DesiredState, parse_document, read_document

_POLL_SECONDS = 1.0
_SALT = b"fvi-ocr routing"  # at most 16 bytes; another one would send other cards to the canaries
_SHADOW_SALT = b"fvi-ocr shadow"  # so that the cards of a canary are not the only ones read again


def position_of(digest: bytes, model: str, salt: bytes = _SALT) -> float:
    """Where a card stands among all cards, for one model: 0 to 99.99 percent, the same each time.

    A card goes to the canary while its position is below the traffic. So more traffic adds cards and
    takes none back. Positions for two models have nothing to do with each other.

    Args:
        digest: of the photo's bytes.
    """
    hashed = hashlib.blake2b(model.encode() + b"\0" + digest, digest_size=8, salt=salt).digest()
    return int.from_bytes(hashed, "big") % 10_000 / 100


class Router:
    """Follows the desired state. What cannot be used changes nothing: the last good document stays.

    A thread reads the document once a second. The first card starts it, in the process that reads the
    card, since threads do not survive a fork.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._path = Path(settings.desired_state) if settings.desired_state else None
        self._metrics = metrics
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._pid = 0
        self._document = b""
        self._complaint = ""
        self._state: DesiredState = {}

    def labels(self, digest: bytes) -> dict[str, str]:
        """Model -> `canary`, for every model whose canary this card goes to.

        Args:
            digest: of the photo's bytes.
        """
        if self._path is None:
            return {}
        self._start_once(self._path)
        return {
            name: CANARY
            for name, model in self._state.items()
            if model.canary is not None and position_of(digest, name) < model.traffic
        }

    def sample(self, digest: bytes, model: str) -> Sampled | None:
        """Whether both versions are to read this card again: `shadow` percent of all cards are sampled.

        Args:
            digest: of the photo's bytes.
        """
        if self._path is None:
            return None
        self._start_once(self._path)
        desired = self._state.get(model)
        if desired is None or desired.canary is None or desired.canary == desired.stable:
            return None
        is_sampled = position_of(digest, model, _SHADOW_SALT) < desired.shadow
        return Sampled(digest, desired.stable, desired.canary) if is_sampled else None

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()

    def _start_once(self, path: Path) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():
                self._refresh(path)
                threading.Thread(target=self._watch, args=(path,), name="desired-state", daemon=True).start()
                self._pid = os.getpid()

    def _watch(self, path: Path) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            self._refresh(path)

    def _refresh(self, path: Path) -> None:
        try:
            document = read_document(path)
            if document != self._document:
                self._state = parse_document(document, path)
                self._document = document
                logs.LOGGER.info("The desired state is followed", extra={"fields": {"canaries": self._canaries()}})
        except BadDesiredState as error:
            self._complain(str(error))
        else:
            self._complain("")

    def _canaries(self) -> dict[str, float]:
        return {name: model.traffic for name, model in self._state.items() if model.canary is not None}

    def _complain(self, complaint: str) -> None:
        """Logs each complaint once."""
        self._metrics.desired_state_ok.set(not complaint)
        if complaint and complaint != self._complaint:
            fields = {"code": BadDesiredState.code, "reason": complaint}
            logs.LOGGER.error("The desired state cannot be used; the last good one stays", extra={"fields": fields})
        self._complaint = complaint

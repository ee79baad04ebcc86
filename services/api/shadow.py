"""Cards read once more, by the stable Reader and by the canary, when their answer is sent.

The same words, in random order, so that neither version always has the warmer cache. One thread in
each worker does it, card by card, while the worker has time; what does not fit is dropped and counted.
A card waits as its flat picture and the places of its words (2 MB), and nothing of it leaves the process
but counts. The answer's own reading is compared with the new one by the same version: how much
readings differ though nothing does (the numbers of a batch depend on its size), without a third call.
"""

import os
import queue
import random
import threading
from collections import OrderedDict
from collections.abc import Callable
from time import perf_counter

from models.card import Card
from models.pipeline import Seen, read_seen
from models.reader.contract import SPEC as READER
from models.spec import ModelSpec, Tensors
from services.api import drain, logs
from services.api.admission import Admission
from services.api.compare import Answered, Reading, count_pair
from services.api.errors import ModelNotReady, ServingError
from services.api.predictor import Predictor
from services.api.settings import Settings
from services.api.shadow_metrics import ShadowMetrics
from services.api.trip import CardTrip, Sampled
from services.desired import CANARY, STABLE

_PLACES = 8  # cards kept at a time
_REMEMBERED = 4096  # digests of photos, 1 MB
_LOOK_SECONDS = 1.0  # how often an idle thread sees whether it should end


class Shadow:
    """Of one application. Its thread is started by the first card, in the process that read it."""

    def __init__(self, settings: Settings, predictor: Predictor, metrics: ShadowMetrics, admission: Admission) -> None:
        self._settings, self._predictor, self._metrics, self._admission = settings, predictor, metrics, admission
        self._places = threading.Semaphore(_PLACES)
        self._queue: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self._lately: OrderedDict[Sampled, None] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._pid = 0

    def keep(self, seen: Seen, card: Card, trip: CardTrip) -> list[Callable[[], None]]:
        """What is to be done when the answer is sent: nothing, unless the card is sampled and a place is free."""
        if trip.sampled is None or not seen.words or drain.is_draining():
            return []
        if not self._places.acquire(blocking=False):
            self._skip("full")
            return []
        if self._was_here(trip.sampled):  # only of a photo that has a place: one that was dropped may come again
            self._places.release()
            self._skip("again")
            return []
        version = next(call.version for call in trip.calls if call.model == READER.name)
        answered = Answered(seen, card, version, trip.sampled)
        return [lambda: self._offer(answered)]

    def close(self) -> None:
        """Ends the thread after the card at hand."""
        self._closed.set()

    def _was_here(self, sampled: Sampled) -> bool:
        """Whether the very same photo was compared lately: one that a monitor sends every minute proves nothing new."""
        with self._lock:
            was_here = sampled in self._lately
            self._lately[sampled] = None
            self._lately.move_to_end(sampled)
            if len(self._lately) > _REMEMBERED:
                self._lately.popitem(last=False)
            return was_here

    def _offer(self, answered: Answered) -> None:
        with self._lock:
            if self._pid != os.getpid():
                threading.Thread(target=self._work, name="shadow", daemon=True).start()
                self._pid = os.getpid()
        self._queue.put(answered)

    def _work(self) -> None:
        while not self._closed.is_set() and not drain.is_draining():
            try:
                answered = self._queue.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            try:
                self._compare(answered)
            except Exception as error:  # noqa: BLE001  a bug here must not end the comparison for good
                # Its message may hold what a card says: only its kind is told.
                logs.LOGGER.error("A bug in the shadow", extra={"fields": {"kind": type(error).__name__}})
                self._skip("bug")
            finally:
                self._places.release()

    def _compare(self, answered: Answered) -> None:
        if self._admission.is_busy:
            self._skip("busy")
            return
        stable, canary = Reading(STABLE), Reading(CANARY)
        for reading in random.sample((stable, canary), 2):
            self._read(answered.seen, reading)
        if any(isinstance(reading.error, ModelNotReady) for reading in (stable, canary)):
            self._skip("not_there")
        elif stable.version not in (0, answered.sampled.stable) or canary.version not in (0, answered.sampled.canary):
            self._skip("moved")  # the labels stand for other versions already, or still
        else:
            count_pair(self._metrics, answered, stable, canary)

    def _read(self, seen: Seen, reading: Reading) -> None:
        label = self._settings.label if reading.arm == STABLE else CANARY

        def predict(spec: ModelSpec, inputs: Tensors) -> Tensors:
            started = perf_counter()
            answer = self._predictor.call(spec, inputs, label, self._settings.deadline_seconds)
            reading.version = answer.version
            if not reading.seconds:  # of the words that both are given: what each reads again is not the same
                reading.seconds = perf_counter() - started
            return answer.outputs

        try:
            reading.card = read_seen(seen, predict)
        except ServingError as error:
            reading.error = error

    def _skip(self, reason: str) -> None:
        self._metrics.skipped.labels(reason).inc()

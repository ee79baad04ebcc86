"""What every route that takes images does with one: its clock, its turn, its pixels, and the card in it."""

from threading import Semaphore
from time import perf_counter

import numpy as np

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from models.image import MIN_SIDE, BadImage, decode_image, is_pdf
from models.pipeline import read_seen, see_card
from models.reader.contract import SPEC as READER
from services.api.access import Access
from services.api.admission import Admission
from services.api.errors import BodyTooLarge, ServingTimeout
from services.api.many import CardRead
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.query import Asked
from services.api.record import RequestRecord
from services.api.response import card_document, pictures
from services.api.routing import Router
from services.api.settings import Settings
from services.api.shadow import Shadow
from services.api.trip import CardTrip

MODELS = (CROPPER, DETECTOR, READER)
_PHOTOS_DECODED_AT_A_TIME = 2
_PDFS_DRAWN_AT_A_TIME = 2


class Intake:
    """Of one application: all that its views share."""

    def __init__(self, settings: Settings, predictor: Predictor, metrics: Metrics, access: Access) -> None:
        self.settings, self.predictor, self.metrics, self.access = settings, predictor, metrics, access
        self.admission = Admission(settings.threads, settings.queue, metrics.places_taken.inc)
        metrics.places.set(settings.threads + settings.queue)
        self.router = Router(settings, metrics)
        self.shadow = Shadow(settings, predictor, metrics.shadow, self.admission)
        # A large photo takes half a gigabyte while it is decoded: not in every thread at once.
        self._decoding = Semaphore(_PHOTOS_DECODED_AT_A_TIME)
        # A PDF may take many seconds: photos do not wait for it.
        self._drawing = Semaphore(_PDFS_DRAWN_AT_A_TIME)

    def trip(self, record: RequestRecord, digest: bytes, due: float) -> CardTrip:
        """Starts the clock of an image that has arrived.

        Args:
            digest: of its bytes. due: when it must be done, as perf_counter tells the time.

        Raises:
            ServingTimeout: nothing is left of its time.
        """
        seconds = due - perf_counter()
        if seconds <= 0:
            raise ServingTimeout()
        labels, sampled = self.router.labels(digest), self.router.sample(digest, READER.name)
        trip = CardTrip(self.predictor, self.settings.label, seconds, labels, sampled)
        record.trips.append(trip)
        return trip

    def decode(
        self, data: bytes, trip: CardTrip, page: int = 1, max_pixels: int = 0, min_side: int = MIN_SIDE
    ) -> np.ndarray:
        """The pixels of an image whose turn it is.

        Args:
            max_pixels: less than the settings' where it is given.

        Raises:
            BodyTooLarge: it has more bytes than are taken.
            BadImage: as `decode_image`.
            ServingTimeout: nothing is left of the deadline.
        """
        if len(data) > self.settings.max_image_bytes:
            raise BodyTooLarge()
        turns = self._drawing if is_pdf(data) else self._decoding
        if not turns.acquire(timeout=max(0.0, trip.seconds_left())):
            raise ServingTimeout()
        try:
            seconds = trip.seconds_left()
            if seconds <= 0:
                raise ServingTimeout()
            image = decode_image(data, max_pixels or self.settings.max_pixels, page, min_side, seconds)
        except BadImage:
            if trip.seconds_left() <= 0:  # a PDF is not bad because the caller's time ran out while it was drawn
                raise ServingTimeout() from None
            raise
        finally:
            turns.release()
        trip.mark("decode")
        return image

    def card(self, record: RequestRecord, data: bytes, trip: CardTrip, asked: Asked, side: str = "") -> CardRead:
        """Reads the card in a photo whose turn it is, and books it.

        Args:
            side: the only one taken; either where it is empty.

        Raises:
            BadImage, CardNotReadable, ServingError.
        """
        trip.mark("wait")
        # No name for the image: it would be kept until the card is read.
        seen = see_card(self.decode(data, trip, asked.page), trip, self.settings.gate, side)
        card = read_seen(seen, trip)
        drawn = pictures(card, seen.flat_card, asked.include)
        trip.mark("fields")
        self.metrics.count_card(card, trip)
        record.afterwards += self.shadow.keep(seen, card, trip)
        self.settings.gate.check_number(card)  # last, for a Reader that spoils numbers is to be seen by who watches it
        return CardRead(card, card_document(record.id, card, trip, asked.include, drawn))

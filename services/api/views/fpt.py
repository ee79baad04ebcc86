"""POST /vision/idr/vnm: one card, in and out as FPT.AI's reader of identity cards has it. Off by default."""

import base64
import binascii

from flask import Blueprint, Flask, Request, Response, jsonify, request

from services.api.body import one_image
from services.api.compat import BadFptRequest, error_reply, reply
from services.api.deadline import HEADER, asked_seconds, due
from services.api.failures import told_of
from services.api.intake import Intake
from services.api.query import Asked
from services.api.record import current

ROUTE = "/vision/idr/vnm"


def register(app: Flask, intake: Intake) -> None:
    """Adds the route to `app`; what goes wrong below it is told in that shape, too."""
    fpt = Blueprint("fpt", __name__)

    @fpt.post(ROUTE, strict_slashes=False)
    def read_one_card_for_fpt() -> Response:
        record, asked = current(), Asked(asked_seconds(request.headers.get(HEADER)), page=1, include=frozenset())
        request.max_form_memory_size = intake.settings.max_body_bytes
        with intake.admission.place():
            data = _image(request)
            digest = record.saw_image(data)
            trip = intake.trip(record, digest, due(intake.settings.deadline_seconds, asked.seconds, record.started))
            with intake.admission.turn(trip.seconds_left()):
                card = intake.card(record, data, trip, asked).card
        return jsonify(reply(card))

    @fpt.errorhandler(Exception)
    def answer_error(error: Exception) -> Response:
        record = current()
        told = told_of(error, record.id)
        record.code, record.context = told.code, told.context
        document, status = error_reply(told)
        response = jsonify(document)
        response.status_code = status
        response.headers.update(told.headers)
        return response

    app.register_blueprint(fpt)


def _image(request: Request) -> bytes:
    """Of the form's `image`, or its text `image_base64`; URLs are not fetched. Raises as `one_image`."""
    if "image_url" in request.form:
        raise BadFptRequest(6 if request.form["image_url"].strip() else 5)
    text = request.form.get("image_base64")
    if text is None:
        return one_image(request)
    if not text.strip():
        raise BadFptRequest(9)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadFptRequest(10) from None

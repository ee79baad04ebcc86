"""What the load consists of: whole cards, and cheaper requests that go the same way, from ingress to model server."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from tests.cluster.parts.release import CHART

SPECIMEN = (CHART / "files" / "specimen.jpg").read_bytes()


@dataclass(frozen=True)
class Shot:
    """One kind of request, a POST of a JPEG. `said` takes from an answer what must be the same in every answer."""

    path: str
    body: bytes
    said: Callable[[dict[str, Any]], object]


def _one_word() -> bytes:
    image = Image.new("RGB", (190, 40), "white")
    ImageDraw.Draw(image).text((10, 4), "25/10/1980", "black", ImageFont.load_default(28))
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=90)
    return jpeg.getvalue()


CARD = Shot("/v1/cards", SPECIMEN, lambda answer: {name: each["text"] for name, each in answer["fields"].items()})
CORNERS = Shot("/v1/corners", SPECIMEN, lambda answer: answer["card"]["type"])
WORD = Shot("/v1/text", _one_word(), lambda answer: [each["text"] for each in answer["words"]])
# Of ten requests one is a whole card. More would need more than the two cores that everything shares here: a card costs
# about 160 ms of CPU time, a word a tenth of that.
MIX = (CARD, *[WORD] * 4, CORNERS, *[WORD] * 4)

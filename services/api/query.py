"""What a request asks for besides its images: in its query and in its headers."""

import re
from dataclasses import dataclass

import numpy as np
from flask import Request

from services.api.deadline import HEADER, asked_seconds
from services.api.errors import BadRequest

# Members of a card's document that are there if asked for; without `include`, the first two are.
INCLUDES = ("words", "timing", "crop", "face", "face_crop")
DEFAULT_INCLUDES = frozenset(INCLUDES[:2])
_PAGE = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """How long the caller waits (infinity: as long as we want), which page of a file, and what to include."""

    seconds: float
    page: int
    include: frozenset[str]


def asked_by(request: Request) -> Asked:
    """What `request` asks for.

    Raises:
        BadRequest: a parameter that makes no sense.
    """
    return Asked(
        asked_seconds(request.headers.get(HEADER)),
        _page(request.args.get("page")),
        _include(request.args.getlist("include")),
    )


def asked_corners(request: Request) -> np.ndarray | None:
    """`corners=x,y,x,y,x,y,x,y` of a card in the photo -> float64 [4, 2]; None without the parameter.

    Raises:
        BadRequest: not eight numbers.
    """
    text = request.args.get("corners")
    if text is None:
        return None
    numbers = text.split(",")
    if len(numbers) != 8 or not all(_NUMBER.fullmatch(number) for number in numbers):
        raise BadRequest(
            "`corners` must be eight numbers: x,y of the card's top left, top right, bottom right, bottom left."
        )
    return np.array([float(number) for number in numbers]).reshape(4, 2)


def _page(text: str | None) -> int:
    if text is None:
        return 1
    if not _PAGE.fullmatch(text):
        raise BadRequest("`page` must be a whole number from 1 to 9999.")
    return int(text)


def _include(texts: list[str]) -> frozenset[str]:
    if not texts:
        return DEFAULT_INCLUDES
    names = {name for text in texts for name in text.split(",") if name}
    if not names <= set(INCLUDES):
        raise BadRequest(f"`include` takes {', '.join(INCLUDES)}, with commas between them; nothing else.")
    return frozenset(names)

"""The QR code of a card, read from the photo itself: its modules are smaller than pixels of the flat card.

Cards since 2021 have one (models/said.py). What it holds was written by whoever made what is in the photo: it is text
like any other, and nothing is done with it but to compare it.
"""

import cv2
import numpy as np
import zxingcpp

from models.card import Field, Polygon
from models.geometry import box_corners, homography, map_points, unit_corners
from models.image import enlarge, resize
from models.said import WITH_CODE, by_code

# Where the code is, with room for corners that were not found exactly: (x0, y0, x1, y1) as shares of the card.
_AREAS = dict(zip(WITH_CODE, ((0.8, 0.0, 1.0, 0.32), (0.72, 0.0, 1.0, 0.46)), strict=True))
# On photos of phones a module has two pixels, and the decoder wants more: three times as many are as good as any.
_ENLARGED, _LARGEST = 3.0, 960  # pixels of the longer side of what is decoded
_LONGEST = 600  # characters; with the longest names and addresses they have 200
# What a code says if it is a citizen's: its number, name, birth and sex.
_HOLDER = {"id_number", "full_name", "date_of_birth", "sex"}


def read_code(image: np.ndarray, corners: np.ndarray, kind: tuple[str, str]) -> Field | None:
    """The code of a card as a field; None where its side has none, or none can be read.

    A code is read wholly or not at all (ISO/IEC 18004: Reed-Solomon codes), so its confidence is 1. `value` is the text
    of a code that has a citizen's form, else None.

    Args:
        image: uint8 [H, W, 3], RGB, the photo.
        corners: float [4, 2], of the card in it. kind: its type and side.
    """
    if kind not in _AREAS:
        return None
    area = map_points(homography(unit_corners((1, 1)), corners), box_corners(np.array(_AREAS[kind])))
    low, high = (edge.astype(int) for edge in (np.floor(area.min(axis=0)), np.ceil(area.max(axis=0))))
    low, high = np.maximum(low, 0), np.minimum(high, image.shape[1::-1])
    if (high - low < 1).any():
        return None
    grey = cv2.cvtColor(np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]]), cv2.COLOR_RGB2GRAY)
    scale = min(_ENLARGED, _LARGEST / max(grey.shape))
    size = (round(scale * grey.shape[1]), round(scale * grey.shape[0]))
    resized = enlarge(grey, scale) if scale > 1 else resize(grey, size)
    # Made anew each time: the library complains on stderr of one that outlives the process.
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for code in zxingcpp.read_barcodes(resized, formats=formats, try_invert=False):
        text, polygon = _text(code.bytes), _outline(code.position, scale, low)
        is_inside = cv2.pointPolygonTest(area.astype(np.float32), tuple(np.mean(polygon, axis=0)), False) >= 0
        if text and is_inside:  # a code beside the card is not the card's
            return Field(text, text if by_code(text).keys() >= _HOLDER else None, 1.0, polygon, ())
    return None


def _text(data: bytes) -> str | None:
    """What the bytes of a code say; None where that is no line of text of a moderate length."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and len(text) <= _LONGEST else None


def _outline(position: zxingcpp.Position, scale: float, low: np.ndarray) -> Polygon:
    """Its corners in pixels of the photo, from the code's own top left on."""
    places = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((round(at.x / scale + low[0].item(), 1), round(at.y / scale + low[1].item(), 1)) for at in places)

"""What machines read off a card beside letters: a QR code with its fields, and bars that say nothing."""

import cv2
import numpy as np
from PIL import Image

from models.synthetic.people import Person

_QUIET = 4  # modules around a QR code (ISO/IEC 18004)


def qr_payload(person: Person) -> str:
    """Number, old number, name, birth, sex, residence and issue, as the codes of cards since 2021 hold them."""
    birth, issued = (f"{day:02d}{month:02d}{year}" for day, month, year in (person.birth, person.issued))
    old = person.old_id_number if person.has_old_id else ""
    return "|".join((person.id_number, old, person.full_name, birth, person.sex, person.place_of_residence, issued))


def qr_code(text: str, side: int) -> Image.Image:
    """`text` as a QR code in a white square of `side` pixels, each module the same whole number of them."""
    settings = cv2.QRCodeEncoder.Params()
    settings.correction_level = cv2.QRCodeEncoder_CORRECT_LEVEL_M  # 15 % of the code may be lost
    modules = cv2.QRCodeEncoder.create(settings).encode(text)[2:-2, 2:-2]  # without its margin, narrower than ours
    pixels = max(1, side // (len(modules) + 2 * _QUIET))
    code = Image.fromarray(np.kron(modules, np.ones((pixels, pixels), np.uint8)))
    square = Image.new("RGB", (side, side), (255, 255, 255))
    square.paste(code, ((side - code.width) // 2, (side - code.height) // 2))
    return square


def bars(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Rows of random bars, like a stacked barcode (PDF417) from afar."""
    width, height = size
    rows = rng.integers(0, 2, (int(rng.integers(9, 14)), int(rng.integers(110, 150)))).astype(np.uint8) * 255
    rows[:, :8] = [0, 0, 0, 0, 255, 0, 255, 0]
    rows[:, -8:] = [0, 255, 0, 255, 0, 0, 0, 0]
    return Image.fromarray(rows).convert("RGB").resize((width, height), Image.Resampling.NEAREST)

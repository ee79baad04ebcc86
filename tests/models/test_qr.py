"""The QR code of a card, read from the photo: whose it is, and what is made of one that is hostile."""

import cv2
import numpy as np
import pytest

from models.card import CARD_CLASSES
from models.geometry import unit_corners
from models.qr import read_code
from models.said import WITH_CODE, by_code
from models.synthetic.codes import qr_code
from models.synthetic.photograph import sample

KIND = ("cccd-2021", "front")
SIZE = (1600, 1000)
CORNERS = unit_corners(SIZE).astype(float)
PAYLOAD = "001090000001||Specimen Thử|01011990|Nam|Thôn Đông, Phúc Xá, Ba Đình, Hà Nội|01022021"


def photo_with(code: np.ndarray, x: float = 0.84, y: float = 0.05) -> np.ndarray:
    """A grey card that fills the photo, with a code on it."""
    photo = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    left, top = int(x * SIZE[0]), int(y * SIZE[1])
    photo[top : top + len(code), left : left + len(code)] = code
    return photo


def code_of(text: str, mode: int = cv2.QRCodeEncoder_MODE_AUTO) -> np.ndarray:
    settings = cv2.QRCodeEncoder.Params()
    settings.mode = mode
    modules = cv2.QRCodeEncoder.create(settings).encode(text)
    square = cv2.resize(modules, (220, 220), interpolation=cv2.INTER_NEAREST)
    return np.repeat(square[..., None], 3, axis=2)


@pytest.mark.parametrize("kind", WITH_CODE)
def test_the_code_of_a_photographed_card_is_read(kind: tuple[str, str]) -> None:
    shots = [sample("clean", seed, kind) for seed in range(4)]
    assert all(shot.corners is not None for shot in shots)

    codes = [read_code(shot.photo, shot.corners, kind) for shot in shots if shot.corners is not None]

    read = [code for code in codes if code is not None]
    assert len(read) >= 3
    for code in read:
        assert (code.value, code.confidence, code.words) == (code.text, 1.0, ())
        assert by_code(code.text)["date_of_birth"] < "2026"


def test_its_polygon_is_where_it_stands_in_the_photo_and_it_may_lie_any_way() -> None:
    photo = photo_with(np.asarray(qr_code(PAYLOAD, 210)))
    quarter = np.ascontiguousarray(np.rot90(photo))
    turned = np.stack([CORNERS[:, 1], SIZE[0] - CORNERS[:, 0]], axis=1)

    upright, lying = read_code(photo, CORNERS, KIND), read_code(quarter, turned, KIND)

    assert upright is not None
    assert lying is not None
    assert upright.text == lying.text == PAYLOAD
    points = np.array(upright.polygon)
    assert (points > (0.84 * SIZE[0], 0.05 * SIZE[1])).all()
    assert (points < (0.84 * SIZE[0] + 210, 0.05 * SIZE[1] + 210)).all()
    assert points[0] == pytest.approx(points.min(axis=0), abs=2)
    assert np.array(lying.polygon)[0] == pytest.approx([points[0][1], SIZE[0] - points[0][0]], abs=4)


@pytest.mark.parametrize("kind", sorted(set(CARD_CLASSES) - set(WITH_CODE)))
def test_cards_without_a_code_have_none(kind: tuple[str, str]) -> None:
    assert read_code(photo_with(np.asarray(qr_code(PAYLOAD, 210))), CORNERS, kind) is None


@pytest.mark.parametrize(
    "text", ["https://example.com", "1|2|3|4|5|6|7", "SPECIMEN", PAYLOAD.replace("01011990", "31021990")]
)
def test_a_code_of_another_form_has_no_value(text: str) -> None:
    code = read_code(photo_with(code_of(text)), CORNERS, KIND)

    assert code is not None
    assert (code.text, code.value) == (text, None)


@pytest.mark.parametrize("text", [f"{PAYLOAD}\n", f"{PAYLOAD}\x1b", f"{PAYLOAD}\u202e", "x" * 700])
def test_control_characters_and_long_texts_are_refused(text: str) -> None:
    assert read_code(photo_with(code_of(text)), CORNERS, KIND) is None


def test_what_is_no_utf_8_is_refused() -> None:
    assert read_code(photo_with(code_of("点漢字", cv2.QRCodeEncoder_MODE_KANJI)), CORNERS, KIND) is None


def test_a_code_beside_its_place_is_not_the_cards() -> None:
    code = np.asarray(qr_code(PAYLOAD, 210))
    tilted = np.array([[400, 0], [1600, 400], [1200, 1000], [0, 600]], float)

    assert read_code(photo_with(code, x=0.3), CORNERS, KIND) is None
    assert read_code(photo_with(code, x=0.86, y=0.0), tilted, KIND) is None


@pytest.mark.parametrize("corners", [CORNERS - 5000, CORNERS * 50, CORNERS / 400])
def test_a_card_that_lies_elsewhere_or_is_tiny_has_none(corners: np.ndarray) -> None:
    assert read_code(photo_with(np.asarray(qr_code(PAYLOAD, 210))), corners, KIND) is None


def test_noise_is_no_code() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (1000, 1600, 1), np.uint8) * np.full(3, 255, np.uint8)

    assert read_code(noise, CORNERS, KIND) is None

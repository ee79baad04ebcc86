"""The way of a card, from pixels to fields, told once.

Everything that runs a model goes through `predict`, so this is the same code over gRPC in
production, over Keras models in evaluation and over a dictionary in tests.
"""

from dataclasses import dataclass

import numpy as np

from models import alike, mrz, number
from models.addresses.parse import parse_address
from models.again import read_again
from models.card import (
    ADDRESSES,
    CARD_CLASSES,
    CORNERS,
    FIELDS_OF,
    ID_DIGITS,
    NAMES,
    OPTIONAL_FIELDS,
    RUNNING_TEXT,
    Card,
    CardTooSmall,
    CornersMissing,
    Field,
    NoCardFound,
    Polygon,
    Quality,
    QualityIssue,
    Word,
    WrongSide,
)
from models.charset import unaccented
from models.checks import check_card
from models.cropper import contract as cropper
from models.cropper.look import look
from models.detector import contract as detector
from models.evidence import weigh
from models.gate import Gate
from models.geometry import (
    bounding_box,
    box_corners,
    complete_parallelogram,
    is_plausible_card,
    long_edge,
    map_points,
    warp_card,
)
from models.labels import BESIDE_LABEL, without_labels
from models.layout import GAP_SCORE, with_gaps, words_by_field, zone_pieces
from models.qr import read_code
from models.quality import judge
from models.reader import contract as reader
from models.said import CODE
from models.spec import Predict
from models.values import value_of

# Below this no letter of a card has more than three pixels.
MIN_CARD_PIXELS = 160
# A word with less than this of both the Detector and the Reader is none: guilloche read as letters. Of 61 such words
# in 900 `mobile` and `hard` photos that nothing is reported on 53 were none.
MIN_SCORE = 0.5
MIN_CONFIDENCE = 0.2
MIN_CONFIDENCE_IN_GAP = 0.5  # where the Detector saw nothing at all

ReadField = list[tuple[detector.WordBox, reader.ReadWord]]


@dataclass(frozen=True)
class Seen:
    """A card before it is read: all that the Reader needs, and what an answer says beside. It holds no photo.

    `flat_card`: uint8 [H, W, 3]. `to_photo`: float64 [3, 3], from its pixels to those of the photo.
    """

    type: str
    side: str
    confidence: float
    corners: np.ndarray
    flat_card: np.ndarray
    to_photo: np.ndarray
    words: dict[str, list[detector.WordBox]]
    quality: Quality
    issues: tuple[QualityIssue, ...]
    warnings: tuple[str, ...]
    code: Field | None = None  # its QR code, which only the photo has the pixels for


def read_card(
    image: np.ndarray,
    predict: Predict,
    gate: Gate = Gate(),  # noqa: B008 (it is frozen)
    side: str = "",
) -> Card:
    """Read the one card in a photo.

    Args:
        image: uint8 [H, W, 3], RGB, upright.
        predict: runs a model.
        gate: what the photo's quality is held to.
        side: the only one taken, "front" or "back"; either where it is empty.

    Raises:
        NoCardFound: no card that we know is in the photo.
        WrongSide: the card shows its other side; the Detector and the Reader are then not asked.
        CornersMissing: fewer than three of its corners are, or they make no card.
        CardTooSmall: it has too few pixels.
        PhotoRefused: it passes a limit that refuses; the Detector and the Reader are then not asked.
        UnknownDocument: it has no identity number of its type's length, and `gate` requires one.
    """
    card = read_seen(see_card(image, predict, gate, side), predict)
    gate.check_number(card)
    return card


def see_card(
    image: np.ndarray,
    predict: Predict,
    gate: Gate = Gate(),  # noqa: B008 (it is frozen)
    side: str = "",
) -> Seen:
    """The first half of `read_card`, up to the words' places."""
    found = look(image, predict)
    card_type, found_side = card_class(found)
    if side not in ("", found_side):
        raise WrongSide(f"The photo sent as the card's {side} shows a {found_side}. Send the {side}.")
    corners, warnings = usable_corners(found)

    flat_card, photo_to_flat = warp_card(image, corners)
    quality = judge(image, flat_card, corners, float(found.corner_scores.min()), found.card_score)
    issues = gate.check(quality)
    code = read_code(image, corners, (card_type, found_side))
    del image  # several times as large as what is left of it: it need not wait for the Detector

    boxes = detector.interpret(predict(detector.SPEC, detector.prepare(flat_card)))
    kind = alike.by_fields((card_type, found_side), boxes)
    words = words_by_field(boxes, FIELDS_OF[kind], BESIDE_LABEL[kind])
    words = {name: with_gaps(found) if name in RUNNING_TEXT else found for name, found in words.items()}
    if mrz.FIELD in words:
        words[mrz.FIELD] = zone_pieces(words[mrz.FIELD])
    return Seen(
        type=kind[0],
        side=kind[1],
        confidence=found.card_score,
        corners=corners,
        flat_card=flat_card,
        to_photo=np.linalg.inv(photo_to_flat),
        words=words,
        quality=quality,
        issues=issues,
        warnings=warnings,
        code=code,
    )


def read_seen(seen: Seen, predict: Predict) -> Card:
    """The second half of `read_card`. It changes nothing of `seen`: several versions may read the same."""
    read = read_words(seen.flat_card, seen.words, ID_DIGITS[seen.type], predict)
    names = FIELDS_OF[seen.type, seen.side]
    fields = {name: assemble_field(name, read[name], seen.to_photo) for name in names if name in read}
    if seen.code is not None:
        fields[CODE] = seen.code
    missing = tuple(f"field_missing:{name}" for name in names if name not in fields and name not in OPTIONAL_FIELDS)
    card_type, side = alike.by_issue((seen.type, seen.side), fields)
    return Card(
        type=card_type,
        side=side,
        confidence=seen.confidence,
        corners=as_polygon(seen.corners),
        fields=weigh((card_type, side), fields),
        quality=seen.quality,
        issues=seen.issues,
        # Of what was read: a value that the checks' own rules corrected would always pass them.
        checks=check_card(card_type, side, {name: field.value for name, field in fields.items()}),
        warnings=seen.warnings + missing + tuple(f"quality:{issue.code}" for issue in seen.issues),
    )


def card_class(found: cropper.Found) -> tuple[str, str]:
    """(type, side) of what the Cropper saw.

    Raises:
        NoCardFound: nothing it knows.
    """
    if found.card_class is None:
        raise NoCardFound("No identity card that we know is in the photo. Fill the frame with the card.")
    return CARD_CLASSES[found.card_class]


def usable_corners(found: cropper.Found) -> tuple[np.ndarray, tuple[str, ...]]:
    """Four corners, float64 [4, 2]; one that is missing is put where a parallelogram has it.

    Raises:
        CornersMissing: two or more are missing, or the four make no card.
        CardTooSmall: the card's long edge has fewer than MIN_CARD_PIXELS.
    """
    missing = np.flatnonzero(found.corner_scores < cropper.MIN_CORNER_SCORE)
    if len(missing) > 1:
        names = ", ".join(CORNERS[index].replace("_", " ") for index in missing)
        raise CornersMissing(f"These corners of the card were not found: {names}. Show the whole card.")
    corners, warnings = found.corners, tuple[str, ...]()
    if len(missing) == 1:
        corners = complete_parallelogram(corners, int(missing[0]))
        warnings = (f"corner_completed:{CORNERS[missing[0]]}",)
    if long_edge(corners) < MIN_CARD_PIXELS:
        raise CardTooSmall("The card is too small in the photo to be read. Move closer, so that it fills the frame.")
    if not is_plausible_card(corners):
        raise CornersMissing("The corners found make no card. Hold the camera over the card and show all of it.")
    return corners, warnings


def read_words(
    flat_card: np.ndarray, words: dict[str, list[detector.WordBox]], digits: int, predict: Predict
) -> dict[str, ReadField]:
    """Every word of the card read in one batch, the unsure ones again; what is none, or part of a label, is dropped.

    `digits`: of a number of this card's type.
    """
    in_order = [word for field_words in words.values() for word in field_words]
    if not in_order:
        return {}
    in_one = _has_one_number(words)
    boxes = [number.widened(word.box) if in_one and word.field == number.FIELD else word.box for word in in_order]
    texts = reader.interpret(predict(reader.SPEC, reader.prepare(flat_card, boxes)))
    found = [
        (word, text)
        for word, text in zip(in_order, texts, strict=True)
        if word.field == mrz.FIELD or _is_word(word, text)  # a zone's pieces keep their places
    ]
    fields: dict[str, ReadField] = {}
    for word, text in read_again(found, in_one, digits, flat_card, predict):
        fields.setdefault(word.field, []).append((word, text))
    values = {name: without_labels(name, read) for name, read in fields.items()}
    return {name: read for name, read in values.items() if read}


def _is_word(box: detector.WordBox, read: reader.ReadWord) -> bool:
    """Whether something is written there: what the Detector hardly sees and the Reader cannot read is ground."""
    enough = MIN_CONFIDENCE_IN_GAP if box.score == GAP_SCORE else MIN_CONFIDENCE
    return bool(read.text) and (box.score >= MIN_SCORE or read.confidence >= enough)


def _has_one_number(words: dict[str, list[detector.WordBox]]) -> bool:
    """Whether the number is one word: pieces have no ground beside them."""
    return len(words.get(number.FIELD, ())) == 1


def assemble_field(name: str, read: ReadField, to_photo: np.ndarray) -> Field:
    """The words of one field, in reading order -> the field; sure only as its least sure word."""
    text = mrz.text_of(name, [word.text for _, word in read])
    value = value_of(name, text)
    corners = np.array([box_corners(box.box) for box, _ in read])
    outline = box_corners(bounding_box(corners.reshape(-1, 2)))
    polygon, *polygons = map(as_polygon, map_points(to_photo, np.array([outline, *corners])))
    return Field(
        text=text,
        value=value,
        confidence=min(word.confidence for _, word in read),
        polygon=polygon,
        words=tuple(
            Word(
                text=word.text,
                confidence=word.confidence,
                polygon=word_polygon,
                char_confidence=word.char_confidence,
                choices=word.choices,
            )
            for (_, word), word_polygon in zip(read, polygons, strict=True)
        ),
        unaccented=unaccented(value) if value and name in NAMES else None,
        address=parse_address(text) if name in ADDRESSES else None,
    )


def as_polygon(points: np.ndarray) -> Polygon:
    """Float [N, 2] -> points a JSON document can hold, to a tenth of a pixel."""
    return tuple((round(x, 1), round(y, 1)) for x, y in points.tolist())

"""Where each card type prints what. Positions are shares of the card, so they read like a ruler.

The layouts follow the published circulars in spirit (facts: labels, order, columns) with jitter;
there is no emblem, no seal, no face and no real security print.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from models.card import CARD_CLASSES
from models.synthetic import fonts
from models.synthetic.drawing import (
    CARD_SIZE,
    Pen,
    Style,
    blocks,
    guilloche,
    portrait,
    specimen_mark,
    wrap,
)
from models.synthetic.people import Person
from models.synthetic.sample import WordTruth

WIDTH, HEIGHT = CARD_SIZE


@dataclass(frozen=True)
class DrawnCard:
    """A card's face, uint8 [800, 1280, 3], and the truth of what is printed on it."""

    image: np.ndarray
    card_class: int
    words: tuple[WordTruth, ...]
    fields: dict[str, str]


def draw_card(rng: np.random.Generator, person: Person, card_class: int) -> DrawnCard:
    """The card of `person` of the given type; `card_class` is an index into CARD_CLASSES."""
    draw = _LAYOUTS[CARD_CLASSES[card_class]]
    pen = draw(rng, person)
    marked = specimen_mark(pen.image, rng)
    fields: dict[str, str] = {}
    for word in pen.words:
        fields[word.field] = f"{fields[word.field]} {word.text}" if word.field in fields else word.text
    return DrawnCard(np.asarray(marked), card_class, tuple(pen.words), fields)


def _date(date: tuple[int, int, int], separator: str) -> str:
    return separator.join((f"{date[0]:02d}", f"{date[1]:02d}", f"{date[2]:04d}"))


def _shade(rng: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    base = int(rng.integers(low, high))
    red, green, blue = (int(np.clip(base + rng.integers(-12, 13), 0, 255)) for _ in range(3))
    return red, green, blue


def _ground(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...]) -> Image.Image:
    base = np.array(colours[int(rng.integers(len(colours)))]) + rng.integers(-14, 15, 3)
    ground = tuple(int(v) for v in np.clip(base, 90, 250))
    ink = tuple(int(v) for v in np.clip(base - rng.integers(10, 70, 3), 0, 255))
    return Image.fromarray(guilloche(rng, CARD_SIZE, ground, ink))  # type: ignore[arg-type]


def _token(pen: Pen, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    """A plain disc where a card has its emblem."""
    draw = ImageDraw.Draw(pen.image)
    r = radius * WIDTH
    draw.ellipse((x * WIDTH - r, y * HEIGHT - r, x * WIDTH + r, y * HEIGHT + r), outline=colour, width=5)
    font = fonts.load(fonts.available(fonts.SANS)[0], int(r * 0.6))
    draw.text((x * WIDTH, y * HEIGHT), "MẪU", font=font, fill=colour, anchor="mm")


def _paragraph(
    pen: Pen, text: str, field: str, style: Style, starts: tuple[tuple[float, float], ...], right: float
) -> None:
    """A value wrapped over lines that start at the given (x, baseline) and end before `right`."""
    lines = wrap(pen, text, style, [right * WIDTH - x for x, _ in starts])
    for line, (x, baseline) in zip(lines, starts, strict=False):
        pen.value(line, field, x, baseline, style)


def _cccd_2021_front(rng: np.random.Generator, person: Person) -> Pen:
    pen = Pen(_ground(rng, ((205, 222, 214), (214, 226, 232), (226, 224, 206), (200, 220, 226))))
    dx, dy = rng.normal(0, 0.006, 2)  # the print's shift against the blank

    def at(x: float, y: float) -> tuple[float, float]:
        return (x + dx) * WIDTH, (y + dy) * HEIGHT

    label_font, value_font = fonts.pick(rng, fonts.SANS), fonts.pick(rng, fonts.SANS)
    dark = _shade(rng, 15, 60)
    label = Style(label_font, int(rng.integers(23, 28)), dark)
    value = Style(value_font, int(rng.integers(31, 38)), _shade(rng, 5, 50), float(rng.uniform(0.2, 0.36)))
    head = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(25, 30)), dark)
    red = (int(rng.integers(150, 215)), int(rng.integers(20, 60)), int(rng.integers(20, 60)))

    _token(pen, 0.115, 0.165, 0.06, red)
    pen.label("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.52 * WIDTH, 0.085 * HEIGHT, head, centred=True)
    pen.label("Độc lập - Tự do - Hạnh phúc", 0.52 * WIDTH, 0.125 * HEIGHT, label, centred=True)
    pen.label("SOCIALIST REPUBLIC OF VIET NAM", 0.52 * WIDTH, 0.165 * HEIGHT, label, centred=True)
    pen.label("Independence - Freedom - Happiness", 0.52 * WIDTH, 0.205 * HEIGHT, label, centred=True)
    title = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(44, 54)), red)
    pen.label("CĂN CƯỚC CÔNG DÂN", 0.54 * WIDTH, 0.29 * HEIGHT, title, centred=True)
    pen.label("Citizen Identity Card", 0.54 * WIDTH, 0.33 * HEIGHT, label, centred=True)
    side = int(rng.uniform(0.12, 0.14) * WIDTH)
    pen.image.paste(blocks(rng, side), (int(0.84 * WIDTH), int(0.04 * HEIGHT)))
    pen.image.paste(portrait(rng, (int(0.23 * WIDTH), int(0.47 * HEIGHT))), (int(0.035 * WIDTH), int(0.34 * HEIGHT)))

    left, right = 0.3 + rng.uniform(-0.008, 0.008), 0.965
    x, y = at(left, 0.43)
    number = Style(value_font, int(rng.integers(42, 54)), value.colour if rng.random() < 0.6 else red)
    end = pen.label("Số / No.:", x, y, label)
    pen.value(person.id_number, "id_number", end + 18, y, number)
    x, y = at(left, 0.49)
    pen.label("Họ và tên / Full name:", x, y, label)
    x, y = at(left, 0.545)
    _paragraph(pen, person.full_name.upper(), "full_name", value, ((x, y),), right)
    x, y = at(left, 0.605)
    end = pen.label("Ngày sinh / Date of birth:", x, y, label)
    pen.value(_date(person.birth, "/"), "date_of_birth", end + 14, y, value)
    x, y = at(left, 0.665)
    end = pen.label("Giới tính / Sex:", x, y, label)
    end = pen.value(person.sex, "sex", end + 14, y, value)
    end = pen.label("Quốc tịch / Nationality:", max(end + 30, x + 0.26 * WIDTH), y, label)
    pen.value("Việt Nam", "nationality", end + 14, y, value)
    x, y = at(left, 0.72)
    pen.label("Quê quán / Place of origin:", x, y, label)
    x, y = at(left, 0.775)
    small = value if pen.width(person.place_of_origin, value) < right * WIDTH - x else _narrow(value, 0.8)
    _paragraph(pen, person.place_of_origin, "place_of_origin", small, ((x, y),), right)
    x, y = at(left, 0.835)
    end = pen.label("Nơi thường trú / Place of residence:", x, y, label)
    second = at(left, 0.893)
    third = at(left, 0.948)
    starts = ((end + 14, y), second, third)
    _paragraph(pen, person.place_of_residence, "place_of_residence", _narrow(value, 0.92), starts, right)
    x, y = at(0.03, 0.865)
    small_label = _narrow(label, 0.85)
    end = pen.label("Có giá trị đến:", x, y, small_label)
    pen.label("Date of expiry:", x, y + 0.045 * HEIGHT, small_label)
    expiry = _date(person.expiry, "/") if person.expiry else "Không thời hạn"
    under = rng.random() < 0.5 or person.expiry is None
    x, y = (x, y + 0.09 * HEIGHT) if under else (end + 10, y + 0.03 * HEIGHT)
    pen.value(expiry, "date_of_expiry", x, y, _narrow(value, 0.8 if under else 0.72))
    return pen


def _narrow(style: Style, factor: float) -> Style:
    return Style(style.font, int(style.size * factor), style.colour, style.gap)


def _cmnd_9_front(rng: np.random.Generator, person: Person) -> Pen:
    pen = Pen(_ground(rng, ((206, 224, 206), (222, 228, 208), (214, 228, 222), (228, 226, 212))))
    dx, dy = rng.normal(0, 0.008, 2)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x + dx) * WIDTH, (y + dy) * HEIGHT

    serif = rng.random() < 0.6
    label_font = fonts.pick(rng, fonts.SERIF if serif else fonts.SANS)
    value_font = fonts.pick(rng, (*fonts.SERIF, *fonts.SANS, *fonts.MONO))
    dark = _shade(rng, 20, 80)
    label = Style(label_font, int(rng.integers(30, 36)), dark)
    value = Style(value_font, int(rng.integers(33, 42)), _shade(rng, 10, 75), float(rng.uniform(0.22, 0.45)))
    head = Style(label_font, int(rng.integers(30, 35)), dark)
    red = (int(rng.integers(150, 215)), int(rng.integers(20, 70)), int(rng.integers(20, 70)))

    _token(pen, 0.14, 0.17, 0.07, dark)
    pen.label("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.63 * WIDTH, 0.09 * HEIGHT, head, centred=True)
    pen.label("Độc lập - Tự do - Hạnh phúc", 0.63 * WIDTH, 0.145 * HEIGHT, label, centred=True)
    title = Style(label_font, int(rng.integers(44, 54)), red)
    pen.label("GIẤY CHỨNG MINH NHÂN DÂN", 0.63 * WIDTH, 0.235 * HEIGHT, title, centred=True)
    number = Style(fonts.pick(rng, (*fonts.SERIF, *fonts.MONO)), int(rng.integers(48, 60)), red)
    x, y = at(0.46, 0.325)
    end = pen.label("SỐ", x, y, label)
    pen.value(person.old_id_number, "id_number", end + 24, y, number)
    pen.image.paste(portrait(rng, (int(0.24 * WIDTH), int(0.5 * HEIGHT))), (int(0.04 * WIDTH), int(0.4 * HEIGHT)))

    left, right = 0.315 + rng.uniform(-0.01, 0.01), 0.97
    rows = [0.42, 0.5, 0.58, 0.66, 0.74, 0.82, 0.9, 0.965]
    dots = rng.random() < 0.7
    if dots:
        _dotted_lines(pen, [at(left, row)[1] for row in rows[:-1]], left * WIDTH, right * WIDTH, dark)
    name = person.full_name.upper() if rng.random() < 0.8 else person.full_name
    x, y = at(left, rows[0])
    end = pen.label("Họ tên" if not dots else "Họ tên:", x, y, label) + 20
    _paragraph(pen, name, "full_name", value, ((end, y), at(left, rows[1])), right)
    x, y = at(left, rows[2])
    end = pen.label("Sinh ngày", x, y, label) + 24
    pen.value(_date(person.birth, "-"), "date_of_birth", end, y, value)
    x, y = at(left, rows[3])
    end = pen.label("Nguyên quán", x, y, label) + 20
    _paragraph(pen, person.place_of_origin, "place_of_origin", value, ((end, y), at(left, rows[4])), right)
    x, y = at(left, rows[5])
    end = pen.label("Nơi ĐKHK thường trú", x, y, label) + 18
    starts = ((end, y), at(left, rows[6]), at(left, rows[7]))
    _paragraph(pen, person.place_of_residence, "place_of_residence", value, starts, right)
    return pen


def _dotted_lines(pen: Pen, baselines: list[float], x0: float, x1: float, colour: tuple[int, int, int]) -> None:
    draw = ImageDraw.Draw(pen.image)
    for baseline in baselines:
        for x in np.arange(x0, x1, 9):
            draw.ellipse((x, baseline + 5, x + 2, baseline + 7), fill=colour)


_LAYOUTS: dict[tuple[str, str], Callable[[np.random.Generator, Person], Pen]] = {
    ("cccd-2021", "front"): _cccd_2021_front,
    ("cmnd-9", "front"): _cmnd_9_front,
}

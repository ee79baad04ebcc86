"""Cards that are no identity card of ours: what the Cropper must not know. Nobody's design, another one each time."""

import numpy as np
from PIL import Image, ImageDraw

from models.synthetic import fonts
from models.synthetic.drawing import CARD_SIZE, Colour, Style, specimen_mark
from models.synthetic.layouts.parts import Face, blank
from models.synthetic.people import scrambled_lines

_WORDS = (
    "CARD MEMBER LICENCE PERMIT STUDENT BANK CLUB CREDIT DEBIT VALID THRU NAME DATE NUMBER CLASS ISSUED SEX BIRTH "
    "GIẤY PHÉP LÁI XE THẺ SINH VIÊN BẢO HIỂM Y TẾ HẠNG LỚP TRƯỜNG ĐẠI HỌC CÔNG TY HỌ TÊN NGÀY SINH MÃ SỐ CÓ GIÁ TRỊ"
).split()
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<<<<"


def other_card(rng: np.random.Generator) -> np.ndarray:
    """A card of some other kind, uint8 [800, 1280, 3]: some ground, some words, some things that cards have."""
    face = _ground(rng)
    dark = int(np.asarray(face.image.resize((1, 1)).convert("L"))[0, 0]) < 110
    inks = [_ink(rng, dark) for _ in range(3)]
    things = (_portrait, _code, _chip, _stripe, _mark, _zone, _bars)
    for index in rng.permutation(len(things))[: int(rng.integers(0, 4))]:
        things[index](rng, face)
    for _ in range(int(rng.integers(1, 4))):
        _heading(rng, face, inks)
    _lines(rng, face, inks)
    return np.asarray(specimen_mark(face.image, rng))


def _ground(rng: np.random.Generator) -> Face:
    pale = rng.random() < 0.5  # as ours are: they must not be known by their colour
    colour = tuple(int(v) for v in rng.integers(180 if pale else 20, 256, 3))
    if rng.random() < 0.5:
        return blank(rng, ((colour[0], colour[1], colour[2]),), shift=0.0)
    other = rng.integers(180 if pale else 20, 256, 3)
    slope = np.linspace(0, 1, CARD_SIZE[0], dtype=np.float32)[None, :, None] * float(rng.random() < 0.5)
    picture = np.array(colour) * (1 - slope) + other * slope
    return Face(Image.fromarray(np.broadcast_to(picture, (*CARD_SIZE[::-1], 3)).astype(np.uint8)))


def _ink(rng: np.random.Generator, on_dark: bool) -> Colour:
    low, high = (170, 256) if on_dark else (0, 110)
    red, green, blue = (int(v) for v in rng.integers(low, high, 3))
    return red, green, blue


def _style(rng: np.random.Generator, inks: list[Colour], low: int, high: int) -> Style:
    families = (fonts.SANS, fonts.SERIF, fonts.MONO)[int(rng.choice(3, p=[0.6, 0.3, 0.1]))]
    return Style(fonts.pick(rng, families), int(rng.integers(low, high)), inks[int(rng.integers(len(inks)))])


def _heading(rng: np.random.Generator, face: Face, inks: list[Colour]) -> None:
    text = " ".join(str(word) for word in rng.choice(_WORDS, int(rng.integers(1, 6))))
    face.heading(text, rng.uniform(0.3, 0.7), rng.uniform(0.08, 0.4), _style(rng, inks, 26, 70))


def _lines(rng: np.random.Generator, face: Face, inks: list[Colour]) -> None:
    """Columns of captions and values, of which a bank's card has few and a permit many."""
    caption, value = _style(rng, inks, 18, 32), _style(rng, inks, 24, 48)
    texts = [*scrambled_lines(rng), f"{rng.integers(0, 10**9):09d}", "12/03/1990", "4000 0000 0000 0000"]
    left, y = rng.uniform(0.05, 0.4), rng.uniform(0.3, 0.6)
    step = rng.uniform(0.055, 0.12)
    while y < 0.95 and rng.random() < 0.9:
        end = left
        if rng.random() < 0.7:
            end = face.label(f"{rng.choice(_WORDS).capitalize()}:", *face.at(left, y), caption) / CARD_SIZE[0] + 0.015
        face.label(str(rng.choice(texts)), *face.at(end, y), value)
        y += step


def _portrait(rng: np.random.Generator, face: Face) -> None:
    width = rng.uniform(0.12, 0.3)
    face.portrait(rng, rng.uniform(0.03, 0.95 - width), rng.uniform(0.1, 0.45), width, rng.uniform(0.3, 0.5))


def _code(rng: np.random.Generator, face: Face) -> None:
    modules = Image.fromarray(rng.integers(0, 2, (33, 33)).astype(np.uint8) * 255).convert("RGB")
    side = int(rng.uniform(0.1, 0.3) * CARD_SIZE[0])
    face.paste(modules.resize((side, side), Image.Resampling.NEAREST), rng.uniform(0.05, 0.7), rng.uniform(0.05, 0.55))


def _chip(rng: np.random.Generator, face: Face) -> None:
    face.chip(rng.uniform(0.04, 0.8), rng.uniform(0.2, 0.6))


def _stripe(rng: np.random.Generator, face: Face) -> None:
    top = rng.uniform(0.05, 0.3)
    box = (0, top * CARD_SIZE[1], CARD_SIZE[0], (top + rng.uniform(0.1, 0.2)) * CARD_SIZE[1])
    ImageDraw.Draw(face.image).rectangle(box, fill=tuple(int(v) for v in rng.integers(0, 90, 3)))


def _mark(rng: np.random.Generator, face: Face) -> None:
    red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
    face.token(rng.uniform(0.1, 0.9), rng.uniform(0.12, 0.3), rng.uniform(0.04, 0.08), (red, green, blue))


def _zone(rng: np.random.Generator, face: Face) -> None:
    """Two long lines, as passports have them, or three of another country's card."""
    length, rows = (44, (0.84, 0.93)) if rng.random() < 0.6 else (30, (0.73, 0.825, 0.92))
    face.machine_readable(["".join(rng.choice(list(_LETTERS), length)) for _ in rows], rows)


def _bars(rng: np.random.Generator, face: Face) -> None:
    face.bars(rng, rng.uniform(0.05, 0.4), rng.uniform(0.05, 0.75), rng.uniform(0.3, 0.55), rng.uniform(0.08, 0.18))

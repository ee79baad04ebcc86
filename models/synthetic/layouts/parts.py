"""What layouts share: a face to print on, with positions as shares of the card, and a form of captions and values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from models.mrz import PIECE
from models.synthetic import codes, fonts
from models.synthetic.drawing import CARD_SIZE, Colour, Pen, Style, guilloche, portrait, wrap
from models.synthetic.issuing import Date

WIDTH, HEIGHT = CARD_SIZE
NO_EXPIRY = "Không thời hạn"
_SMALLEST = 0.55  # how much smaller than usual a text may be printed where it does not fit

Starts = Sequence[tuple[float, float]]


@dataclass
class Face(Pen):
    """A pen on a card whose print is shifted against the blank. Positions are shares of the card, or pixels."""

    shift: tuple[float, float] = (0.0, 0.0)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Shares -> pixels of the shifted print."""
        return (x + self.shift[0]) * WIDTH, (y + self.shift[1]) * HEIGHT

    def heading(self, text: str, x: float, y: float, style: Style) -> None:
        """Part of the blank, so not shifted, with its middle at `x`."""
        self.label(text, x * WIDTH, y * HEIGHT, style, centred=True)

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        """A picture with its top left corner at `x`, `y`."""
        self.image.paste(picture, (int(x * WIDTH), int(y * HEIGHT)))

    def portrait(self, rng: np.random.Generator, x: float, y: float, width: float, height: float) -> None:
        """A figure in place of the holder's photo."""
        self.paste(portrait(rng, (int(width * WIDTH), int(height * HEIGHT))), x, y)

    def token(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A plain disc where a card has its emblem."""
        draw = ImageDraw.Draw(self.image)
        r = radius * WIDTH
        draw.ellipse((x * WIDTH - r, y * HEIGHT - r, x * WIDTH + r, y * HEIGHT + r), outline=colour, width=5)
        font = fonts.load(fonts.available(fonts.SANS)[0], int(r * 0.6))
        draw.text((x * WIDTH, y * HEIGHT), "MẪU", font=font, fill=colour, anchor="mm")

    def chip(self, x: float, y: float) -> None:
        """A plain plate where a card has its chip, with its top left corner at `x`, `y`."""
        draw = ImageDraw.Draw(self.image)
        left, top, right, bottom = x * WIDTH, y * HEIGHT, (x + 0.125) * WIDTH, (y + 0.17) * HEIGHT
        draw.rounded_rectangle((left, top, right, bottom), 18, fill=(214, 190, 120), outline=(120, 100, 50), width=3)
        for share in (0.33, 0.67):
            across, down = left + share * (right - left), top + share * (bottom - top)
            draw.line((across, top, across, bottom), fill=(120, 100, 50), width=2)
            draw.line((left, down, right, down), fill=(120, 100, 50), width=2)

    def fingerprint(self, rng: np.random.Generator, x: float, y: float, height: float) -> None:
        """A plain grey oval in a box, with the box's middle at `x`, `y`: nobody's print."""
        draw = ImageDraw.Draw(self.image)
        half_height = height * HEIGHT / 2
        half_width = 0.8 * half_height
        middle = np.array([x * WIDTH, y * HEIGHT] * 2)
        reach = np.array([-half_width, -half_height, half_width, half_height])
        grey = int(rng.integers(110, 180))
        draw.rectangle(tuple(middle + reach), outline=(grey - 50,) * 3, width=2)
        draw.ellipse(tuple(middle + rng.uniform(0.6, 0.85) * reach), fill=(grey,) * 3)

    def bars(self, rng: np.random.Generator, x: float, y: float, width: float, height: float) -> None:
        """A barcode that says nothing."""
        self.paste(codes.bars(rng, (int(width * WIDTH), int(height * HEIGHT))), x, y)

    def dotted_lines(self, baselines: Sequence[float], x0: float, x1: float, colour: Colour) -> None:
        """Dots to write on, under each of `baselines`; everything in pixels."""
        draw = ImageDraw.Draw(self.image)
        for baseline in baselines:
            for x in np.arange(x0, x1, 9):
                draw.ellipse((x, baseline + 5, x + 2, baseline + 7), fill=colour)

    def machine_readable(self, lines: Sequence[str], baselines: Sequence[float]) -> None:
        """The zone's lines, 2.54 mm from letter to letter (ICAO 9303 part 3); every PIECE letters are a word."""
        stem = fonts.machine_readable()
        pitch = 2.54 / 85.6 * WIDTH
        style = Style(stem, int(100 * pitch / fonts.load(stem, 100).getlength("<")), (20, 20, 25))
        for line, y in zip(lines, baselines, strict=True):
            length = self.width(line, style)
            x = 0.5 * WIDTH - length / 2 + self.shift[0] * WIDTH
            for start in range(0, len(line), PIECE):
                piece = line[start : start + PIECE]
                self.value(piece, "mrz", x + length * start / len(line), (y + self.shift[1]) * HEIGHT, style)

    def paragraph(self, text: str, field: str, style: Style, starts: Starts, right: float) -> None:
        """A value wrapped over lines that start at the given (x, baseline) in pixels and end before `right`."""
        for line, (x, baseline) in zip(self._wrapped(text, style, starts, right), starts, strict=False):
            self.value(line, field, x, baseline, style)

    def fitting(self, text: str, style: Style, starts: Starts, right: float) -> Style:
        """`style`, smaller where the last of the lines would not hold what is left of `text`."""
        fitted, factor = style, 1.0
        while factor > _SMALLEST:
            lines = self._wrapped(text, fitted, starts, right)
            if all(x + self.width(line, fitted) <= right * WIDTH for line, (x, _) in zip(lines, starts, strict=False)):
                break
            factor *= 0.95
            fitted = scaled(style, factor)
        return fitted

    def _wrapped(self, text: str, style: Style, starts: Starts, right: float) -> list[str]:
        return wrap(self, text, style, [right * WIDTH - x for x, _ in starts])


@dataclass
class Form:
    """Captions and values in two styles, in a column that ends at `right`."""

    face: Face
    caption: Style
    value: Style
    right: float = 0.965

    @property
    def gap(self) -> float:
        """Pixels from a caption to its value."""
        return 0.5 * self.caption.size

    def print(self, caption: str, x: float, y: float) -> float:
        """A caption without a value; returns where it ends, in pixels."""
        return self.face.label(caption, *self.face.at(x, y), self.caption)

    def entry(self, caption: str, field: str, text: str, x: float, y: float, style: Style | None = None) -> float:
        """A caption and its value behind it; returns the share of the card where that ends."""
        end = self.print(caption, x, y) + self.gap
        if text:
            end = self.face.value(text, field, end, self.face.at(x, y)[1], style or self.value)
        return end / WIDTH - self.face.shift[0]

    def block(self, caption: str, field: str, text: str, x: float, rows: Sequence[float]) -> None:
        """A caption and behind it a value that goes on in the other rows, all but the first from `x` on."""
        starts = [self.face.at(x, y) for y in rows]
        starts[0] = (self.print(caption, x, rows[0]) + self.gap, starts[0][1])
        self._paragraph(field, text, starts)

    def below(self, caption: str, field: str, text: str, x: float, rows: Sequence[float]) -> None:
        """A caption in the first row and its value in the others."""
        self.print(caption, x, rows[0])
        self.lines(field, text, x, rows[1:])

    def lines(self, field: str, text: str, x: float, rows: Sequence[float]) -> None:
        """A value without a caption."""
        self._paragraph(field, text, [self.face.at(x, y) for y in rows])

    def _paragraph(self, field: str, text: str, starts: Starts) -> None:
        style = self.face.fitting(text, self.value, starts, self.right)
        self.face.paragraph(text, field, style, starts, self.right)

    def centred(self, field: str, text: str, middle: float, rows: Sequence[float], width: float) -> None:
        """A value in lines of at most `width` around `middle`."""
        x = (middle - width / 2) * WIDTH
        starts = [(x, y * HEIGHT) for y in rows]
        style = self.face.fitting(text, self.value, starts, middle + width / 2)
        lines = wrap(self.face, text, style, [width * WIDTH] * len(rows))
        for line, y in zip(lines, rows, strict=False):
            left, baseline = self.face.at(middle, y)
            self.face.value(line, field, left - self.face.width(line, style) / 2, baseline, style)

    def spelt_date(self, field: str, date: Date, x: float, y: float) -> None:
        """ "Ngày 05 tháng 07 năm 2013", of which the numbers are the field's words."""
        end, baseline = self.face.at(x, y)
        for word, number in zip(("Ngày", "tháng", "năm"), numbers(date), strict=True):
            end = self.face.label(word, end, baseline, self.caption) + self.gap
            end = self.face.value(number, field, end, baseline, self.value) + self.gap


def blank(rng: np.random.Generator, colours: Sequence[Colour], shift: float) -> Face:
    """A card before it is printed; `shift` is the standard deviation of the print's shift."""
    base = np.array(colours[int(rng.integers(len(colours)))]) + rng.integers(-14, 15, 3)
    red, green, blue = (int(v) for v in np.clip(base, 90, 250))
    ink = tuple(int(v) for v in np.clip(base - rng.integers(10, 70, 3), 0, 255))
    ground = guilloche(rng, CARD_SIZE, (red, green, blue), (ink[0], ink[1], ink[2]))
    dx, dy = rng.normal(0, shift, 2)
    return Face(Image.fromarray(ground), shift=(dx, dy))


def shade(rng: np.random.Generator, low: int, high: int) -> Colour:
    """A dark ink, nearly grey."""
    base = int(rng.integers(low, high))
    red, green, blue = (int(np.clip(base + rng.integers(-12, 13), 0, 255)) for _ in range(3))
    return red, green, blue


def reddish(rng: np.random.Generator, highest: int = 60) -> Colour:
    """The ink of titles and numbers; `highest` of its green and blue."""
    return int(rng.integers(150, 215)), int(rng.integers(20, highest)), int(rng.integers(20, highest))


def scaled(style: Style, factor: float) -> Style:
    """The same print, larger or smaller."""
    return replace(style, size=int(style.size * factor))


def numbers(date: Date) -> tuple[str, str, str]:
    """Day, month and year as they are printed."""
    return f"{date[0]:02d}", f"{date[1]:02d}", f"{date[2]:04d}"


def printed_date(date: Date, separator: str = "/") -> str:
    """A date in one word."""
    return separator.join(numbers(date))


def printed_expiry(date: Date | None) -> str:
    """A date of expiry, or the words for none."""
    return printed_date(date) if date else NO_EXPIRY

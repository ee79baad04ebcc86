"""A pen that draws words on a card and remembers where each one is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw

from models.synthetic import fonts
from models.synthetic.sample import WordTruth

# Cards are drawn a little larger than the flat card the pipeline works on.
CARD_SIZE = (1280, 800)

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Style:
    """How a run of text is printed; `size` is the em in pixels of the drawn card."""

    font: str
    size: int
    colour: Colour
    gap: float = 0.28  # between words, in em


@dataclass
class Pen:
    """Draws on `image` (PIL RGB of CARD_SIZE) and collects the truth of every field word."""

    image: Image.Image
    words: list[WordTruth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = ImageDraw.Draw(self.image)

    def width(self, text: str, style: Style) -> float:
        """The width of a line of words, in pixels."""
        font = fonts.load(style.font, style.size)
        words = text.split()
        return sum(font.getlength(word) for word in words) + style.gap * style.size * max(0, len(words) - 1)

    def label(self, text: str, x: float, baseline: float, style: Style, centred: bool = False) -> float:
        """Text that belongs to no field; returns where it ends."""
        if centred:
            x -= self.width(text, style) / 2
        return self._line(text, x, baseline, style, None)

    def value(self, text: str, field_name: str, x: float, baseline: float, style: Style) -> float:
        """Words of a field; returns where the last one ends."""
        return self._line(text, x, baseline, style, field_name)

    def _line(self, text: str, x: float, baseline: float, style: Style, field_name: str | None) -> float:
        font = fonts.load(style.font, style.size)
        for word in text.split():
            self._draw.text((x, baseline), word, font=font, fill=style.colour, anchor="ls")
            if field_name is not None:
                self._remember(word, field_name, x, baseline, style)
            x += font.getlength(word) + style.gap * style.size
        return x - style.gap * style.size

    def _remember(self, word: str, field_name: str, x: float, baseline: float, style: Style) -> None:
        """A word's box: its ink from side to side; from top to bottom at least the line's band.

        Equal heights along a line keep the Reader's scale the same for `em` and `Ấp`, and tell
        small letters from capitals.
        """
        font = fonts.load(style.font, style.size)
        left, top, right, bottom = font.getbbox(word, anchor="ls")
        capital = -font.getbbox("H", anchor="ls")[1]
        top, bottom = min(top, -1.12 * capital), max(bottom, 0.22 * capital)
        width, height = CARD_SIZE
        box = ((x + left) / width, (baseline + top) / height, (x + right) / width, (baseline + bottom) / height)
        self.words.append(WordTruth(word, field_name, box))


def wrap(pen: Pen, text: str, style: Style, widths: Sequence[float]) -> list[str]:
    """`text` broken into lines: the first no wider than widths[0], and so on; the last takes the rest."""
    lines: list[list[str]] = [[]]
    for word in text.split():
        candidate = " ".join([*lines[-1], word])
        full = pen.width(candidate, style) > widths[min(len(lines), len(widths)) - 1]
        if full and (lines[-1] or len(lines) == 1) and len(lines) < len(widths):
            lines.append([])
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def guilloche(rng: np.random.Generator, size: tuple[int, int], ground: Colour, ink: Colour) -> np.ndarray:
    """A ground of interfering waves, uint8 [H, W, 3]: a security print's look, nobody's design."""
    width, height = size
    x = np.linspace(0, 1, width // 2, dtype=np.float32)[None]
    y = np.linspace(0, 1, height // 2, dtype=np.float32)[:, None]
    waves = np.zeros((height // 2, width // 2), np.float32)
    for _ in range(2):
        fx, fy, bend = rng.uniform(2, 9), rng.uniform(2, 9), rng.uniform(0.02, 0.12)
        count = rng.uniform(40, 110)
        swing = np.sin(2 * np.pi * fx * x + rng.uniform(0, 6)) * bend
        sway = np.sin(2 * np.pi * fy * y + rng.uniform(0, 6)) * bend
        waves += np.sin(2 * np.pi * count * (y + swing) + 40 * sway * x)
    strength = (waves > rng.uniform(0.6, 1.4)).astype(np.float32) * rng.uniform(0.15, 0.6)
    slope = rng.uniform(-0.12, 0.12) * x + rng.uniform(-0.12, 0.12) * y
    picture = np.array(ground, np.float32) * (1 + slope[..., None])
    picture = picture + strength[..., None] * (np.array(ink, np.float32) - picture)
    return cv2.resize(np.clip(picture, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)


def portrait(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """A drawn figure in place of a photo: an oval on shoulders, nobody's face."""
    width, height = size
    ground = tuple(int(v) for v in rng.integers(150, 250, 3))
    cloth = tuple(int(v) for v in rng.integers(20, 160, 3))
    skin = tuple(int(v) for v in np.array([205, 170, 140]) + rng.integers(-40, 40))
    hair = tuple(int(v) for v in rng.integers(10, 70, 3))
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((-0.1 * width, 0.68 * height, 1.1 * width, 1.5 * height), fill=cloth)
    draw.ellipse((0.22 * width, 0.1 * height, 0.78 * width, 0.66 * height), fill=hair)
    draw.ellipse((0.29 * width, 0.2 * height, 0.71 * width, 0.74 * height), fill=skin)
    return image


def specimen_mark(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """SPECIMEN / MẪU in see-through letters across the face."""
    font = fonts.load(fonts.pick(rng, fonts.SANS), 60)
    width, height = CARD_SIZE[0] // 2, CARD_SIZE[1] // 2  # it is a soft mark: half the pixels do
    mark = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mark)
    opacity = int(rng.integers(22, 60))
    for text, x, y in (("SPECIMEN", 0.34, 0.36), ("MẪU", 0.72, 0.74), ("MẪU", 0.2, 0.9)):
        at = ((x + rng.uniform(-0.06, 0.06)) * width, (y + rng.uniform(-0.05, 0.05)) * height)
        draw.text(at, text, font=font, fill=opacity, anchor="mm")
    mark = mark.rotate(rng.uniform(10, 24), resample=Image.Resampling.BILINEAR)
    ink = tuple(int(v) for v in rng.integers(60, 200, 3))
    mask = Image.fromarray(cv2.resize(np.asarray(mark), CARD_SIZE, interpolation=cv2.INTER_LINEAR))
    return Image.composite(Image.new("RGB", CARD_SIZE, ink), image, mask)

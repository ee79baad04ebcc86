"""What a card lies on: photographs that ship inside scikit-image, and procedural surfaces.

No picture of a person is used. Where the photographs come from: `skimage/data/README.txt`. The
photos in `examples/` lie on procedural surfaces.
"""

import functools
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.synthetic import fonts
from models.synthetic.people import scrambled_lines

_PHOTOGRAPHS = (
    "brick.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
_PRINT = "MẪU SPECIMEN No. 12 345 ABC họ tên đường số 2024 Q W E R T Y THE for with một hai".split()

Font = ImageFont.FreeTypeFont
Box = tuple[np.ndarray, np.ndarray]  # (left, top), (right, bottom)
Colour = tuple[int, ...]


def background(rng: np.random.Generator, size: tuple[int, int], cluttered: float = 0.0) -> np.ndarray:
    """A surface of `size` (width, height), uint8 [H, W, 3]; drawn at half size, it is out of focus.

    `cluttered`: the share of surfaces that are full of lines, frames, shapes and print, for training.
    """
    width, height = (max(2, side // 2) for side in size)
    if cluttered and rng.random() < cluttered:
        picture = _clutter(rng, width, height)
    elif rng.random() < 0.3:
        picture = _photograph(rng, width, height)
    else:
        surface = (_plain, _wood, _weave, _tiles, _printed_page)[int(rng.integers(5))]
        picture = surface(rng, width, height)
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)


@functools.cache
def _load(name: str) -> np.ndarray:
    import skimage

    return np.asarray(Image.open(Path(skimage.__file__).parent / "data" / name).convert("RGB"))


def _photograph(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    picture = np.rot90(_load(str(rng.choice(_PHOTOGRAPHS))), int(rng.integers(4)))
    share = rng.uniform(0.5, 1.0)
    h, w = (max(8, int(side * share)) for side in picture.shape[:2])
    top = int(rng.integers(picture.shape[0] - h + 1))
    left = int(rng.integers(picture.shape[1] - w + 1))
    crop = np.ascontiguousarray(picture[top : top + h, left : left + w])
    return cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR)


def _colour(rng: np.random.Generator) -> np.ndarray:
    grey = rng.uniform(20, 240)
    return np.clip(grey + rng.normal(0, 25, 3), 0, 255).astype(np.float32)


def _clouds(rng: np.random.Generator, width: int, height: int, cells: int) -> np.ndarray:
    """Smooth noise in -1 … 1, float32 [H, W]."""
    coarse = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _finish(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _plain(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    shade = _clouds(rng, width, height, int(rng.integers(2, 12))) * rng.uniform(2, 40)
    return _finish(_colour(rng) + shade[..., None])


def _wood(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    bend = _clouds(rng, width, height, 5) * rng.uniform(0.02, 0.15)
    rings = np.sin(2 * np.pi * rng.uniform(4, 40) * (x + bend)) * rng.uniform(5, 30)
    base = np.array([150, 105, 65], np.float32) * rng.uniform(0.4, 1.4)
    picture = _finish(base + rings[..., None])
    return picture if rng.random() < 0.5 else cv2.resize(np.rot90(picture), (width, height))


def _weave(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    fx, fy = rng.uniform(10, 80, 2)
    x = np.sign(np.sin(np.linspace(0, fx * np.pi, width, dtype=np.float32)))[None]
    y = np.sign(np.sin(np.linspace(0, fy * np.pi, height, dtype=np.float32)))[:, None]
    return _finish(_colour(rng) + ((x + y) * rng.uniform(3, 30))[..., None])


def _tiles(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = _colour(rng)
    for _ in range(int(rng.integers(2, 9))):  # other things on the table: edges that are no card's
        centre = rng.uniform(0, 1, 2) * (width, height)
        box = cv2.boxPoints((tuple(centre), tuple(rng.uniform(0.1, 0.7, 2) * width), float(rng.uniform(0, 90))))
        cv2.fillConvexPoly(picture, box.astype(np.int32), _colour(rng).tolist())
    return _finish(picture + _clouds(rng, width, height, 4)[..., None] * 15)


def _printed_page(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A sheet with lines of text: what a card must not be mistaken for."""
    paper = tuple(int(v) for v in rng.integers(190, 255, 3))
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    font = fonts.load(fonts.pick(rng, fonts.SANS), int(rng.integers(10, 22)))
    lines = [*scrambled_lines(rng), "MẪU SPECIMEN"]
    for y in range(10, height, int(rng.integers(22, 44))):
        draw.text((rng.uniform(0, 80), y), " ".join(rng.choice(lines, 3)), font=font, fill=(40, 40, 50))
    return np.asarray(image)


def _clutter(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Lines, frames, shapes and print of any size in rows or anywhere: edges and corners that are no card's."""
    side = int(np.hypot(width, height)) + 2
    image = Image.new("RGB", (side, side), _ink(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        kind = (_line, _frame, _disc, _patch, _print)[int(rng.integers(5))]
        reach, inks = float(np.exp(rng.uniform(np.log(0.02), np.log(0.35)))), [_ink(rng) for _ in range(3)]
        font = fonts.load(fonts.pick(rng, fonts.SANS), max(8, int(side * reach / 4)))
        for at in _places(rng, reach):
            size = reach * rng.uniform(0.4, 1, 2)
            kind(rng, draw, (at * side, (at + size) * side), inks[int(rng.integers(3))], font)
    turned = image.rotate(float(rng.uniform(0, 360)), resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    return np.asarray(turned.crop((left, top, left + width, top + height)))


def _places(rng: np.random.Generator, reach: float) -> np.ndarray:
    """Where things of a size lie, shares of the picture [N, 2]: in rows and columns, or anywhere."""
    if rng.random() < 0.5:
        step = reach * rng.uniform(1.0, 1.6)
        return np.stack(np.meshgrid(np.arange(0, 1, step), np.arange(0, 1, step)), axis=-1).reshape(-1, 2)
    return rng.uniform(-reach, 1, (min(400, int(rng.uniform(0.3, 2) / reach**2)), 2))


def _ink(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(v) for v in np.clip(_colour(rng), 0, 255))


def _line(rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour, _: Font) -> None:
    end = box[1] if rng.random() < 0.5 else (box[1][0], box[0][1])
    draw.line([*box[0], *end], ink, int(rng.integers(1, 6)))


def _radius(rng: np.random.Generator, box: Box) -> float:
    side, share = float(min(box[1] - box[0])), float(rng.choice([0, 0, 0.1, 0.2]))
    return share * side if side > 12 else 0.0  # Pillow rounds no smaller ones


def _frame(rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour, font: Font) -> None:
    draw.rounded_rectangle([*box[0], *box[1]], _radius(rng, box), outline=ink, width=int(rng.integers(1, 5)))
    if rng.random() < 0.5:
        _print(rng, draw, box, ink, font)


def _disc(_: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour, __: Font) -> None:
    draw.ellipse([*box[0], *box[1]], ink)


def _patch(rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour, _: Font) -> None:
    if rng.random() < 0.5:
        draw.rounded_rectangle([*box[0], *box[1]], _radius(rng, box), ink)
    else:
        points = box[0] + rng.uniform(0, 1, (int(rng.integers(3, 7)), 2)) * (box[1] - box[0])
        draw.polygon([tuple(point) for point in points], ink)


def _print(rng: np.random.Generator, draw: ImageDraw.ImageDraw, box: Box, ink: Colour, font: Font) -> None:
    draw.text(tuple(box[0]), " ".join(rng.choice(_PRINT, int(rng.integers(1, 4)))), ink, font)

"""Surfaces that training never shows, for the cards of `benchmarks.generalisation`: none may be drawn for training.

Each: a generator and (width, height) -> uint8 [H, W, 3].
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from models.synthetic import fonts

Size = tuple[int, int]


def gingham(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A checked tablecloth: two directions of stripes that darken where they cross."""
    width, height = size
    colour, stripe = rng.uniform(20, 200, 3), rng.uniform(20, 90)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turned = np.deg2rad(rng.uniform(0, 90))
    across, along = x * np.cos(turned) + y * np.sin(turned), y * np.cos(turned) - x * np.sin(turned)
    share = ((across // stripe) % 2 + (along // stripe) % 2)[..., None] / 2
    return (245 * (1 - share) + colour * share).astype(np.uint8)


def carpet(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Short strands of some colours, everywhere in all directions."""
    width, height = size
    image = np.full((height, width, 3), rng.uniform(30, 180, 3), np.uint8)
    palette = rng.integers(20, 230, (4, 3))
    starts = rng.integers(0, (width, height), (6000, 2))
    ends = starts + rng.integers(-14, 15, (6000, 2))
    for start, end, colour in zip(starts, ends, palette[rng.integers(0, 4, 6000)], strict=True):
        cv2.line(image, start.tolist(), end.tolist(), colour.tolist(), 2, cv2.LINE_AA)
    return image


def keyboard(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Keys with letters: many small rounded cards."""
    width, height = size
    dark = rng.random() < 0.6
    ground, key, ink = ((30, 30, 34), (55, 55, 60), (220, 220, 220)) if dark else ((170,) * 3, (235,) * 3, (60,) * 3)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    side = int(rng.uniform(60, 120))
    font = fonts.load(fonts.pick(rng, fonts.SANS), side // 3)
    for row, top in enumerate(range(-side // 2, height, side)):
        for left in range(-side + row * side // 4, width, side):
            draw.rounded_rectangle((left, top, left + side * 0.88, top + side * 0.88), side // 8, key)
            draw.text((left + side * 0.15, top + side * 0.1), "QWERTYUIOPASDFGHJKL"[int(rng.integers(19))], ink, font)
    return np.asarray(image)


def terrazzo(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Chips of stone in cement."""
    width, height = size
    image = np.full((height, width, 3), rng.uniform(150, 235), np.uint8)
    for _ in range(900):
        centre, reach = rng.uniform(0, (width, height)), rng.uniform(4, 26)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 6))
        points = centre + np.stack([np.cos(angles), np.sin(angles)], 1) * reach * rng.uniform(0.6, 1, (6, 1))
        cv2.fillPoly(image, [points.astype(np.int32)], rng.uniform(40, 230, 3).tolist(), cv2.LINE_AA)
    return image


def leather(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A wallet: dark, wrinkled, with seams and the edges of its pockets."""
    width, height = size
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 3)
    wrinkles = np.abs(noise / noise.std())
    light = 0.5 + 0.5 * np.minimum(wrinkles, 1.2)
    image = np.clip(rng.uniform((40, 20, 10), (120, 80, 60)) * light[..., None], 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        y = int(rng.uniform(0, height))
        cv2.line(image, (0, y), (width, y + int(rng.uniform(-60, 60))), (15, 10, 8), 6, cv2.LINE_AA)
        for x in range(0, width, 26):
            cv2.line(image, (x, y - 14), (x + 14, y - 14), (190, 170, 130), 3, cv2.LINE_AA)
    return image


def form(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A printed form: boxes, rules, headings as a card has them."""
    width, height = size
    image = Image.new("RGB", size, (250, 249, 244))
    draw = ImageDraw.Draw(image)
    font = fonts.load(fonts.pick(rng, fonts.SERIF), int(rng.integers(18, 34)))
    words = ("PHIẾU ĐĂNG KÝ", "Họ và tên:", "Ngày sinh:", "Địa chỉ:", "Số điện thoại:", "Chữ ký", "MẪU", "Ghi chú:")
    for y in range(20, height, int(rng.integers(50, 90))):
        x = 20.0
        while x < width:
            box = rng.uniform(160, 480)
            draw.rectangle((x, y, x + box, y + 44), outline=(90, 90, 90), width=2)
            draw.text((x + 8, y + 6), str(rng.choice(words)), (50, 50, 60), font)
            x += box + rng.uniform(0, 60)
    return np.asarray(image.rotate(float(rng.uniform(-25, 25)), fillcolor=(120, 100, 80)))


def coins(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Round things on a table: coins, cups, lids."""
    width, height = size
    image = np.full((height, width, 3), rng.uniform(60, 220, 3), np.uint8)
    for _ in range(int(rng.integers(15, 50))):
        centre = rng.uniform(0, (width, height)).astype(int).tolist()
        reach, colour = int(rng.uniform(20, 140)), rng.uniform(60, 240, 3)
        cv2.circle(image, centre, reach, (colour * 0.5).tolist(), -1, cv2.LINE_AA)
        cv2.circle(image, centre, int(reach * 0.93), colour.tolist(), -1, cv2.LINE_AA)
        cv2.circle(image, centre, int(reach * 0.7), (colour * 0.8).tolist(), 3, cv2.LINE_AA)
    return image


def leaves(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Grass and leaves in sun and shade, as under a card that is photographed outdoors."""
    width, height = size
    image = np.full((height, width, 3), (40, 60, 30), np.uint8)
    for _ in range(500):
        centre, axes = rng.uniform(0, (width, height)).astype(int).tolist(), rng.uniform((20, 5), (110, 30)).astype(int)
        colour = (np.array([70, 130, 50]) * rng.uniform(0.4, 1.7) + rng.normal(0, 15, 3)).clip(0, 255)
        cv2.ellipse(image, centre, axes.tolist(), rng.uniform(0, 360), 0, 360, colour.tolist(), -1, cv2.LINE_AA)
    return image


def newspaper(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Columns of small print, headlines and grey pictures."""
    width, height = size
    image = Image.new("RGB", size, (226, 222, 210))
    draw = ImageDraw.Draw(image)
    font = fonts.pick(rng, fonts.SERIF)
    small, large = fonts.load(font, 15), fonts.load(font, int(rng.integers(40, 90)))
    column = int(rng.uniform(180, 320))
    for x in range(10, width, column + 16):
        y = int(rng.uniform(-200, 20))
        while y < height:
            what = rng.random()
            if what < 0.12:
                draw.rectangle((x, y, x + column, y + 160), (int(rng.uniform(60, 190)),) * 3)
                y += 172
            elif what < 0.25:
                draw.text((x, y), str(rng.choice(["TIN MẪU", "THỜI TIẾT", "BÓNG ĐÁ", "SPECIMEN"])), (30, 30, 30), large)
                y += 100
            else:
                draw.text((x, y), "mẫu tin không có thật về một ngày nào đó"[: column // 8], (50, 50, 50), small)
                y += 19
    return np.asarray(image)


def flowers(rng: np.random.Generator, size: Size) -> np.ndarray:
    """A flowered cloth: petals around centres, one like the other."""
    width, height = size
    image = np.full((height, width, 3), rng.uniform(120, 250, 3), np.uint8)
    petal, heart, reach = rng.uniform(60, 255, 3).tolist(), rng.uniform(60, 255, 3).tolist(), rng.uniform(14, 45)
    for y in np.arange(0, height + reach, reach * 3):
        for x in np.arange((y // reach % 2) * reach * 1.5, width + reach, reach * 3):
            for angle in range(0, 360, 60):
                turned = np.deg2rad(angle)
                middle = np.array([x, y]) + reach * 0.7 * np.array([np.cos(turned), np.sin(turned)])
                axes = (int(reach * 0.7), int(reach * 0.35))
                cv2.ellipse(image, middle.astype(int).tolist(), axes, angle, 0, 360, petal, -1, cv2.LINE_AA)
            cv2.circle(image, (int(x), int(y)), int(reach * 0.4), heart, -1, cv2.LINE_AA)
    return image


def screen(rng: np.random.Generator, size: Size) -> np.ndarray:
    """Windows of a computer: bars, buttons, rows of small text."""
    width, height = size
    image = Image.new("RGB", size, tuple(int(v) for v in rng.integers(20, 120, 3)))
    draw = ImageDraw.Draw(image)
    font = fonts.load(fonts.pick(rng, fonts.SANS), int(rng.integers(14, 24)))
    for _ in range(int(rng.integers(3, 7))):
        left, top = rng.uniform(-0.1, 0.7, 2) * size
        right, bottom = left + rng.uniform(0.3, 0.7) * width, top + rng.uniform(0.25, 0.6) * height
        dark = rng.random() < 0.5
        paper, ink = ((32, 34, 40), (200, 205, 210)) if dark else ((250, 250, 252), (40, 42, 48))
        draw.rounded_rectangle((left, top, right, bottom), 10, paper, (110, 110, 120), 2)
        draw.rectangle((left, top, right, top + 36), (70, 110, 180))
        for number, y in enumerate(np.arange(top + 48, bottom - 24, 30)):
            text = f"{number + 1:02d} mẫu dữ liệu specimen"
            draw.text((left + 14, y), text[: max(1, int((right - left) / 14))], ink, font)
    return np.asarray(image)


SURFACES: dict[str, Callable[[np.random.Generator, Size], np.ndarray]] = {
    surface.__name__: surface
    for surface in (
        gingham, carpet, keyboard, terrazzo, leather, form, coins, leaves,
        newspaper, flowers, screen,
    )
}  # fmt: skip

"""From bytes to pixels, and from pixels to the size a model takes. The only place that does.

Images are uint8 arrays [height, width, 3], RGB, upright (EXIF orientation applied).
"""

import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from models import tiff

MAX_PIXELS = 50_000_000
MIN_SIDE = 64
# Pillow has a limit of its own that only warns; ours refuses, before decoding.
Image.MAX_IMAGE_PIXELS = None
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
# The brands of ISO/IEC 23008-12 for still images coded as HEVC.
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_JPEG_QUALITY = 90
_TAKEN = "Send a JPEG, PNG, WebP, HEIC, BMP, TIFF or PDF."


class BadImage(ValueError):
    """The bytes are not an image we can read. `code` is stable; the message says what to do."""

    code = "bad_image"


class UnsupportedImage(BadImage):
    """The bytes are not one of the image formats we take."""

    code = "unsupported_image"


class ImageTooLarge(BadImage):
    """The image has more pixels than we decode."""

    code = "image_too_large"


class NoSuchPage(BadImage):
    """The file has fewer pages."""

    code = "no_such_page"


@dataclass(frozen=True)
class Placement:
    """Where `fit` put an image on its canvas: canvas = source * scale + offset, both (x, y)."""

    scale: tuple[float, float]
    offset: tuple[float, float]

    def to_canvas(self, points: np.ndarray) -> np.ndarray:
        """Points [..., 2] of the source image -> points of the canvas."""
        return np.asarray(points, np.float64) * self.scale + self.offset

    def to_source(self, points: np.ndarray) -> np.ndarray:
        """Points [..., 2] of the canvas -> points of the source image."""
        return (np.asarray(points, np.float64) - self.offset) / self.scale


def decode_image(
    data: bytes, max_pixels: int = MAX_PIXELS, page: int = 1, min_side: int = MIN_SIDE, seconds: float = math.inf
) -> np.ndarray:
    """Bytes of a photo -> uint8 [H, W, 3] RGB, turned upright by its EXIF orientation.

    The size is read from the header and refused before a pixel is decoded. Of files with several pictures, PDF
    and TIFF have pages; of the others the first frame is taken (animations), or the one that the file calls its
    main one (HEIC).

    Args:
        seconds: how long a PDF may take to draw, if that is less than what any may.

    Raises:
        UnsupportedImage: not a JPEG, PNG, WebP, HEIC, BMP, TIFF or PDF.
        ImageTooLarge: more than `max_pixels`.
        NoSuchPage: fewer than `page`.
        BadImage: damaged, cut short, or with a side below `min_side`.
    """
    if not data:
        raise BadImage("The image is empty (0 bytes). Send the bytes of a photo.")
    if is_pdf(data):
        from models import pdf  # few send one

        drawn = pdf.draw_page(data, page, max_pixels, seconds)
        _check_sides(drawn.shape[1], drawn.shape[0], min_side)
        return drawn
    image = _open(data)
    _turn_to(image, page)
    width, height = image.size
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"The image is {width} x {height} pixels; at most {max_pixels:,} are read. Send a smaller photo."
        )
    _check_sides(width, height, min_side)
    try:
        ImageOps.exif_transpose(image, in_place=True)
        return np.asarray(_as_rgb(image))
    except Exception as error:  # Pillow's decoders raise many unrelated types on damaged data
        raise BadImage(
            f"The image is damaged or cut short ({type(error).__name__}). Send the original file."
        ) from error


def is_pdf(data: bytes) -> bool:
    """Whether `data` is drawn, in a process of its own, and not decoded."""
    return data.startswith(b"%PDF-")


def encode_jpeg(image: np.ndarray) -> bytes:
    """uint8 [H, W, 3] RGB -> a JPEG."""
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _open(data: bytes) -> Image.Image:
    """The image as Pillow sees its header."""
    formats: tuple[str, ...] = FORMATS
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        formats = _heic_formats()
    try:
        tiff.check_directories(data)
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError:
        raise UnsupportedImage(f"The bytes are not an image we can read. {_TAKEN}") from None
    except Exception as error:  # Pillow's readers of headers raise many unrelated types on damaged data
        raise BadImage(f"The image header is damaged ({type(error).__name__}). Send the original file.") from error


def _heic_formats() -> tuple[str, ...]:
    """Teaches Pillow to read HEIC, once someone sends one: it takes memory."""
    try:
        import pillow_heif
    except ImportError:
        raise UnsupportedImage("HEIC cannot be read here. Send a JPEG.") from None
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    return ("HEIF",)


def _check_sides(width: int, height: int, min_side: int) -> None:
    if min(width, height) < min_side:
        raise BadImage(f"The image is {width} x {height} pixels; each side needs at least {min_side}.")


def _turn_to(image: Image.Image, page: int) -> None:
    """Makes `image` show that page, if it has pages."""
    if page == 1:
        return
    try:
        if image.format != "TIFF" or page > tiff.MAX_PAGES:
            raise EOFError
        image.seek(page - 1)
    except EOFError:
        raise NoSuchPage(f"The file has no page {page}. Only PDF and TIFF have more than one.") from None
    except Exception as error:  # as above
        raise BadImage(f"The image is damaged ({type(error).__name__}). Send the original file.") from error


def _as_rgb(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB; what is transparent shows white paper."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip instead of scale
        return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    sheet = Image.new("RGB", layer.size, "white")
    sheet.paste(layer, mask=layer)
    return sheet


def fit(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, Placement]:
    """`image` scaled to fit into `size` (width, height), centred, padded with its mean colour.

    Returns:
        The canvas, uint8 [height, width, 3], and where the image lies on it.
    """
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    smaller, halvings = halve(image, inner)
    resized = cv2.resize(smaller, inner, interpolation=cv2.INTER_LINEAR)
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = mean_color(resized)
    canvas[top : top + inner[1], left : left + inner[0]] = resized
    exact = tuple(inner[axis] / (smaller.shape[1 - axis] * halvings[axis]) for axis in (0, 1))
    return canvas, Placement((exact[0], exact[1]), (left, top))


def mean_color(image: np.ndarray) -> np.ndarray:
    """The mean of uint8 [H, W, 3], uint8 [3]. OpenCV's is numpy's, seventy times faster."""
    return np.round(cv2.mean(image)[:3]).astype(np.uint8)


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`image` stretched to exactly `size` (width, height): halved while it is twice as large, the rest bilinear.

    Area sampling in one step (cv2.INTER_AREA) takes three times as long, for it has no vector code for any step but
    halving. What is read and found is the same (docs/decisions/0010-halving.md).
    """
    return cv2.resize(halve(image, size)[0], size, interpolation=cv2.INTER_LINEAR)


def enlarge(image: np.ndarray, factor: float) -> np.ndarray:
    """`image` with both sides `factor` (1 or more) times as long: bicubic, for the edges that decoders look for."""
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


def halve(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """`image` with either axis halved, by the mean of pixels, while it is at least twice `size` (width, height).

    An odd last column or row is left out.

    Returns:
        The smaller image, and by which power of two its width and its height were divided.
    """
    by_x, by_y = 1, 1
    while True:
        step_x, step_y = (2 if image.shape[1 - axis] >= 2 * size[axis] else 1 for axis in (0, 1))
        if step_x == step_y == 1:
            return image, (by_x, by_y)
        width, height = image.shape[1] // step_x, image.shape[0] // step_y
        even = image[: height * step_y, : width * step_x]
        image = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
        by_x, by_y = by_x * step_x, by_y * step_y

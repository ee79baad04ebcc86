"""Images of every format that the API takes, and what hostile hands make of them."""

import io
import struct
import zlib
from functools import cache
from random import Random

import numpy as np
from PIL import Image

from tests.fuzz.cases import INTERESTING, some_bytes

try:
    import pillow_heif
except ImportError:
    pillow_heif = None


@cache
def seeds() -> dict[str, bytes]:
    """Name -> a small and good file, of every format and of many of their kinds."""
    noise = np.random.default_rng(7).integers(0, 60, (150, 200, 3), dtype=np.uint8)
    ramp = np.add.outer(np.arange(150), np.arange(200))[..., None] % 190
    photo = Image.fromarray((ramp + noise).astype(np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    saved = {
        "jpeg": _save(photo, "JPEG", exif=turned, quality=80),
        "jpeg-progressive": _save(photo, "JPEG", progressive=True),
        "jpeg-cmyk": _save(photo.convert("CMYK"), "JPEG"),
        "jpeg-grey": _save(photo.convert("L"), "JPEG", icc_profile=b"\0" * 200),
        "png": _save(photo, "PNG"),
        "png-alpha": _save(photo.convert("RGBA"), "PNG"),
        "png-palette": _save(photo.quantize(16), "PNG", transparency=3),
        "png-16": _save(Image.fromarray(np.asarray(photo.convert("L"), np.uint16) * 257), "PNG"),
        "png-animated": _save(photo, "PNG", save_all=True, append_images=[photo.rotate(90), photo]),
        "webp": _save(photo, "WEBP"),
        "webp-lossless": _save(photo.convert("RGBA"), "WEBP", lossless=True),
        "webp-animated": _save(photo, "WEBP", save_all=True, append_images=[photo, photo], exif=turned),
        "bmp": _save(photo, "BMP"),
        "bmp-palette": _save(photo.quantize(16), "BMP"),
        "bmp-1": _save(photo.convert("1"), "BMP"),
        "tiff": _save(photo, "TIFF"),
        "tiff-lzw": _save(photo, "TIFF", compression="tiff_lzw"),
        "tiff-deflate": _save(photo, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-jpeg": _save(photo, "TIFF", compression="jpeg"),
        "tiff-group4": _save(photo.convert("1"), "TIFF", compression="group4"),
        "tiff-float": _save(photo.convert("F"), "TIFF"),
        "tiff-cmyk": _save(photo.convert("CMYK"), "TIFF"),
        "tiff-big": _save(photo, "TIFF", big_tiff=True),
        "tiff-pages": _save(photo, "TIFF", save_all=True, append_images=[photo, photo.convert("L")]),
        "pdf": _save(photo, "PDF"),
        "pdf-pages": _save(photo, "PDF", save_all=True, append_images=[photo.convert("1"), photo]),
        "crop": _save(photo.crop((20, 20, 90, 40)), "PNG"),
    }
    if pillow_heif is not None:
        buffer = io.BytesIO()
        pillow_heif.from_pillow(photo).save(buffer, quality=50)
        saved["heic"] = buffer.getvalue()
    return saved


def _save(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def mutated(rng: Random) -> bytes:
    """A good file, a few times damaged."""
    name = rng.choice(sorted(seeds()))
    data = seeds()[name]
    if name.startswith("png") and rng.random() < 0.5:
        return _png_with_good_sums(rng, data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        data = rng.choice(_DAMAGES)(rng, data)
    return data


def cut_short(rng: Random) -> bytes:
    """The beginning of a good file."""
    data = seeds()[rng.choice(sorted(seeds()))]
    return data[: rng.randint(0, len(data) - 1)]


def _place(rng: Random, data: bytes) -> int:
    """More often where the headers are: at the beginning, and for TIFF and PDF at the end."""
    size = max(1, len(data))
    return rng.choice(
        [
            rng.randrange(min(size, 64)),
            rng.randrange(min(size, 600)),
            rng.randrange(size),
            size - 1 - rng.randrange(min(size, 400)),
        ]
    )


def _set_number(rng: Random, data: bytes) -> bytes:
    form = rng.choice(["<H", ">H", "<I", ">I"])
    number = struct.pack(form, rng.choice(INTERESTING) % 256 ** struct.calcsize(form))
    at = _place(rng, data)
    return data[:at] + number + data[at + len(number) :]


def _flip_bits(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice([1, 1, 4, 32])):
        changed[_place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _insert(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + some_bytes(rng) + data[at:]


def _remove(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + rng.randint(1, 300) :]


def _repeat(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at : at + rng.randint(1, 300)] * rng.randint(2, 20) + data[at:]


def _cut(rng: Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _splice(rng: Random, data: bytes) -> bytes:
    other = seeds()[rng.choice(sorted(seeds()))]
    return data[: _place(rng, data)] + other[_place(rng, other) :]


def _zero(rng: Random, data: bytes) -> bytes:
    at, length = _place(rng, data), rng.randint(1, 200)
    return data[:at] + bytes(length) + data[at + length :]


_DAMAGES = (_set_number, _set_number, _flip_bits, _flip_bits, _insert, _remove, _repeat, _cut, _splice, _zero)


def _png_with_good_sums(rng: Random, data: bytes) -> bytes:
    """Chunks damaged, dropped, doubled or mixed up, each with the right CRC again: it gets past the first check."""
    chunks = _chunks(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(chunks))
        kind, content = chunks[at]
        match rng.randrange(5):
            case 0:
                chunks[at] = kind, _set_number(rng, content)
            case 1:
                chunks[at] = kind, _flip_bits(rng, content)
            case 2:
                chunks.insert(at, (rng.choice([b"tRNS", b"PLTE", b"iCCP", b"zTXt", b"eXIf", b"fcTL", kind]), content))
            case 3:
                chunks[at] = rng.choice([b"tRNS", b"PLTE", b"IDAT", b"acTL", b"eXIf"]), some_bytes(rng)
            case 4:
                rng.shuffle(chunks)
    return png(chunks)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, whatever they are."""
    framed = (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)

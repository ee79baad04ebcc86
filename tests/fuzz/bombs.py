"""Little files that want much: memory, time, or to be taken for something else."""

import io
import struct
import zipfile
import zlib
from random import Random

from PIL import Image

from tests.fuzz.cases import INTERESTING, some_bytes
from tests.fuzz.images import png, seeds


def bomb(rng: Random) -> bytes:
    """Very many pixels, pages or bytes in very few."""
    return rng.choice(_BOMBS)(rng)


def _side(rng: Random) -> int:
    return rng.choice([100, 5_000, 7_000, 30_000, 65_535, 100_000, 2**31 - 1])


def _png_header(width: int, height: int, depth: int = 8, color: int = 2) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width & 0xFFFFFFFF, height & 0xFFFFFFFF, depth, color, 0, 0, 0)


def _png_of_any_size(rng: Random) -> bytes:
    header = _png_header(_side(rng), _side(rng), rng.choice([1, 8, 16]), rng.choice([0, 2, 3, 6]))
    return png([header, (b"IDAT", zlib.compress(bytes(rng.randint(0, 200_000)))), (b"IEND", b"")])


def _png_within_the_limit(rng: Random) -> bytes:
    """All that is promised is there, a thousandth as large."""
    side = rng.choice([2_000, 5_000, 7_000])
    packed = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    return png([_png_header(side, side, 1, 0), (b"IDAT", packed), (b"IEND", b"")])


def _png_text(rng: Random) -> bytes:
    packed = zlib.compress(bytes(rng.choice([2_000_000, 30_000_000])), 9)
    kind = rng.choice([b"zTXt", b"iCCP"])
    chunk = (kind, b"name\0\0" + packed)
    return png([_png_header(100, 100), chunk, chunk, (b"IDAT", zlib.compress(bytes(30_100))), (b"IEND", b"")])


def _more_pixels_than_promised(rng: Random) -> bytes:
    return png([_png_header(100, 100), (b"IDAT", zlib.compress(bytes(rng.choice([10**6, 3 * 10**7])))), (b"IEND", b"")])


def _jpeg_of_any_size(rng: Random) -> bytes:
    data = bytearray(seeds()[rng.choice(["jpeg", "jpeg-progressive", "jpeg-grey"])])
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        at = data.find(marker)
        if at >= 0:
            data[at + 5 : at + 9] = struct.pack(
                ">HH", rng.choice([0, 65_535, 7_000, 64]), rng.choice([0, 65_535, 7_000])
            )
    return bytes(data)


def _jpeg_of_many_scans(rng: Random) -> bytes:
    """Each scan of a progressive JPEG goes over the whole picture again."""
    data = seeds()["jpeg-progressive"]
    start = data.find(b"\xff\xda")
    scan = data[start : data.find(b"\xff\xda", start + 2)]
    return data[:-2] + scan * rng.choice([10, 300, 3_000]) + data[-2:]


def _tiff(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", following) + bytes(64)


def _tiff_of_anything(rng: Random) -> bytes:
    """A directory of numbers: sizes, strips and counts that do not fit together, pages in a circle."""
    tags = (256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 330, 338, 339, 700, 34675)
    entries = [(256, 4, 1, rng.choice([100, 7_000, 2**31])), (257, 4, 1, rng.choice([100, 7_000])), (258, 3, 1, 8)]
    entries += [(259, 3, 1, rng.choice([1, 2, 4, 5, 6, 7, 8, 32773, 50000])), (262, 3, 1, rng.randrange(9))]
    for _ in range(rng.randint(2, 12)):
        entries.append((rng.choice(tags), rng.randrange(14), rng.choice(INTERESTING), rng.choice(INTERESTING)))
    return _tiff(sorted(entries), rng.choice([0, 8, 8, 100]))


def _tiff_chain(rng: Random) -> bytes:
    """Many pages, or many entries in each, in either size and byte order."""
    order, big = rng.choice("<>"), rng.random() < 0.5
    kinds, entry = ("QQ", 20) if big else ("HI", 12)
    pages, entries = rng.choice([(3, 10), (150, 1), (3_000, 0), (20, 2_000), (1, 65_535)])
    count, offset = (struct.Struct(order + kind) for kind in kinds)
    start, size = (16 if big else 8), count.size + entries * entry + offset.size
    version = struct.pack(order + "HHH", 43, 8, 0) if big else struct.pack(order + "H", 42)
    body = b"".join(
        count.pack(entries) + bytes(entries * entry) + offset.pack((start + (page + 1) * size) * (page < pages - 1))
        for page in range(pages)
    )
    return (b"II" if order == "<" else b"MM") + version + offset.pack(start) + body


def _tiff_group4(rng: Random) -> bytes:
    buffer = io.BytesIO()
    side = rng.choice([1_000, 7_000, 20_000])
    Image.new("1", (side, side)).save(buffer, "TIFF", compression="group4")
    return buffer.getvalue()


def _bmp_of_any_size(rng: Random) -> bytes:
    header = struct.pack(
        "<IiiHHIIiiII",
        40,
        _side(rng),
        rng.choice([-1, 1]) * _side(rng),
        1,
        rng.choice([1, 4, 8, 24]),
        rng.randrange(4),
        0,
        0,
        0,
        rng.choice(INTERESTING),
        0,
    )
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header + bytes(rng.randint(0, 2_000))


def _webp_of_any_size(rng: Random) -> bytes:
    """VP8X says how large the canvas is, in 24 bits each."""
    data = seeds()["webp-animated"]
    at = data.find(b"VP8X") + 12
    return data[:at] + struct.pack("<I", _side(rng))[:3] + struct.pack("<I", _side(rng))[:3] + data[at + 6 :]


def _pdf(objects: list[bytes]) -> bytes:
    return (
        b"%PDF-1.7\n"
        + b"".join(b"%d 0 obj\n%b\nendobj\n" % each for each in enumerate(objects, 1))
        + (b"trailer\n<< /Root 1 0 R /Size %d >>\n%%%%EOF\n" % (len(objects) + 1))
    )


def _pdf_bomb(rng: Random) -> bytes:
    side = str(rng.choice([1, 14_400, 1_000_000, 1e38])).encode()
    match rng.randrange(4):
        case 0:  # a page of any size
            pages, page = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"/MediaBox [0 0 " + side + b" " + side + b"]"
            contents = b"<< /Length 0 >>\nstream\n\nendstream"
        case 1:  # pages that are their own children
            pages, page = b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 99999999 >>", b"/MediaBox [0 0 100 100]"
            contents = b"<< /Length 0 >>\nstream\n\nendstream"
        case 2:  # a page whose drawing unpacks to very much
            pages, page = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"/MediaBox [0 0 200 200]"
            packed = zlib.compress(b"0 0 200 200 re f\n" * 2_000_000, 9)
            contents = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(packed), packed)
        case _:  # arrays within arrays
            pages = b"<< /Type /Pages /Kids " + b"[" * 50_000 + b"]" * 50_000 + b" /Count 1 >>"
            page, contents = b"", b"null"
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            pages,
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R " + page + b" >>",
            contents,
        ]
    )


_BOMBS = (
    *(_png_of_any_size, _png_of_any_size, _png_within_the_limit, _png_text, _more_pixels_than_promised),
    *(_jpeg_of_any_size, _jpeg_of_any_size, _jpeg_of_many_scans, _tiff_of_anything, _tiff_of_anything, _tiff_group4),
    *(_bmp_of_any_size, _webp_of_any_size, _pdf_bomb, _tiff_chain),
)


def polyglot(rng: Random) -> bytes:
    """Two kinds of file in one, or one that we do not take."""
    first, second = (rng.choice(_others(rng)) for _ in range(2))
    return rng.choice([first, first + second, first[: rng.randint(4, 64)] + second])


def _others(rng: Random) -> list[bytes]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", bytes(100_000))
    gif = io.BytesIO()
    Image.new("P", (100, 100)).save(gif, "GIF")
    return [
        seeds()[rng.choice(sorted(seeds()))],
        archive.getvalue(),
        gif.getvalue(),
        b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'><image href='file:///etc/passwd'/></svg>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file\n",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        b"\0\0\0\x1cftypheic\0\0\0\0mif1heic"
        + struct.pack(">I", rng.choice(INTERESTING) % 2**32)
        + b"meta"
        + some_bytes(rng),
        b"\0\0\0\x20ftypavif" + some_bytes(rng),
        b"8BPS\0\x01" + some_bytes(rng),
        b"\0\0\x01\0\x01\0" + some_bytes(rng),
        b"P6 100000 100000 255\n" + some_bytes(rng),
        b"\x7fELF" + some_bytes(rng),
        b"MZ" + some_bytes(rng),
        b"GIF89a/*" + some_bytes(rng) + b"*/=1;",
        b"RIFF\xff\xff\xff\xffWEBPVP8 " + some_bytes(rng),
        b"\xff\xd8\xff\xe1\xff\xffExif\0\0" + some_bytes(rng, 500),
        b"%PDF-1.7\n" + some_bytes(rng, 500),
    ]

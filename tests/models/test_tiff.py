"""TIFFs whose directories are not what a scanner writes."""

import io
import struct

import pytest
from PIL import Image

from models.image import BadImage, NoSuchPage, decode_image
from models.tiff import BadDirectories, check_directories


def chain(order: str, is_big: bool, pages: int, entries: int = 0, last: int = 0) -> bytes:
    """`pages` directories one after the other, the last of which says that `last` follows."""
    count, offset, entry = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    start = 16 if is_big else 8
    version = struct.pack(order + "HHH", 43, 8, 0) if is_big else struct.pack(order + "H", 42)
    data = (b"II" if order == "<" else b"MM") + version + struct.pack(order + offset, start)
    for page in range(pages):
        size = struct.calcsize(order + count) + entries * entry + struct.calcsize(order + offset)
        following = len(data) + size if page < pages - 1 else last
        data += struct.pack(order + count, entries) + bytes(entries * entry) + struct.pack(order + offset, following)
    return data


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_too_much_is_refused_and_an_honest_file_is_not(order: str, is_big: bool) -> None:
    check_directories(chain(order, is_big, pages=100, entries=20))
    check_directories(chain(order, is_big, pages=3, entries=1000))
    for pages, entries, last in [(101, 0, 0), (1, 1001, 0), (3, 5, 16 if is_big else 8)]:
        with pytest.raises(BadDirectories):
            check_directories(chain(order, is_big, pages, entries, last))


def test_a_chain_that_breaks_off_ends() -> None:
    for is_big in (False, True):
        whole = chain("<", is_big, pages=3, entries=5)
        for end in range(len(whole)):
            check_directories(whole[:end])


def test_to_the_caller_it_is_a_bad_image() -> None:
    with pytest.raises(BadImage):
        decode_image(chain("<", False, pages=1, entries=65_535), page=9999)


def two_pages() -> bytes:
    buffer = io.BytesIO()
    pages = [Image.new("RGB", (120, 80), colour) for colour in ("red", "blue")]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def test_a_page_beyond_what_any_file_may_have_is_not_there() -> None:
    with pytest.raises(NoSuchPage):
        decode_image(two_pages(), page=101)


def test_whatever_is_damaged_in_the_second_page_it_is_a_bad_image() -> None:
    data = two_pages()
    count = struct.unpack_from("<H", data, 8)[0] if data[4:8] == b"\x08\0\0\0" else 0
    (second,) = struct.unpack_from("<I", data, 10 + 12 * count)
    (entries,) = struct.unpack_from("<H", data, second)
    refused = 0
    for entry in range(entries):
        for at, value in ((0, 0), (2, 2), (2, 7), (2, 12), (4, 0), (4, 9)):  # its tag, its type, its count
            damaged = bytearray(data)
            damaged[second + 2 + 12 * entry + at] = value
            try:
                decode_image(bytes(damaged), page=2)
            except BadImage:
                refused += 1
    assert refused > entries

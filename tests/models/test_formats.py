"""PDF, HEIC, and files of several pictures."""

import builtins
import contextlib
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models import pdf
from models.image import BadImage, NoSuchPage, UnsupportedImage, decode_image

RED, BLUE = (220, 20, 20), (20, 20, 220)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (120, 80)) -> Image.Image:
    return Image.new("RGB", size, colour)


def saved(kind: str, *pictures: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pictures[0].save(buffer, kind, save_all=True, append_images=pictures[1:], **options)
    return buffer.getvalue()


def heic(*pictures: Image.Image, **options: Any) -> bytes:
    file, buffer = pillow_heif.HeifFile(), io.BytesIO()
    for each in pictures:
        file.add_from_pillow(each)
    file.save(buffer, quality=90, **options)
    return buffer.getvalue()


def colour_of(image: np.ndarray) -> str:
    return "red" if image[..., 0].mean() > image[..., 2].mean() else "blue"


def test_heic_is_read() -> None:
    ramp = np.tile(np.arange(0, 240, 2, np.uint8), (80, 1))
    image = decode_image(heic(Image.fromarray(np.dstack([ramp, ramp[:, ::-1], ramp]))))

    assert (image.shape, image.dtype) == ((80, 120, 3), np.uint8)
    assert np.abs(image[..., 0].astype(int) - ramp).mean() < 3


def test_of_several_pictures_in_heic_the_main_one_is_taken() -> None:
    data = heic(picture(BLUE), picture(RED), primary_index=1)

    assert colour_of(decode_image(data)) == "red"
    with pytest.raises(NoSuchPage):
        decode_image(data, page=2)


def test_heic_turned_by_its_orientation_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert decode_image(heic(picture(RED), exif=exif.tobytes())).shape == (120, 80, 3)


def test_heic_too_large_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heic(picture(RED, (640, 480)))
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was decoded"))

    with pytest.raises(BadImage, match="640 x 480 pixels; at most 100,000"):
        decode_image(data, max_pixels=100_000)


@pytest.mark.parametrize(("page", "colour"), [(1, "red"), (2, "blue")])
@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_page_can_be_chosen(kind: str, page: int, colour: str) -> None:
    data = saved(kind, picture(RED), picture(BLUE))

    assert colour_of(decode_image(data, page=page)) == colour
    with pytest.raises(NoSuchPage, match="3"):
        decode_image(data, page=3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    data = saved(kind, picture(RED), picture(BLUE))

    assert colour_of(decode_image(data)) == "red"
    with pytest.raises(NoSuchPage, match="Only PDF and TIFF"):
        decode_image(data, page=2)


def test_a_pdf_is_drawn_at_300_dots_per_inch_on_white() -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(72, 144)
    buffer = io.BytesIO()
    document.save(buffer)

    image = decode_image(buffer.getvalue())

    assert image.shape == (600, 300, 3)
    assert image.min() == 255


def test_a_pdf_of_any_size_has_no_more_pixels_than_allowed() -> None:
    data = saved("PDF", picture(RED, (2000, 1000)), resolution=1)  # 28 inches by 14 of paper for each pixel

    image = decode_image(data, max_pixels=100_000)

    assert image.shape[0] * image.shape[1] == pytest.approx(100_000, rel=0.01)
    assert colour_of(image) == "red"


@pytest.mark.parametrize("data", [b"%PDF-1.7 nothing", saved("PDF", picture(RED))[:500], b"%PDF-" + bytes(5000)])
def test_a_damaged_pdf_is_a_bad_image(data: bytes) -> None:
    with pytest.raises(BadImage) as refused:
        decode_image(data)
    assert refused.value.code == "bad_image"


def locked_pdf() -> bytes:
    """Claims to be encrypted with a password that nobody has."""
    return saved("PDF", picture(RED)).replace(
        b"trailer\n<<",
        b"trailer\n<</Encrypt<</Filter/Standard/V 1/R 2/Length 40/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32
        + b">>>/ID[<00><00>]",
    )  # fmt: skip


def test_a_pdf_with_a_password_is_not_taken() -> None:
    with pytest.raises(UnsupportedImage, match="password"):
        decode_image(locked_pdf())


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_SECONDS", 1)
    shapes = b"0 0 m " + b"72 72 0 9 9 72 c 0 72 72 0 5 5 c " * 40_000 + b"f*\n"
    stream = shapes * 3
    data = b"".join(
        [
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 900]/Contents 4 0 R>>endobj\n",
            b"4 0 obj<</Length %d>>stream\n" % len(stream),
            stream,
            b"endstream endobj\ntrailer<</Root 1 0 R>>\n",
        ]
    )
    started = time.monotonic()

    with pytest.raises(BadImage, match=r"too (much|long)"):
        decode_image(data)

    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    "program",
    ["print('drawn 100 100 300')", "import sys; sys.stdout.write('drawn 1 1 3\\nabc'); sys.exit(1)"],
)
def test_a_program_that_ends_before_its_pixels_is_a_bad_image(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(pdf, "_PROGRAM", tmp_path / "program.py")

    with pytest.raises(BadImage, match="too much"):
        decode_image(saved("PDF", picture(RED)), min_side=1)


def test_a_pdf_has_no_longer_than_the_caller() -> None:
    with pytest.raises(BadImage, match="too long"):
        decode_image(saved("PDF", picture(RED)), seconds=0.001)


def test_where_the_library_for_heic_is_missing_it_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name == "pillow_heif":
            raise ImportError(name)
        return real(name, *args, **options)

    data = heic(picture(RED))
    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(UnsupportedImage, match="HEIC cannot be read here"):
        decode_image(data)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=20), st.floats(0.05, 1))
def test_whatever_is_done_to_a_heic_the_error_is_ours(changes: list[tuple[float, int]], end: float) -> None:
    data = bytearray(heic(picture(RED)))
    for place, value in changes:
        data[int(place * len(data))] = value

    with contextlib.suppress(BadImage):
        assert decode_image(bytes(data[: int(end * len(data))]), max_pixels=1_000_000).dtype == np.uint8

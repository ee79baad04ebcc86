import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.image import BadImage, ImageTooLarge, UnsupportedImage, decode_image, fit, halve, mean_color, resize


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "RGBA", "P", "1"])
def test_every_format_and_mode_becomes_rgb(kind: str, mode: str) -> None:
    image = Image.new("RGB", (120, 80), "white").convert(mode)
    try:
        data = encoded(image, kind)
    except OSError:
        pytest.skip(f"{kind} cannot hold {mode}")
    decoded = decode_image(data)
    assert decoded.shape == (80, 120, 3)
    assert decoded.dtype == np.uint8
    assert decoded.min() > 250


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_a_pixel_are_scaled_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 100 * 80).reshape(80, 100).astype(np.uint16)
    decoded = decode_image(encoded(Image.fromarray(ramp), kind))
    np.testing.assert_array_equal(decoded[..., 0], ramp >> 8)


def test_ink_kept_in_the_alpha_channel_is_seen_on_white() -> None:
    picture = np.zeros((80, 120, 4), np.uint8)  # black everywhere, opaque in one corner
    picture[:20, :20, 3] = 255
    decoded = decode_image(encoded(Image.fromarray(picture), "PNG"))
    assert decoded[10, 10].tolist() == [0, 0, 0]
    assert decoded[60, 60].tolist() == [255, 255, 255]


def test_what_is_half_transparent_is_mixed_with_white() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (80, 120, 4), np.uint8)
    decoded = decode_image(encoded(Image.fromarray(picture), "PNG"))
    alpha = picture[..., 3:] / 255
    assert np.abs(decoded - (picture[..., :3] * alpha + 255 * (1 - alpha))).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = np.zeros((80, 120, 3), np.uint8)
    upright[:40, :60] = (255, 0, 0)  # red in the top left, once upright
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # PIL.Image.Transpose members
    stored = Image.fromarray(upright)
    if undo is not None:
        stored = stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode_image(encoded(stored, "PNG", exif=exif))
    np.testing.assert_array_equal(decoded, upright)


@pytest.mark.parametrize("data", [b"<svg></svg>", b"GIF89a" + bytes(100), bytes(1000)])
def test_other_formats_are_refused_as_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedImage, match="Send a JPEG"):
        decode_image(data)


def test_no_bytes_are_a_bad_image() -> None:
    with pytest.raises(BadImage, match="empty"):
        decode_image(b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_file_cut_short_is_a_bad_image(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    with pytest.raises(BadImage):
        decode_image(data[: len(data) * 2 // 3])


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_bomb_is_refused_by_its_header() -> None:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    with pytest.raises(ImageTooLarge, match="60000 x 60000"):
        decode_image(b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b""))


def test_an_image_too_small_for_a_card_is_refused() -> None:
    with pytest.raises(BadImage, match="at least 64"):
        decode_image(encoded(Image.new("RGB", (300, 20)), "PNG"))


@given(
    st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"RIFF"])
)
def test_whatever_bytes_come_the_error_is_ours(tail: bytes, head: bytes) -> None:
    with pytest.raises(BadImage):
        decode_image(head + tail)


@given(st.integers(64, 900), st.integers(64, 900))
def test_fit_keeps_the_shape_and_maps_points_both_ways(width: int, height: int) -> None:
    image = np.full((height, width, 3), 77, np.uint8)
    canvas, placement = fit(image, (320, 240))
    assert canvas.shape == (240, 320, 3)
    points = np.array([[0.0, 0], [width, height], [width / 3, height / 2]])
    np.testing.assert_allclose(placement.to_source(placement.to_canvas(points)), points, atol=1e-9)
    inside = placement.to_canvas(points)
    assert (inside >= -1e-6).all()
    assert (inside <= np.array([321, 241])).all()


@given(st.integers(700, 3000), st.integers(700, 3000))
@settings(max_examples=20)
def test_what_fit_shows_is_where_its_placement_says(width: int, height: int) -> None:
    """Halving leaves odd columns and rows out: over several halvings of a large photo they add up to pixels."""
    image = np.zeros((height, width, 3), np.uint8)
    left, top = width - 100, height - 100
    image[top : top + 60, left : left + 60] = 255
    canvas, placement = fit(image, (320, 320))
    light = canvas[..., 0].astype(float) * (canvas[..., 0] > 20)  # the padding has the mean colour, nearly black
    rows, columns = np.indices(light.shape)
    centre = np.array([(columns * light).sum(), (rows * light).sum()]) / light.sum() + 0.5
    np.testing.assert_allclose(centre, placement.to_canvas(np.array([left + 30, top + 30])), atol=0.5)


def test_halving_takes_the_mean_until_less_than_twice_the_size_is_left() -> None:
    image = np.random.default_rng(1).integers(0, 256, (41, 160, 3), np.uint8)
    smaller, halvings = halve(image, (30, 20))
    assert smaller.shape == (20, 40, 3)
    assert halvings == (4, 2)
    means = image[:40].reshape(20, 2, 40, 4, 3).mean(axis=(1, 3))
    assert np.abs(smaller - means).max() <= 1.5  # rounded after each halving
    assert halve(image, (100, 30)) == (image, (1, 1))


def test_thin_lines_do_not_alias_away_in_a_much_smaller_picture() -> None:
    image = np.full((800, 800, 3), 255, np.uint8)
    image[:, ::8] = 0
    assert abs(float(resize(image, (90, 90)).mean()) - 255 * 7 / 8) < 4


def test_the_mean_colour_is_numpys() -> None:
    rng = np.random.default_rng(3)
    for height, width in rng.integers(1, 80, (200, 2)):
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        assert (mean_color(image) == np.round(image.mean(axis=(0, 1))).astype(np.uint8)).all()

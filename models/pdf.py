"""A page of a PDF -> pixels, in a process of its own (pdf_program.py).

PDFium knows no threads, a page may take any time and memory to draw, and a file made to break it should break
nothing else.
"""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np

_PROGRAM = Path(__file__).with_name("pdf_program.py")
_SECONDS = 10
_MAX_PIXELS = 16_000_000  # A4 at 300 dpi is 8.7 million


def draw_page(data: bytes, page: int, max_pixels: int, seconds: float = math.inf) -> np.ndarray:
    """One page, from 1, at 300 dpi or at as many as `max_pixels` allow: uint8 [H, W, 3] RGB.

    Args:
        seconds: how long it may take, if that is less than what any may.

    Raises:
        UnsupportedImage: it needs a password, or PDFs cannot be read here.
        NoSuchPage: it has fewer pages.
        BadImage: damaged, or it takes too long or too much memory to draw.
    """
    from models.image import BadImage, NoSuchPage, UnsupportedImage

    # -I: only what is installed, nothing of the environment or of the working directory.
    seconds = max(0.0, min(_SECONDS, seconds))
    arguments = [str(page), str(min(max_pixels, _MAX_PIXELS)), str(max(1, math.ceil(seconds)))]
    command = [sys.executable, "-I", str(_PROGRAM), *arguments]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=False, env={})
    except subprocess.TimeoutExpired:
        raise BadImage("The PDF takes too long to draw. Send a photo.") from None
    answer, _, pixels = done.stdout.partition(b"\n")
    if done.returncode != 0:
        answer = b""  # whatever it has said before
    match answer.split():
        case [b"drawn", *sizes]:
            width, height, stride = map(int, sizes)
            if len(pixels) == height * stride:
                rows = np.frombuffer(pixels, np.uint8).reshape(height, stride)
                return rows[:, : width * 3].reshape(height, width, 3)
        case [b"pages", count]:
            raise NoSuchPage(f"The PDF has {int(count)} pages; there is no page {page}.")
        case [b"locked"]:
            raise UnsupportedImage("The PDF needs a password. Send it without one, or a photo.")
        case [b"missing"]:
            raise UnsupportedImage("PDF cannot be read here. Send a JPEG.")
    raise BadImage("The PDF is damaged, or its page takes too much to draw. Send a photo.")

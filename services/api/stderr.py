"""Keeps off stderr what libraries say about damaged files: it is no JSON, and may quote what a client sent."""

import ctypes
import warnings
from pathlib import Path

import PIL


def keep_clean() -> None:
    """No warnings of Pillow, and no lines of its libtiff: the errors that follow are what counts."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    for library in Path(PIL.__file__).parents[1].glob("pillow.libs/libtiff-*"):  # as its wheels bring it
        ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)

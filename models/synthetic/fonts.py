"""The fonts cards are printed with, found on this machine.

`make fonts` installs the Debian packages; without them only the DejaVu fonts that matplotlib
brings are found, which is enough for tests but not for training.
"""

import contextlib
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.charset import LETTERS

DEBIAN_PACKAGES = (
    "fonts-cantarell",
    "fonts-croscore",
    "fonts-dejavu-core",
    "fonts-ebgaramond",
    "fonts-freefont-ttf",
    "fonts-inter",
    "fonts-jetbrains-mono",
    "fonts-lato",
    "fonts-liberation2",
    "fonts-linuxlibertine",
    "fonts-noto-core",
    "fonts-ocr-b",
    "fonts-open-sans",
    "fonts-roboto-unhinted",
    "fonts-sil-andika",
    "fonts-sil-charis",
    "fonts-vollkorn",
)

SANS = (
    "LiberationSans-Regular",
    "LiberationSans-Bold",
    "Arimo-Regular",
    "Arimo-Bold",
    "Roboto-Regular",
    "Roboto-Medium",
    "Roboto-Bold",
    "NotoSans-Regular",
    "NotoSans-Bold",
    "NotoSansDisplay-Regular",
    "OpenSans-Regular",
    "OpenSans-Semibold",
    "Lato-Regular",
    "Lato-Bold",
    "Inter-Regular",
    "Inter-Medium",
    "FreeSans",
    "DejaVuSans",
    "DejaVuSans-Bold",
)
SERIF = (
    "LiberationSerif-Regular",
    "LiberationSerif-Bold",
    "Tinos-Regular",
    "Tinos-Bold",
    "NotoSerif-Regular",
    "FreeSerif",
    "LinLibertine_R",
    "DejaVuSerif",
)
MONO = ("LiberationMono-Regular", "LiberationMono-Bold", "Cousine-Regular")
# Whole families that nothing is ever trained on, each kind in place of the one above: what was learned by heart of a
# font shows on these (`unseen`).
UNSEEN = {
    SANS: ("Andika-Regular", "Andika-Bold", "Cantarell-Regular", "Cantarell-Bold", "LinBiolinum_R", "LinBiolinum_RB"),
    SERIF: ("CharisSIL-Regular", "CharisSIL-Bold", "EBGaramond12-Regular", "Vollkorn-Regular", "Vollkorn-Bold"),
    MONO: ("JetBrainsMono-Regular", "JetBrainsMono-Bold"),
}
_only_unseen = False

# For the machine-readable zone, best first; only OCRB is what cards have. None needs Vietnamese letters.
OCR_B = ("OCRB", "LiberationMono-Regular", "Cousine-Regular", "DejaVuSansMono")

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@functools.cache
def _installed() -> dict[str, Path]:
    import matplotlib

    bundled = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files: dict[str, Path] = {}
    for folder in (bundled, *_FOLDERS):
        for path in sorted(folder.rglob("*.[to]tf")):
            files.setdefault(path.stem, path)
    return files


@functools.cache
def available(stems: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `stems` that are installed and really draw every Vietnamese letter.

    Raises:
        RuntimeError: none of them is.
    """
    found = tuple(stem for stem in stems if stem in _installed() and draws_every_letter(stem))
    if not found:
        raise RuntimeError(f"none of these fonts is installed: {', '.join(stems)}. Run `make fonts`.")
    return found


def machine_readable() -> str:
    """The first of OCR_B that is installed; the last one comes with matplotlib."""
    return next(stem for stem in OCR_B if stem in _installed())


@functools.lru_cache(maxsize=2048)
def load(stem: str, size: int) -> ImageFont.FreeTypeFont:
    """A font by file stem and size in pixels."""
    return ImageFont.truetype(str(_installed()[stem]), size, layout_engine=ImageFont.Layout.BASIC)


def draws_every_letter(stem: str) -> bool:
    """Whether every letter of the alphabet looks different from every other one.

    A font's character map can lie: some fonts list a letter and draw it without its mark, which
    would train wrong labels. So letters are drawn and compared, not looked up.
    """
    font = load(stem, 40)
    pictures = [_picture(font, letter) for letter in LETTERS]
    return len(set(pictures)) == len(pictures) and _picture(font, "\uffff") not in pictures


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    image = Image.new("L", (80, 80))
    ImageDraw.Draw(image).text((16, 60), letter, font=font, fill=255, anchor="ls")
    return np.asarray(image).tobytes()


def pick(rng: np.random.Generator, stems: Iterable[str]) -> str:
    """One of the available fonts among `stems`; within `unseen` one of UNSEEN for it, always the same."""
    picked = str(rng.choice(available(tuple(stems))))
    return _unseen_for(picked) if _only_unseen else picked


def _unseen_for(stem: str) -> str:
    kind = next(kind for kind in UNSEEN if stem in kind)
    others = available(UNSEEN[kind])
    return others[kind.index(stem) % len(others)]


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Within it, this process draws the same cards in fonts of UNSEEN. The zone stays in OCR-B.

    Raises:
        RuntimeError: not every kind has one that is installed; before anything is drawn.
    """
    global _only_unseen
    for stems in UNSEEN.values():
        available(stems)
    _only_unseen = True
    try:
        yield
    finally:
        _only_unseen = False

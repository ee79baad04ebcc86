"""The fonts cards are printed with, found on this machine.

`make fonts` installs the Debian packages; without them only the DejaVu fonts that matplotlib
brings are found, which is enough for tests but not for training.
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.charset import LETTERS

DEBIAN_PACKAGES = (
    "fonts-cantarell",
    "fonts-clear-sans",
    "fonts-cmu",
    "fonts-croscore",
    "fonts-dejavu-core",
    "fonts-dejavu-extra",
    "fonts-ebgaramond",
    "fonts-elstob",
    "fonts-freefont-ttf",
    "fonts-georgewilliams",
    "fonts-gfs-artemisia",
    "fonts-gfs-didot",
    "fonts-gfs-neohellenic",
    "fonts-inter",
    "fonts-jetbrains-mono",
    "fonts-junicode",
    "fonts-jura",
    "fonts-lato",
    "fonts-league-mono",
    "fonts-league-spartan",
    "fonts-lg-aboriginal",
    "fonts-liberation2",
    "fonts-linuxlibertine",
    "fonts-lmodern",
    "fonts-noto-core",
    "fonts-noto-mono",
    "fonts-ocr-b",
    "fonts-open-sans",
    "fonts-osifont",
    "fonts-quicksand",
    "fonts-roboto-slab",
    "fonts-roboto-unhinted",
    "fonts-sil-andika",
    "fonts-sil-charis",
    "fonts-sil-gentium",
    "fonts-texgyre",
    "fonts-vollkorn",
    "fonts-yanone-kaffeesatz",
    "fonts-yrsa-rasa",
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
# Other families, which cards are hardly printed in: what is learned from many shapes of a letter holds for the next one
# too. Only for learning (`with_more`): the photos that are measured keep the fonts above.
MORE = {
    SANS: (
        "AboriginalSansBOLD9433",
        "AboriginalSansREGULAR9433",
        "ClearSans-Bold",
        "ClearSans-Medium",
        "ClearSans-Regular",
        "DejaVuSansCondensed",
        "DejaVuSansCondensed-Bold",
        "FreeSansBold",
        "GFSNeohellenic",
        "Jura-Medium",
        "Jura-SemiBold",
        "Lato-Medium",
        "LeagueSpartan-Medium",
        "LeagueSpartan-SemiBold",
        "NotoSansDisplay-Bold",
        "OpenSans-CondBold",
        "OpenSans-Light",
        "Quicksand-Bold",
        "Quicksand-Medium",
        "RobotoCondensed-Bold",
        "RobotoCondensed-Regular",
        "YanoneKaffeesatz-Medium",
        "YanoneKaffeesatz-Regular",
        "cmunss",
        "cmunsx",
        "lmsansdemicond10-regular",
        "osifont",
        "texgyreadventor-bold",
        "texgyreadventor-regular",
        "texgyreheros-bold",
        "texgyreheros-regular",
        "texgyreheroscn-bold",
        "texgyreheroscn-regular",
    ),
    SERIF: (
        "AboriginalSerifBOLD943",
        "AboriginalSerifREGULAR943",
        "CaslonBold",
        "CaslonRoman",
        "DejaVuSerifCondensed",
        "ElstobD-Bold",
        "ElstobD-Medium",
        "FreeSerifBold",
        "GFSArtemisia",
        "GFSArtemisiaBold",
        "GFSDidot",
        "GFSDidotBold",
        "Gentium-R",
        "JunicodeTwoBeta-Condensed",
        "JunicodeTwoBeta-Expanded",
        "LinLibertine_RB",
        "NotoSerif-Bold",
        "NotoSerifDisplay-Regular",
        "RobotoSlab-Bold",
        "RobotoSlab-Regular",
        "Yrsa-Medium",
        "Yrsa-SemiBold",
        "cmunbx",
        "cmunrm",
        "lmroman10-bold",
        "lmroman10-regular",
        "texgyrebonum-regular",
        "texgyrepagella-bold",
        "texgyrepagella-regular",
        "texgyreschola-bold",
        "texgyreschola-regular",
        "texgyretermes-bold",
        "texgyretermes-regular",
    ),
    MONO: (
        "FreeMono",
        "FreeMonoBold",
        "GWMonospace",
        "LeagueMono-Condensed",
        "LeagueMono-Regular",
        "NotoSansMono-Regular",
        "cmuntt",
        "lmmono10-regular",
        "lmmonoltcond10-regular",
        "texgyrecursor-bold",
        "texgyrecursor-regular",
    ),
}
_MORE_SHARE = 0.6
# Whole families that nothing is ever trained on, each kind in place of the one above: what was learned by heart of a
# font shows on these (`unseen`).
UNSEEN = {
    SANS: ("Andika-Regular", "Andika-Bold", "Cantarell-Regular", "Cantarell-Bold", "LinBiolinum_R", "LinBiolinum_RB"),
    SERIF: ("CharisSIL-Regular", "CharisSIL-Bold", "EBGaramond12-Regular", "Vollkorn-Regular", "Vollkorn-Bold"),
    MONO: ("JetBrainsMono-Regular", "JetBrainsMono-Bold"),
}
# Within `unseen` and `with_more`: what is taken instead of a font that was picked.
_instead: Callable[[np.random.Generator, str], str] | None = None

# For the machine-readable zone, best first; only OCRB is what cards have. None needs Vietnamese letters.
OCR_B = ("OCRB", "LiberationMono-Regular", "Cousine-Regular", "DejaVuSansMono")

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts"), Path("/usr/local/share/fonts"))


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
def _usable(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem for stem in stems if stem in _installed() and draws_every_letter(stem))


def available(stems: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `stems` that are installed and really draw every Vietnamese letter.

    Raises:
        RuntimeError: none of them is.
    """
    found = _usable(stems)
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
    """One of the available fonts among `stems`, or what `unseen` or `with_more` take for it."""
    picked = str(rng.choice(available(tuple(stems))))
    return _instead(rng, picked) if _instead else picked


def _kind(stem: str) -> tuple[str, ...]:
    return next(kind for kind in UNSEEN if stem in kind)


def _unseen_for(_: np.random.Generator, stem: str) -> str:
    """Always the same one, and nothing is drawn by chance: the cards stay the same but for their fonts."""
    kind = _kind(stem)
    others = available(UNSEEN[kind])
    return others[kind.index(stem) % len(others)]


def _more_for(rng: np.random.Generator, stem: str) -> str:
    more = _usable(MORE[_kind(stem)])
    return str(rng.choice(more)) if more and rng.random() < _MORE_SHARE else stem


@contextlib.contextmanager
def _taking(instead: Callable[[np.random.Generator, str], str]) -> Iterator[None]:
    global _instead
    before, _instead = _instead, instead
    try:
        yield
    finally:
        _instead = before


def unseen() -> contextlib.AbstractContextManager[None]:
    """Within it, this process draws the same cards in fonts of UNSEEN. The zone stays in OCR-B.

    Raises:
        RuntimeError: not every kind has one that is installed; before anything is drawn.
    """
    for stems in UNSEEN.values():
        available(stems)
    return _taking(_unseen_for)


def with_more() -> contextlib.AbstractContextManager[None]:
    """Within it, this process takes fonts of MORE, those that are installed, in _MORE_SHARE of all cases."""
    return _taking(_more_for)

"""One picture of every card that can be drawn: fronts on the left, backs on the right.

python -m models.synthetic.sheet --out docs/cards.webp
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from models.synthetic import fonts
from models.synthetic.drawing import CARD_SIZE
from models.synthetic.layouts import LAYOUTS, draw_card
from models.synthetic.people import invent

_WIDTH, _MARGIN, _TITLE = 560, 16, 30  # pixels: of a card, around it, and above it for its name


def sheet(seed: int) -> Image.Image:
    """All of LAYOUTS, each type's sides with the same holder."""
    height = _WIDTH * CARD_SIZE[1] // CARD_SIZE[0]
    cell = (_WIDTH + _MARGIN, height + _TITLE + _MARGIN)
    rows = -(-len(LAYOUTS) // 2)
    picture = Image.new("RGB", (2 * cell[0] + _MARGIN, rows * cell[1] + _MARGIN), (255, 255, 255))
    pen, font = ImageDraw.Draw(picture), fonts.load(fonts.available(fonts.SANS)[0], 20)
    for number, kind in enumerate(LAYOUTS):
        rng = np.random.default_rng(seed)
        drawn = Image.fromarray(draw_card(rng, invent(rng, kind[0]), kind).image)
        x, y = _MARGIN + number % 2 * cell[0], number // 2 * cell[1] + _TITLE
        pen.text((x, y - 6), " ".join(kind), font=font, fill=(0, 0, 0), anchor="ls")
        picture.paste(drawn.resize((_WIDTH, height), Image.Resampling.LANCZOS), (x, y))
    return picture


def main(argv: Sequence[str] | None = None) -> None:
    """Write the picture; its suffix says in which format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="such as docs/cards.webp")
    parser.add_argument("--seed", type=int, default=15, help="another one, other people (default: %(default)s)")
    arguments = parser.parse_args(argv)
    sheet(arguments.seed).save(arguments.out, quality=78)
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

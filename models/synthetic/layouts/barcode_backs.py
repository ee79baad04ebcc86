"""The back that the CMND with twelve digits and the CCCD of 2016 share: a barcode, prints, marks, who issued it."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.drawing import Colour, Style
from models.synthetic.layouts.parts import Face, Form, blank, shade
from models.synthetic.people import Person


def back(rng: np.random.Generator, person: Person, grounds: tuple[Colour, ...], title: str) -> Face:
    """`title` is the office of who signed."""
    face = blank(rng, grounds, shift=0.007)
    families = fonts.SERIF if rng.random() < 0.3 else fonts.SANS
    caption = Style(fonts.pick(rng, families), int(rng.integers(26, 31)), shade(rng, 15, 70))
    size, gap = int(rng.integers(30, 37)), float(rng.uniform(0.2, 0.36))
    value = Style(fonts.pick(rng, (*fonts.SANS, *fonts.SERIF)), size, shade(rng, 5, 60), gap)
    form = Form(face, caption, value, right=0.96)
    left, middle = 0.34 + rng.uniform(-0.01, 0.01), 0.65
    face.bars(rng, 0.3, 0.05, 0.64, 0.12)
    for text, y in (("Ngón trỏ trái", 0.22), ("Ngón trỏ phải", 0.61)):
        face.heading(text, 0.165, y, caption)
        face.fingerprint(rng, 0.165, y + 0.185, 0.31)
    form.below("Đặc điểm nhân dạng:", "personal_identification", person.marks, left, (0.26, 0.325, 0.39))
    form.spelt_date("date_of_issue", person.issued, 0.42, 0.495)
    face.heading(title, middle, 0.565, caption)
    form.centred("issuing_authority", person.authority, middle, (0.63, 0.69), 0.56)
    face.heading(person.signer, middle, 0.93, caption)
    return face

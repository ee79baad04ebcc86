"""The CCCD with a barcode, of 2016 to 2020, in Vietnamese only (Circular 61/2015/TT-BCA)."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.drawing import Style
from models.synthetic.layouts import barcode_backs
from models.synthetic.layouts.parts import Face, Form, blank, printed_date, printed_expiry, reddish, scaled, shade
from models.synthetic.people import Person

_GROUNDS = ((204, 222, 232), (212, 228, 226), (226, 226, 208), (200, 222, 220))


def front(rng: np.random.Generator, person: Person) -> Face:
    """The fields of the card of 2021 under captions in one language."""
    face = blank(rng, _GROUNDS, shift=0.007)
    dark = shade(rng, 15, 60)
    caption = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(26, 31)), dark)
    size, gap = int(rng.integers(31, 37)), float(rng.uniform(0.2, 0.36))
    value = Style(fonts.pick(rng, fonts.SANS), size, shade(rng, 5, 50), gap)
    head = Style(caption.font, int(rng.integers(28, 33)), dark)
    red = reddish(rng)

    face.token(0.15, 0.17, 0.066, red)
    face.heading("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.63, 0.085, head)
    face.heading("Độc lập - Tự do - Hạnh phúc", 0.63, 0.135, caption)
    face.heading("CĂN CƯỚC CÔNG DÂN", 0.63, 0.225, Style(fonts.pick(rng, fonts.SANS), int(rng.integers(46, 56)), red))
    form = Form(face, caption, value)
    form.entry("Số:", "id_number", person.id_number, 0.46, 0.31, Style(value.font, int(rng.integers(42, 52)), red))
    face.portrait(rng, 0.04, 0.36, 0.23, 0.47)
    _fields(form, person, 0.3 + rng.uniform(-0.008, 0.008))
    return face


def _fields(form: Form, person: Person, left: float) -> None:
    form.block("Họ và tên:", "full_name", person.full_name.upper(), left, (0.4, 0.47))
    form.entry("Ngày, tháng, năm sinh:", "date_of_birth", printed_date(person.birth), left, 0.54)
    end = form.entry("Giới tính:", "sex", person.sex, left, 0.61)
    form.entry("Quốc tịch:", "nationality", "Việt Nam", max(end + 0.04, left + 0.25), 0.61)
    form.block("Quê quán:", "place_of_origin", person.place_of_origin, left, (0.68, 0.75))
    form.block("Nơi thường trú:", "place_of_residence", person.place_of_residence, left, (0.82, 0.885, 0.95))
    small = Form(form.face, scaled(form.caption, 0.85), scaled(form.value, 0.8), right=0.29)
    small.below("Có giá trị đến:", "date_of_expiry", printed_expiry(person.expiry), 0.04, (0.885, 0.93))


def back(rng: np.random.Generator, person: Person) -> Face:
    """See `barcode_backs`."""
    return barcode_backs.back(rng, person, _GROUNDS, "CỤC TRƯỞNG")

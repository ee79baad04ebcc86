"""The CMND with a number of twelve digits, of 2012 to 2015 (Decree 170/2007/NĐ-CP)."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.drawing import Style
from models.synthetic.layouts import barcode_backs
from models.synthetic.layouts.parts import Face, Form, blank, printed_date, printed_expiry, reddish, scaled, shade
from models.synthetic.people import Person

_GROUNDS = ((204, 224, 226), (214, 230, 222), (208, 226, 212), (222, 230, 226))


def front(rng: np.random.Generator, person: Person) -> Face:
    """Two names, people and sex beside the usual; expiry under the portrait."""
    face = blank(rng, _GROUNDS, shift=0.007)
    families = fonts.SERIF if rng.random() < 0.4 else fonts.SANS
    dark = shade(rng, 15, 70)
    caption = Style(fonts.pick(rng, families), int(rng.integers(25, 30)), dark)
    size, gap = int(rng.integers(30, 36)), float(rng.uniform(0.2, 0.38))
    value = Style(fonts.pick(rng, (*fonts.SANS, *fonts.SERIF)), size, shade(rng, 5, 60), gap)
    head = Style(caption.font, int(rng.integers(28, 33)), dark)
    red = reddish(rng)

    face.token(0.15, 0.17, 0.066, red)
    face.heading("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.63, 0.085, head)
    face.heading("Độc lập - Tự do - Hạnh phúc", 0.63, 0.135, caption)
    face.heading("CHỨNG MINH NHÂN DÂN", 0.63, 0.22, Style(caption.font, int(rng.integers(46, 56)), red))
    form = Form(face, caption, value)
    number = Style(fonts.pick(rng, (*fonts.SANS, *fonts.SERIF)), int(rng.integers(42, 52)), red)
    form.entry("Số:", "id_number", person.id_number, 0.46, 0.3, number)
    face.portrait(rng, 0.04, 0.36, 0.23, 0.47)
    _fields(form, person, 0.3 + rng.uniform(-0.008, 0.008))
    return face


def _fields(form: Form, person: Person, left: float) -> None:
    form.block("Họ và tên khai sinh:", "full_name", person.full_name.upper(), left, (0.375, 0.44))
    form.entry("Họ và tên gọi khác:", "other_name", person.other_name.upper(), left, 0.505)
    form.entry("Ngày, tháng, năm sinh:", "date_of_birth", printed_date(person.birth), left, 0.57)
    end = form.entry("Giới tính:", "sex", person.sex, left, 0.635)
    form.entry("Dân tộc:", "ethnicity", person.ethnicity, max(end + 0.04, left + 0.25), 0.635)
    form.block("Quê quán:", "place_of_origin", person.place_of_origin, left, (0.7, 0.765))
    form.block("Nơi thường trú:", "place_of_residence", person.place_of_residence, left, (0.83, 0.89, 0.95))
    small = Form(form.face, scaled(form.caption, 0.9), scaled(form.value, 0.85), right=0.29)
    small.below("Có giá trị đến:", "date_of_expiry", printed_expiry(person.expiry), 0.04, (0.885, 0.93))


def back(rng: np.random.Generator, person: Person) -> Face:
    """See `barcode_backs`."""
    return barcode_backs.back(rng, person, _GROUNDS, "GIÁM ĐỐC")

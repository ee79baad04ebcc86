"""The Căn cước of July 2024 and later (Circular 16/2024/TT-BCA); the form for children under six has no portrait."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.codes import qr_code, qr_payload
from models.synthetic.drawing import Style
from models.synthetic.layouts.parts import (
    WIDTH,
    Face,
    Form,
    blank,
    printed_date,
    printed_expiry,
    reddish,
    scaled,
    shade,
)
from models.synthetic.mrz import machine_readable_zone
from models.synthetic.people import Person

_GROUNDS = ((196, 216, 236), (208, 222, 236), (236, 230, 204), (216, 226, 226))
_WITH_PORTRAIT = 6  # years of age


def _styles(rng: np.random.Generator) -> tuple[Style, Style]:
    violet = (int(rng.integers(30, 80)), int(rng.integers(20, 70)), int(rng.integers(80, 140)))
    caption = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(22, 27)), violet)
    size, gap = int(rng.integers(31, 38)), float(rng.uniform(0.2, 0.36))
    return caption, Style(fonts.pick(rng, fonts.SANS), size, shade(rng, 5, 50), gap)


def front(rng: np.random.Generator, person: Person) -> Face:
    """Number, name, birth, sex and nationality; places are on the back."""
    face = blank(rng, _GROUNDS, shift=0.006)
    caption, value = _styles(rng)
    red = reddish(rng)
    face.token(0.115, 0.165, 0.06, red)
    face.heading("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.56, 0.085, Style(caption.font, int(rng.integers(26, 31)), red))
    face.heading("Độc lập - Tự do - Hạnh phúc", 0.56, 0.13, caption)
    face.heading("SOCIALIST REPUBLIC OF VIET NAM", 0.56, 0.175, caption)
    face.heading("Independence - Freedom - Happiness", 0.56, 0.215, caption)
    face.heading("CĂN CƯỚC", 0.56, 0.315, Style(fonts.pick(rng, fonts.SANS), int(rng.integers(46, 58)), red))
    face.heading("IDENTITY CARD", 0.56, 0.36, caption)
    has_portrait = person.age_at_issue >= _WITH_PORTRAIT
    if has_portrait:
        face.portrait(rng, 0.035, 0.38, 0.23, 0.47)
    form = Form(face, caption, value)
    left = (0.3 if has_portrait else 0.12) + rng.uniform(-0.008, 0.008)
    number = Style(value.font, int(rng.integers(42, 54)), value.colour if rng.random() < 0.6 else red)
    form.print("Số định danh cá nhân / Personal identification number:", left, 0.44)
    face.value(person.id_number, "id_number", *face.at(left, 0.51), number)
    name = person.full_name.upper()
    form.below("Họ, chữ đệm và tên khai sinh / Full name:", "full_name", name, left, (0.575, 0.64, 0.7))
    caption_of_birth = "Ngày, tháng, năm sinh / Date of birth:"
    form.entry(caption_of_birth, "date_of_birth", printed_date(person.birth), left, 0.77)
    end = form.entry("Giới tính / Sex:", "sex", person.sex, left, 0.845)
    form.entry("Quốc tịch / Nationality:", "nationality", "Việt Nam", max(end + 0.03, left + 0.25), 0.845)
    return face


def back(rng: np.random.Generator, person: Person) -> Face:
    """Places, dates and authority on the left, the QR code on the right, the machine-readable zone below."""
    face = blank(rng, _GROUNDS, shift=0.006)
    caption, value = _styles(rng)
    form = Form(face, caption, scaled(value, 0.9), right=0.72)
    left = 0.045 + rng.uniform(-0.008, 0.008)
    residence, birthplace = person.place_of_residence, person.place_of_birth
    form.below("Nơi cư trú / Place of residence:", "place_of_residence", residence, left, (0.085, 0.14, 0.19))
    form.below("Nơi đăng ký khai sinh / Place of birth:", "place_of_birth", birthplace, left, (0.25, 0.305, 0.355))
    face.chip(0.045, 0.42)
    face.paste(qr_code(qr_payload(person), int(18 / 85.6 * WIDTH)), 0.755, 0.06)
    issued, expiry = printed_date(person.issued), printed_expiry(person.expiry)
    form.entry("Ngày, tháng, năm cấp / Date of issue:", "date_of_issue", issued, 0.21, 0.46)
    form.entry("Ngày, tháng, năm hết hạn / Date of expiry:", "date_of_expiry", expiry, 0.21, 0.52)
    form.centred("issuing_authority", person.authority, 0.5, (0.583,), 0.4)
    face.heading("MINISTRY OF PUBLIC SECURITY", 0.5, 0.632, caption)
    face.machine_readable(machine_readable_zone(person), (0.73, 0.825, 0.92))
    return face

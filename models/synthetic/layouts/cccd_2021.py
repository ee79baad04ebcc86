"""The CCCD with a chip, in two languages (Circular 06/2021/TT-BCA)."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.codes import qr_code, qr_payload
from models.synthetic.drawing import Style
from models.synthetic.layouts.parts import (
    HEIGHT,
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

_GROUNDS = ((205, 222, 214), (214, 226, 232), (226, 224, 206), (200, 220, 226))


def front(rng: np.random.Generator, person: Person) -> Face:
    """Everything about the holder, in two columns beside the portrait."""
    face = blank(rng, _GROUNDS, shift=0.006)
    label_font, value_font = fonts.pick(rng, fonts.SANS), fonts.pick(rng, fonts.SANS)
    dark = shade(rng, 15, 60)
    label = Style(label_font, int(rng.integers(23, 28)), dark)
    value = Style(value_font, int(rng.integers(31, 38)), shade(rng, 5, 50), float(rng.uniform(0.2, 0.36)))
    head = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(25, 30)), dark)
    red = reddish(rng)

    face.token(0.115, 0.165, 0.06, red)
    face.heading("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.52, 0.085, head)
    face.heading("Độc lập - Tự do - Hạnh phúc", 0.52, 0.125, label)
    face.heading("SOCIALIST REPUBLIC OF VIET NAM", 0.52, 0.165, label)
    face.heading("Independence - Freedom - Happiness", 0.52, 0.205, label)
    title = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(44, 54)), red)
    face.heading("CĂN CƯỚC CÔNG DÂN", 0.54, 0.29, title)
    face.heading("Citizen Identity Card", 0.54, 0.33, label)
    face.paste(qr_code(qr_payload(person), int(rng.uniform(0.12, 0.14) * WIDTH)), 0.84, 0.04)
    face.portrait(rng, 0.035, 0.34, 0.23, 0.47)
    _fields(rng, face, person, label, value, red)
    return face


def _fields(
    rng: np.random.Generator, face: Face, person: Person, label: Style, value: Style, red: tuple[int, int, int]
) -> None:
    left, right = 0.3 + rng.uniform(-0.008, 0.008), 0.965
    x, y = face.at(left, 0.43)
    number = Style(value.font, int(rng.integers(42, 54)), value.colour if rng.random() < 0.6 else red)
    end = face.label("Số / No.:", x, y, label)
    face.value(person.id_number, "id_number", end + 18, y, number)
    x, y = face.at(left, 0.49)
    face.label("Họ và tên / Full name:", x, y, label)
    x, y = face.at(left, 0.545)
    face.paragraph(person.full_name.upper(), "full_name", value, ((x, y),), right)
    x, y = face.at(left, 0.605)
    end = face.label("Ngày sinh / Date of birth:", x, y, label)
    face.value(printed_date(person.birth), "date_of_birth", end + 14, y, value)
    x, y = face.at(left, 0.665)
    end = face.label("Giới tính / Sex:", x, y, label)
    end = face.value(person.sex, "sex", end + 14, y, value)
    end = face.label("Quốc tịch / Nationality:", max(end + 30, x + 0.26 * WIDTH), y, label)
    face.value("Việt Nam", "nationality", end + 14, y, value)
    x, y = face.at(left, 0.72)
    face.label("Quê quán / Place of origin:", x, y, label)
    x, y = face.at(left, 0.775)
    small = value if face.width(person.place_of_origin, value) < right * WIDTH - x else scaled(value, 0.8)
    face.paragraph(person.place_of_origin, "place_of_origin", small, ((x, y),), right)
    x, y = face.at(left, 0.835)
    end = face.label("Nơi thường trú / Place of residence:", x, y, label)
    starts = ((end + 14, y), face.at(left, 0.893), face.at(left, 0.948))
    face.paragraph(person.place_of_residence, "place_of_residence", scaled(value, 0.92), starts, right)
    x, y = face.at(0.03, 0.865)
    small_label = scaled(label, 0.85)
    end = face.label("Có giá trị đến:", x, y, small_label)
    face.label("Date of expiry:", x, y + 0.045 * HEIGHT, small_label)
    under = rng.random() < 0.5 or person.expiry is None
    x, y = (x, y + 0.09 * HEIGHT) if under else (end + 10, y + 0.03 * HEIGHT)
    face.value(printed_expiry(person.expiry), "date_of_expiry", x, y, scaled(value, 0.8 if under else 0.72))


def back(rng: np.random.Generator, person: Person) -> Face:
    """Marks, date and authority on the left, prints on the right, the machine-readable zone below."""
    face = blank(rng, _GROUNDS, shift=0.006)
    dark = shade(rng, 15, 60)
    caption = Style(fonts.pick(rng, fonts.SANS), int(rng.integers(22, 27)), dark)
    size, gap = int(rng.integers(28, 35)), float(rng.uniform(0.2, 0.36))
    value = Style(fonts.pick(rng, fonts.SANS), size, shade(rng, 5, 50), gap)
    form = Form(face, caption, value, right=0.64)
    small = scaled(caption, 0.85)
    left = 0.045 + rng.uniform(-0.008, 0.008)
    form.below("Đặc điểm nhân dạng / Personal identification:", "personal_identification", person.marks, left,
               (0.085, 0.14, 0.19))  # fmt: skip
    issued = printed_date(person.issued)
    form.entry("Ngày, tháng, năm / Date, month, year:", "date_of_issue", issued, left, 0.255)
    face.chip(0.045, 0.35)
    middle = 0.41
    face.heading("CỤC TRƯỞNG", middle, 0.315, caption)
    Form(face, caption, scaled(value, 0.85)).centred("issuing_authority", person.authority, middle, (0.36, 0.4), 0.45)
    face.heading("DIRECTOR GENERAL OF THE POLICE DEPARTMENT", middle, 0.445, scaled(caption, 0.75))
    face.heading("FOR ADMINISTRATIVE MANAGEMENT OF SOCIAL ORDER", middle, 0.475, scaled(caption, 0.75))
    face.heading(person.signer, middle, 0.605, caption)
    for vietnamese, english, y in (
        ("Ngón trỏ trái", "Left index finger", 0.07), ("Ngón trỏ phải", "Right index finger", 0.36)
    ):  # fmt: skip
        face.heading(vietnamese, 0.83, y, small)
        face.heading(english, 0.83, y + 0.035, small)
        face.fingerprint(rng, 0.83, y + 0.145, 0.19)
    face.machine_readable(machine_readable_zone(person), (0.72, 0.82, 0.92))
    return face

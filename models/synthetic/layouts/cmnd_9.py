"""The paper card with a number of nine digits (Decree 05/1999/NĐ-CP)."""

import numpy as np

from models.synthetic import fonts
from models.synthetic.drawing import Style
from models.synthetic.layouts.parts import WIDTH, Face, Form, blank, printed_date, reddish, shade
from models.synthetic.people import Person

_GROUNDS = ((206, 224, 206), (222, 228, 208), (214, 228, 222), (228, 226, 212))


def front(rng: np.random.Generator, person: Person) -> Face:
    """Everything about the holder beside the portrait, on dotted lines or none."""
    face = blank(rng, _GROUNDS, shift=0.008)
    serif = rng.random() < 0.6
    label_font = fonts.pick(rng, fonts.SERIF if serif else fonts.SANS)
    value_font = fonts.pick(rng, (*fonts.SERIF, *fonts.SANS, *fonts.MONO))
    dark = shade(rng, 20, 80)
    label = Style(label_font, int(rng.integers(30, 36)), dark)
    value = Style(value_font, int(rng.integers(33, 42)), shade(rng, 10, 75), float(rng.uniform(0.22, 0.45)))
    head = Style(label_font, int(rng.integers(30, 35)), dark)
    red = reddish(rng, 70)

    face.token(0.14, 0.17, 0.07, dark)
    face.heading("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.63, 0.09, head)
    face.heading("Độc lập - Tự do - Hạnh phúc", 0.63, 0.145, label)
    face.heading("GIẤY CHỨNG MINH NHÂN DÂN", 0.63, 0.235, Style(label_font, int(rng.integers(44, 54)), red))
    number = Style(fonts.pick(rng, (*fonts.SERIF, *fonts.MONO)), int(rng.integers(48, 60)), red)
    x, y = face.at(0.46, 0.325)
    end = face.label("SỐ", x, y, label)
    face.value(person.old_id_number, "id_number", end + 24, y, number)
    face.portrait(rng, 0.04, 0.4, 0.24, 0.5)
    _fields(rng, face, person, label, value)
    return face


def _fields(rng: np.random.Generator, face: Face, person: Person, label: Style, value: Style) -> None:
    left, right = 0.315 + rng.uniform(-0.01, 0.01), 0.97
    rows = [0.42, 0.5, 0.58, 0.66, 0.74, 0.82, 0.9, 0.965]
    dots = rng.random() < 0.7
    if dots:
        face.dotted_lines([face.at(left, row)[1] for row in rows[:-1]], left * WIDTH, right * WIDTH, label.colour)
    name = person.full_name.upper() if rng.random() < 0.8 else person.full_name
    x, y = face.at(left, rows[0])
    end = face.label("Họ tên" if not dots else "Họ tên:", x, y, label) + 20
    face.paragraph(name, "full_name", value, ((end, y), face.at(left, rows[1])), right)
    x, y = face.at(left, rows[2])
    end = face.label("Sinh ngày", x, y, label) + 24
    face.value(printed_date(person.birth, "-"), "date_of_birth", end, y, value)
    x, y = face.at(left, rows[3])
    end = face.label("Nguyên quán", x, y, label) + 20
    face.paragraph(person.place_of_origin, "place_of_origin", value, ((end, y), face.at(left, rows[4])), right)
    x, y = face.at(left, rows[5])
    end = face.label("Nơi ĐKHK thường trú", x, y, label) + 18
    starts = ((end, y), face.at(left, rows[6]), face.at(left, rows[7]))
    face.paragraph(person.place_of_residence, "place_of_residence", value, starts, right)


def back(rng: np.random.Generator, person: Person) -> Face:
    """People and religion above, prints on the left, marks, date and authority on the right."""
    face = blank(rng, _GROUNDS, shift=0.008)
    dark = shade(rng, 20, 80)
    caption = Style(fonts.pick(rng, fonts.SERIF if rng.random() < 0.6 else fonts.SANS), int(rng.integers(28, 33)), dark)
    value_font = fonts.pick(rng, (*fonts.SERIF, *fonts.SANS, *fonts.MONO))
    value = Style(value_font, int(rng.integers(31, 38)), shade(rng, 10, 75), float(rng.uniform(0.22, 0.4)))
    form = Form(face, caption, value, right=0.96)
    left = 0.34 + rng.uniform(-0.01, 0.01)
    form.entry("Dân tộc:", "ethnicity", person.ethnicity, 0.06, 0.1)
    form.entry("Tôn giáo:", "religion", person.religion, 0.52, 0.1)
    for text, y in (("NGÓN TRỎ TRÁI", 0.19), ("NGÓN TRỎ PHẢI", 0.59)):
        face.heading(text, 0.17, y, caption)
        face.fingerprint(rng, 0.17, y + 0.19, 0.32)
    face.heading("DẤU VẾT RIÊNG VÀ DỊ HÌNH", 0.65, 0.21, caption)
    rows = (0.3, 0.38)
    if rng.random() < 0.7:
        face.dotted_lines([face.at(left, row)[1] for row in rows], left * WIDTH, form.right * WIDTH, dark)
    form.lines("personal_identification", person.marks, left, rows)
    form.spelt_date("date_of_issue", person.issued, 0.42, 0.5)
    face.heading("GIÁM ĐỐC", 0.66, 0.575, caption)
    form.centred("issuing_authority", person.authority, 0.66, (0.645, 0.71), 0.55)
    face.heading(person.signer, 0.66, 0.93, caption)
    return face

"""Documents that the Cropper never learned from, drawn by hand in the manner of their kind: SPECIMEN, nobody's design.

Training draws other cards too (`models/synthetic/others.py`), by chance from a box of parts; none of these is made so.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from models.synthetic import fonts
from models.synthetic.drawing import CARD_SIZE, Colour, Style, specimen_mark
from models.synthetic.layouts.parts import Face, Form, blank, printed_date, reddish, shade
from models.synthetic.people import Person, invent


def _styles(rng: np.random.Generator, size: int = 30) -> tuple[Style, Style]:
    caption = Style(fonts.pick(rng, fonts.SANS), size - 4, shade(rng, 15, 70))
    return caption, Style(fonts.pick(rng, fonts.SANS), size + 3, shade(rng, 5, 60))


def driving_licence(rng: np.random.Generator, person: Person) -> Face:
    """Portrait on the left, number, name, birth and classes on the right."""
    face = blank(rng, ((244, 236, 196), (238, 228, 206)), 0.005)
    caption, value = _styles(rng)
    face.portrait(rng, 0.04, 0.3, 0.22, 0.46)
    face.heading("GIẤY PHÉP LÁI XE / DRIVING LICENCE", 0.6, 0.12, Style(value.font, 42, reddish(rng)))
    form = Form(face, caption, value)
    form.entry("Số/No:", "none", person.id_number, 0.3, 0.28)
    form.entry("Họ tên/Full name:", "none", person.full_name.upper(), 0.3, 0.37)
    form.entry("Ngày sinh/Date of birth:", "none", printed_date(person.birth), 0.3, 0.46)
    form.entry("Quốc tịch/Nationality:", "none", "VIỆT NAM", 0.3, 0.55)
    form.block("Nơi cư trú/Address:", "none", person.place_of_residence, 0.3, (0.64, 0.71))
    form.entry("Hạng/Class:", "none", "A1 B2", 0.04, 0.86)
    form.entry("Có giá trị đến/Expires:", "none", printed_date(person.issued), 0.3, 0.86)
    return face


def bank_card(rng: np.random.Generator, person: Person) -> Face:
    """A chip, a long number, a name, on a dark ground."""
    colour = tuple(int(v) for v in rng.integers(10, 120, 3))
    face = Face(Image.new("RGB", CARD_SIZE, colour))
    light = Style(fonts.pick(rng, fonts.SANS), 60, (235, 235, 225))
    face.chip(0.08, 0.32)
    face.heading("NGÂN HÀNG MẪU", 0.28, 0.16, light)
    number = " ".join(f"{group:04d}" for group in rng.integers(0, 10_000, 3))
    face.heading(f"0000 {number}", 0.46, 0.66, Style(fonts.pick(rng, fonts.MONO), 78, light.colour))
    face.heading("VALID THRU 09/29", 0.5, 0.77, Style(light.font, 30, light.colour))
    face.heading(person.full_name.upper(), 0.3, 0.9, Style(light.font, 42, light.colour))
    return face


def health_insurance_card(rng: np.random.Generator, person: Person) -> Face:
    """Lines without a portrait, a code at the right."""
    face = blank(rng, ((236, 244, 250), (250, 250, 244)), 0.005)
    caption, value = _styles(rng)
    blue: Colour = (20, 60, 150)
    face.heading("BẢO HIỂM XÃ HỘI VIỆT NAM", 0.5, 0.1, Style(value.font, 32, blue))
    face.heading("THẺ BẢO HIỂM Y TẾ", 0.5, 0.2, Style(value.font, 56, blue))
    form = Form(face, caption, value)
    form.entry("Mã số:", "none", f"DN4 {person.id_number[:10]}", 0.06, 0.34)
    form.entry("Họ và tên:", "none", person.full_name, 0.06, 0.44)
    form.entry("Ngày sinh:", "none", printed_date(person.birth), 0.06, 0.54)
    form.entry("Giới tính:", "none", person.sex, 0.5, 0.54)
    form.block("Nơi đăng ký KCB BĐ:", "none", f"Bệnh viện {person.place_of_origin}", 0.06, (0.64, 0.72))
    form.entry("Giá trị sử dụng: từ ngày", "none", printed_date(person.issued), 0.06, 0.84)
    face.bars(rng, 0.68, 0.86, 0.28, 0.1)
    return face


def student_card(rng: np.random.Generator, person: Person) -> Face:
    """A coloured band above, the portrait on the right."""
    face = blank(rng, ((250, 250, 250), (240, 246, 250)), 0.005)
    caption, value = _styles(rng, 34)
    band = tuple(int(v) for v in rng.integers(20, 160, 3))
    ImageDraw.Draw(face.image).rectangle((0, 0, CARD_SIZE[0], 180), fill=band)
    face.heading("TRƯỜNG ĐẠI HỌC MẪU", 0.5, 0.14, Style(value.font, 60, (250, 250, 250)))
    face.heading("THẺ SINH VIÊN", 0.36, 0.36, Style(value.font, 54, reddish(rng)))
    face.portrait(rng, 0.72, 0.3, 0.22, 0.5)
    form = Form(face, caption, value, right=0.7)
    form.entry("Họ tên:", "none", person.full_name, 0.06, 0.52)
    form.entry("Ngày sinh:", "none", printed_date(person.birth), 0.06, 0.63)
    form.entry("Khoa:", "none", "Công nghệ thông tin", 0.06, 0.74)
    form.entry("MSSV:", "none", person.old_id_number, 0.06, 0.85)
    return face


def passport_page(rng: np.random.Generator, person: Person) -> Face:
    """Portrait, two columns of data, a zone of two lines of 44 (ICAO 9303 TD3). Its page is not a card's shape."""
    face = blank(rng, ((226, 232, 214), (232, 226, 216)), 0.005)
    caption, value = _styles(rng, 26)
    face.heading("HỘ CHIẾU / PASSPORT", 0.55, 0.08, Style(value.font, 40, reddish(rng)))
    face.portrait(rng, 0.05, 0.16, 0.24, 0.5)
    form = Form(face, caption, value)
    form.below("Họ và tên / Full name", "none", person.full_name.upper(), 0.34, (0.18, 0.24))
    form.below("Số hộ chiếu / Passport No", "none", f"P{person.old_id_number[:8]}", 0.34, (0.32, 0.38))
    form.below("Ngày sinh / Date of birth", "none", printed_date(person.birth), 0.34, (0.46, 0.52))
    form.below("Giới tính / Sex", "none", person.sex, 0.65, (0.46, 0.52))
    form.below("Nơi sinh / Place of birth", "none", person.place_of_birth.split(", ")[-1], 0.34, (0.6, 0.66))
    name = "".join(char for char in person.full_name.upper() if char.isascii() and char.isalpha())
    lines = (f"P<VNM{name}<<".ljust(44, "<")[:44], f"P{person.old_id_number[:8]}0VNM".ljust(44, "<"))
    small = Style(fonts.machine_readable(), 38, (20, 20, 25))
    for line, y in zip(lines, (0.86, 0.94), strict=True):
        face.heading(line, 0.5, y, small)
    return face


def foreign_identity_card(rng: np.random.Generator, person: Person) -> Face:
    """The back of another country's card: an address, and a zone of three lines that is not VNM's."""
    face = blank(rng, ((214, 222, 236), (226, 220, 236)), 0.005)
    caption, value = _styles(rng)
    form = Form(face, caption, value)
    form.below("Anschrift / Address / Adresse", "none", "Musterstrasse 12, 12345 Musterstadt", 0.06, (0.14, 0.22))
    form.entry("Augenfarbe / Colour of eyes:", "none", "BRAUN", 0.06, 0.34)
    form.entry("Größe / Height:", "none", "176 cm", 0.06, 0.43)
    form.entry("Datum / Date:", "none", printed_date(person.issued), 0.06, 0.52)
    face.chip(0.75, 0.2)
    zone = (
        f"IDD<<{person.old_id_number}".ljust(30, "<"),
        "8001014F2901018D".ljust(30, "<"),
        "MUSTER<<ERIKA".ljust(30, "<"),
    )
    face.machine_readable(zone, (0.73, 0.825, 0.92))
    return face


DOCUMENTS: dict[str, Callable[[np.random.Generator, Person], Face]] = {
    "driving licence": driving_licence,
    "bank card": bank_card,
    "health insurance card": health_insurance_card,
    "student card": student_card,
    "passport page": passport_page,
    "another country's card": foreign_identity_card,
}


def draw(rng: np.random.Generator, name: str) -> np.ndarray:
    """A document of DOCUMENTS, uint8 [800, 1280, 3]."""
    return np.asarray(specimen_mark(DOCUMENTS[name](rng, invent(rng, "cccd-2021")).image, rng))

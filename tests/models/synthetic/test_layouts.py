import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import ImageDraw

from models.card import CARD_CLASSES, Kind
from models.synthetic import codes, fonts
from models.synthetic.layouts import LAYOUTS, DrawnCard, draw_card, parts
from models.synthetic.mrz import machine_readable_zone
from models.synthetic.people import Person, invent

KINDS = tuple(LAYOUTS)
BACKS = tuple(kind for kind in KINDS if kind[1] == "back")


def draw(kind: Kind, seed: int, **changes: object) -> tuple[Person, DrawnCard]:
    """A card of somebody of its time, of whom `changes` are true."""
    rng = np.random.default_rng(seed)
    person = replace(invent(rng, kind[0], scrambled=seed % 3 == 0), **changes)
    return person, draw_card(rng, person, kind)


def printed(person: Person, kind: Kind) -> dict[str, str]:
    """What each field of a card should say, said again without the layouts."""
    birth, issued, expiry = (
        "/".join((f"{date[0]:02}", f"{date[1]:02}", str(date[2]))) if date else "Không thời hạn"
        for date in (person.birth, person.issued, person.expiry)
    )
    name = person.full_name.upper()
    number = {"id_number": person.id_number}
    basic = {**number, "full_name": name, "date_of_birth": birth, "sex": person.sex, "nationality": "Việt Nam"}
    places = {"place_of_origin": person.place_of_origin, "place_of_residence": person.place_of_residence}
    official = {"issuing_authority": person.authority}
    marked = {**official, "personal_identification": person.marks}
    spelt = {"date_of_issue": issued.replace("/", " ")}
    zone = {"mrz": " ".join(machine_readable_zone(person))}
    expected = {
        ("cmnd-9", "front"): {
            "id_number": person.old_id_number,
            "full_name": name,
            "date_of_birth": birth.replace("/", "-"),
            **places,
        },
        ("cmnd-9", "back"): {**marked, **spelt, "ethnicity": person.ethnicity, "religion": person.religion},
        ("cmnd-12", "front"): {
            **{key: text for key, text in basic.items() if key != "nationality"},
            **places,
            "other_name": person.other_name.upper(),
            "ethnicity": person.ethnicity,
            "date_of_expiry": expiry,
        },
        ("cmnd-12", "back"): {**marked, **spelt},
        ("cccd-2016", "front"): {**basic, **places, "date_of_expiry": expiry},
        ("cccd-2016", "back"): {**marked, **spelt},
        ("cccd-2021", "front"): {**basic, **places, "date_of_expiry": expiry},
        ("cccd-2021", "back"): {**marked, **zone, "date_of_issue": issued},
        ("cc-2024", "front"): basic,
        ("cc-2024", "back"): {
            **official,
            **zone,
            "place_of_residence": person.place_of_residence,
            "place_of_birth": person.place_of_birth,
            "date_of_issue": issued,
            "date_of_expiry": expiry,
        },
    }
    return {name: text for name, text in expected[kind].items() if text}


def test_both_sides_of_five_types_can_be_drawn_and_those_the_networks_know_are_among_them() -> None:
    assert len(KINDS) == 10
    assert len({card_type for card_type, _ in KINDS}) == 5
    assert set(CARD_CLASSES) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_a_card_says_what_is_true_of_its_holder(kind: Kind) -> None:
    for seed in range(4):
        person, card = draw(kind, seed)
        if kind == ("cmnd-9", "front"):  # a fifth of these print the name as it is written
            card.fields["full_name"] = card.fields["full_name"].upper()
        assert card.fields == printed(person, kind)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_words_lie_on_the_card_and_none_on_another(kind: Kind) -> None:
    long = {"place_of_residence": "Tổ dân phố 17A, Phường Phước Long, Thị xã Giá Rai, Tỉnh Thừa Thiên Huế"}
    if kind not in CARD_CLASSES:
        long["full_name"] = "Công Huyền Tôn Nữ Phương Nguyệt Khuynh Quỳnh"
    for seed, changes in ((0, {}), (1, {}), (2, {}), (4, long), (5, long)):
        _, card = draw(kind, seed, **changes)
        boxes = np.array([word.box for word in card.words])
        assert boxes.min() > 0
        assert boxes.max() < 1
        for one, other in itertools.combinations(card.words, 2):
            across, down = np.minimum(one.box[2:], other.box[2:]) - np.maximum(one.box[:2], other.box[:2])
            assert min(across, down) <= 0, (one, other)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_the_same_seed_gives_the_same_card_and_another_one_another(kind: Kind) -> None:
    (_, one), (_, same), (_, other) = draw(kind, 1), draw(kind, 1), draw(kind, 2)
    np.testing.assert_array_equal(one.image, same.image)
    assert one.words == same.words
    assert (one.image != other.image).any()


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_every_card_is_marked_as_a_specimen(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    text = ImageDraw.ImageDraw.text

    def remember(pen: ImageDraw.ImageDraw, at: object, words: str, *rest: object, **more: object) -> None:
        written.append(words)
        text(pen, at, words, *rest, **more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", remember)
    draw(kind, 1)
    assert {"SPECIMEN", "MẪU"} <= set(written)


def test_the_qr_code_of_a_drawn_back_holds_the_fields_of_the_card() -> None:
    for seed in (1, 2, 3):
        person, card = draw(("cc-2024", "back"), seed, has_old_id=seed == 2)
        decoded, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(card.image)
        number, old, name, birth, sex, residence, issued = decoded.split("|")
        assert (number, name, sex) == (person.id_number, person.full_name, person.sex)
        assert old == (person.old_id_number if seed == 2 else "")
        assert residence == card.fields["place_of_residence"]
        assert issued == card.fields["date_of_issue"].replace("/", "")
        assert birth == "{:02}{:02}{}".format(*person.birth)


def test_the_longest_text_of_a_qr_code_still_fits_its_place() -> None:
    text = "079100123456|123456789|Công Huyền Tôn Nữ Phương Nguyệt Khuynh|01012000|Nữ|" + "Phường Mỹ Đình, " * 5
    assert cv2.QRCodeDetectorAruco().detectAndDecode(np.asarray(codes.qr_code(text, 269)))[0] == text


def test_only_children_under_six_have_no_portrait_on_the_newest_card(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(parts.Face, "portrait", lambda *_: shown.append(1))
    draw(("cc-2024", "front"), 1, birth=(5, 8, 2019), issued=(4, 8, 2025))
    assert not shown
    draw(("cc-2024", "front"), 1, birth=(5, 8, 2019), issued=(5, 8, 2025))
    assert shown


def test_a_text_too_long_for_its_lines_is_printed_smaller() -> None:
    rng = np.random.default_rng(0)
    face = parts.blank(rng, ((200, 210, 220),), shift=0.0)
    style = parts.Style(fonts.available(fonts.SANS)[0], 34, (0, 0, 0))
    start = ((100.0, 100.0),)
    assert face.fitting("Nguyễn Văn Án", style, start, right=0.9) == style
    smaller = face.fitting("Nguyễn Văn Án " * 6, style, start, right=0.9)
    assert 100 + face.width("Nguyễn Văn Án " * 6, smaller) <= 0.9 * parts.WIDTH

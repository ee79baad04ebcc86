from dataclasses import replace

import numpy as np
import pytest

from benchmarks import held_out_names
from benchmarks.generalisation import AS_TRAINED, NEVER_TRIED, SERIES, Row, case, report
from benchmarks.held_out_cameras import CAMERAS
from benchmarks.held_out_surfaces import SURFACES
from models.charset import encode
from models.family_names import FAMILY_NAMES
from models.given_names import GIVEN_NAMES
from models.synthetic import people
from models.synthetic.people import invent


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_is_a_picture_of_its_size(surface: str) -> None:
    picture = SURFACES[surface](np.random.default_rng(0), (320, 240))
    assert (picture.shape, picture.dtype) == ((240, 320, 3), np.uint8)
    assert picture.std() > 0


@pytest.mark.parametrize("camera", CAMERAS)
def test_every_camera_changes_the_photo_and_keeps_its_size(camera: str) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    before = photo.copy()
    corners = np.array([[60.0, 60], [260, 60], [260, 180], [60, 180]])
    taken = CAMERAS[camera](np.random.default_rng(0), photo, corners)
    assert (taken.shape, taken.dtype) == (photo.shape, np.uint8)
    assert (taken != photo).any()
    np.testing.assert_array_equal(photo, before)


def test_the_names_are_those_of_no_list_and_can_be_read() -> None:
    drawn = (people._SURNAMES, people._MALE_MIDDLES, people._FEMALE_MIDDLES, people._MALE_GIVEN, people._FEMALE_GIVEN)
    known = {name.upper() for names in drawn for name in names} | FAMILY_NAMES | GIVEN_NAMES
    names = {*held_out_names.FAMILY_NAMES, *held_out_names.MIDDLE_NAMES, *held_out_names.GIVEN_NAMES}
    assert not known & {name.upper() for name in names}
    assert not set(people._HAMLETS) & set(held_out_names.HAMLETS)
    for name in names:
        assert encode(name)
        assert encode(name.upper())


def test_a_renamed_person_keeps_everything_but_names_and_hamlet() -> None:
    person = replace(invent(np.random.default_rng(0), "cccd-2021"), other_name="", issued=(1, 1, 2022))
    person = replace(person, place_of_residence="Thôn 1, Xã Một, Huyện Hai, Tỉnh Ba")
    other = held_out_names.renamed(np.random.default_rng(1), person)
    assert other.full_name.split()[0] in held_out_names.FAMILY_NAMES
    hamlet, units = other.place_of_residence.split(", ", 1) if ", X" in other.place_of_residence else ("", "")
    assert hamlet in held_out_names.HAMLETS
    assert units == "Xã Một, Huyện Hai, Tỉnh Ba"
    kept = {"full_name": "", "signer": "", "place_of_residence": ""}
    assert replace(other, **kept) == replace(person, **kept)


def test_series_show_the_same_card_but_for_what_they_change() -> None:
    usual, surface, names = (case(11, SERIES[name]) for name in (AS_TRAINED, "surfaces", "names"))
    assert surface.fields == usual.fields
    assert (surface.photo != usual.photo).any()
    assert names.fields.keys() == usual.fields.keys()
    assert names.fields != usual.fields
    again = case(11, SERIES[AS_TRAINED])
    np.testing.assert_array_equal(again.photo, usual.photo)


def test_the_drop_is_that_of_the_same_cards() -> None:
    right, wrong = {"full_name": True, "sex": True}, {"full_name": False, "sex": True}
    rows = [Row(AS_TRAINED, seed, right, right) for seed in range(4)]
    for series in [name for name in SERIES if name != AS_TRAINED]:
        rows += [Row(series, seed, wrong if seed else right, right, "", "screen", "grey") for seed in range(3)]
        rows.append(Row(series, 3, wrong, wrong, "no_card", "screen", "shadow"))
    text = report(rows)
    assert "| nothing | 4 | 100.0% | 100.0% | 100.0% | 100.0% | 100.0% | 100.0% (100.0% to 100.0%) | - | 0 |" in text
    shares = "62.5% | 87.5% | 25.0% | 75.0% | 25.0% | 75.0% (25.0% to 100.0%)"
    assert f"| names | 4 | {shares} | 25.0 (0.0 to 75.0) | 1 |" in text
    assert "| screen * | 4 | 3 | 4 | 1 |" in text
    assert "| shadow | 1 | 0 | 1 | 1 |" in text


def test_what_was_never_tried_exists() -> None:
    assert set(NEVER_TRIED) <= {*SURFACES, *CAMERAS}

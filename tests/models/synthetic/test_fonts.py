import re

import numpy as np
import pytest

from models.synthetic import fonts
from models.synthetic.photograph import sample

FAMILIES = (fonts.SANS, fonts.SERIF, fonts.MONO)


def installed() -> bool:
    try:
        with fonts.unseen():
            return True
    except RuntimeError:
        return False


needs_unseen = pytest.mark.skipif(not installed(), reason="fonts of families that are held out: make fonts")


def test_no_font_is_both_trained_on_and_held_out() -> None:
    held_out = {stem for stems in fonts.UNSEEN.values() for stem in stems}
    learned_from = {stem for family in (*FAMILIES, *fonts.MORE.values()) for stem in family}
    assert not held_out & learned_from
    families = {re.split(r"[-_]|\d|SIL", stem)[0] for stem in held_out}  # Andika, not AndikaCompact in its place
    assert not [stem for stem in learned_from for family in families if stem.startswith(family)]


def test_every_kind_of_font_has_others_in_its_place() -> None:
    assert set(fonts.UNSEEN) == set(FAMILIES) == set(fonts.MORE)


def test_without_fonts_that_were_held_out_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "UNSEEN", {fonts.SANS: ("NoSuchFont",)})
    with pytest.raises(RuntimeError, match=r"NoSuchFont.*make fonts"), fonts.unseen():
        pytest.fail("it was to be refused")


@needs_unseen
def test_within_it_only_fonts_that_were_held_out_are_picked_and_afterwards_none() -> None:
    everything = tuple(stem for family in FAMILIES for stem in family)
    held_out = {stem for stems in fonts.UNSEEN.values() for stem in stems}
    rng = np.random.default_rng(0)
    with fonts.unseen():
        assert {fonts.pick(rng, everything) for _ in range(100)} <= held_out
    assert not {fonts.pick(rng, everything) for _ in range(100)} & held_out


@needs_unseen
def test_the_same_people_have_the_same_cards_in_other_letters() -> None:
    usual = sample("mobile", 3)
    with fonts.unseen():
        unseen = sample("mobile", 3)
    assert unseen.kind == usual.kind
    assert unseen.fields == usual.fields
    assert (unseen.photo.shape != usual.photo.shape) or (unseen.photo != usual.photo).any()


def test_for_learning_other_families_are_taken_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    known = fonts.available(fonts.SANS)[0]
    other = fonts.available(("DejaVuSans-Oblique",))[0]  # matplotlib brings it
    monkeypatch.setattr(fonts, "MORE", {fonts.SANS: (other, "NoSuchFont")})
    rng = np.random.default_rng(0)
    with fonts.with_more():
        assert {fonts.pick(rng, [known]) for _ in range(50)} == {known, other}
    assert {fonts.pick(rng, [known]) for _ in range(50)} == {known}


def test_without_other_families_the_usual_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    known = fonts.available(fonts.SANS)[0]
    monkeypatch.setattr(fonts, "MORE", {fonts.SANS: ("NoSuchFont",)})
    with fonts.with_more():
        assert {fonts.pick(np.random.default_rng(0), [known]) for _ in range(50)} == {known}

import numpy as np
import pytest

from models.alike import by_fields, by_issue
from models.card import ALIKE, FIELDS_OF, Field
from models.detector.contract import WordBox

FRONTS = (("cmnd-12", "front"), ("cccd-2016", "front"))
BACKS = (("cmnd-12", "back"), ("cccd-2016", "back"))


def found(**scores: float) -> list[WordBox]:
    return [WordBox(field, np.zeros(4), score) for field, score in scores.items()]


def issued(value: str | None) -> dict[str, Field]:
    return {"date_of_issue": Field("", value, 1.0, (), ())}


@pytest.mark.parametrize("kind", FRONTS)
def test_a_front_is_the_one_whose_own_fields_were_found(kind: tuple[str, str]) -> None:
    assert by_fields(kind, found(full_name=0.9, nationality=0.9, ethnicity=0.3)) == ("cccd-2016", "front")
    assert by_fields(kind, found(full_name=0.9, nationality=0.3, ethnicity=0.9)) == ("cmnd-12", "front")


@pytest.mark.parametrize("kind", [*FRONTS, *BACKS])
def test_without_evidence_it_stays_what_the_cropper_saw(kind: tuple[str, str]) -> None:
    assert by_fields(kind, found(full_name=0.9, date_of_issue=0.9)) == kind
    assert by_issue(kind, {}) == kind
    assert by_issue(kind, issued(None)) == kind


@pytest.mark.parametrize("kind", BACKS)
def test_a_back_is_the_one_that_was_issued_then(kind: tuple[str, str]) -> None:
    assert by_issue(kind, issued("2015-12-31")) == ("cmnd-12", "back")
    assert by_issue(kind, issued("2016-01-01")) == ("cccd-2016", "back")


def test_every_other_card_stays_what_it_is() -> None:
    for kind in set(FIELDS_OF) - set(ALIKE):
        assert by_fields(kind, found(nationality=0.9, ethnicity=0.9)) == kind
        assert by_issue(kind, issued("2012-01-01")) == kind

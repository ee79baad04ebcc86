import numpy as np
import pytest

from benchmarks import other_documents, out_of_domain
from benchmarks.out_of_domain import CASES, Row, read_case, table
from models.card import Card, NoCardFound, Quality


@pytest.mark.parametrize("case", CASES)
def test_every_case_can_be_photographed(case: str) -> None:
    photo = CASES[case](np.random.default_rng(1))
    assert photo.dtype == np.uint8
    assert photo.ndim == 3
    assert photo.std() > 0


@pytest.mark.parametrize("name", other_documents.DOCUMENTS)
def test_every_document_is_marked_as_a_specimen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    marked = other_documents.draw(rng, name)
    monkeypatch.setattr(other_documents, "specimen_mark", lambda image, _: image)
    assert (marked != other_documents.draw(np.random.default_rng(0), name)).any()


def test_a_refusal_is_told_by_its_code_and_a_card_by_what_it_was_taken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    quality = Quality(0, 0, 0, 0, 1, 1000, 1, 1)
    card = Card("cmnd-9", "back", 0.97, (), {}, quality, warnings=("field_missing:religion",))
    answers = iter([(None, NoCardFound.code), (card, "")])
    monkeypatch.setattr(out_of_domain, "read_or_refused", lambda *_: next(answers))
    refused, taken = read_case(lambda *_: {}, "no card at all", 2)
    assert refused == Row("no card at all", "no_card")
    assert taken == Row("no card at all", None, "cmnd-9 back", ("field_missing:religion",), 0)


def test_the_table_has_a_line_for_every_case() -> None:
    rows = [
        Row("bank card", "no_card"),
        Row("bank card", None, "cmnd-9 back", ("field_missing:mrz", "field_missing:religion", "quality:dark"), 2),
    ]
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(CASES)
    [line] = [line for line in lines if "bank card" in line]
    assert line.startswith("| bank card | 2 | 1 `no_card` | 1 cmnd-9 back | 1 `")
    assert "1 `field_missing`" in line
    assert "1 `quality:dark`" in line
    assert line.endswith("| 2 |")

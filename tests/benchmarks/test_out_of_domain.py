import numpy as np
import pytest

from benchmarks import out_of_domain
from benchmarks.out_of_domain import Row, compare, read_kind, table
from models.card import Card, Check, Field, NoCardFound, Quality
from models.synthetic.layouts import LAYOUTS
from models.synthetic.sample import Kind, Sample

KIND: Kind = ("cmnd-12", "front")


def photo(fields: dict[str, str]) -> Sample:
    return Sample(np.zeros((8, 8, 3), np.uint8), b"", None, np.zeros((4, 2)), fields=fields, kind=KIND)


def read(fields: dict[str, str], length: str) -> Card:
    return Card(
        type="cmnd-9",
        side="front",
        confidence=0.97,
        corners=(),
        fields={name: Field(text, None, 1.0, (), ()) for name, text in fields.items()},
        quality=Quality(0, 0, 0, 0, 1, 1000, 1, 1),
        checks=(Check("id_has_right_length", length, ("id_number",)),),
    )


def test_a_field_is_right_wrong_or_not_on_the_card() -> None:
    printed = {"id_number": "001", "full_name": "AN BÌNH"}
    row = compare(photo(printed), read({"id_number": "001", "full_name": "AN", "nationality": "Việt Nam"}, "fail"))
    assert (row.right, row.wrong, row.absent) == (1, 1, 1)
    assert row.id_right
    assert not row.number_fits
    assert (row.card, row.taken_for) == ("cmnd-12 front", "cmnd-9 front")


def test_a_refusal_is_told_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Card:
        raise NoCardFound

    monkeypatch.setattr(out_of_domain, "read_card", refuse)
    monkeypatch.setattr(out_of_domain, "sample", lambda *_: photo({}))
    assert [row.refused for row in read_kind(lambda *_: {}, KIND, 2)] == ["no_card", "no_card"]


def test_the_table_has_a_line_for_every_card_that_can_be_drawn() -> None:
    rows = [
        Row("cmnd-12 front", refused="no_card"),
        Row("cmnd-12 front", taken_for="cmnd-9 front", right=3, wrong=1, absent=2, issues=("unknown_document",)),
    ]
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(LAYOUTS)
    assert "| cmnd-12 front | 2 | 1 `no_card` | 1 cmnd-9 front | 1 | 0 | 0 | 3 / 1 / 2 |" in lines

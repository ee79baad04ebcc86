import pytest

from benchmarks.reading_errors import KINDS, RIGHT, Row, confusions, kind_of_error, report


def row(truth: str, read: str, split: str = "mobile", blur: float = 1.0) -> Row:
    return Row(split, "full_name", truth, read, {"blur": blur})


@pytest.mark.parametrize(
    ("truth", "read", "kind"),
    [
        ("Nguyễn", "Nguyễn", RIGHT),
        ("Nguyễn", "Nguyển", KINDS[0]),
        ("Trần", "Tran", KINDS[1]),
        ("Đỗ", "Dỗ", KINDS[1]),
        ("Sau", "sau", KINDS[2]),
        ("Sáu", "sau", KINDS[2]),
        ("0123", "O123", KINDS[3]),
        ("0123", "012", KINDS[4]),
        ("0123", "", KINDS[4]),
    ],
)
def test_an_error_is_of_the_first_kind_that_explains_it(truth: str, read: str, kind: str) -> None:
    assert kind_of_error(truth, read) == kind


def test_letters_are_counted_by_what_they_were_taken_for_and_not_shifted_by_one_too_many() -> None:
    found = confusions([row("0011", "0O11"), row("0011", "O011"), row("Lan", "Laan"), row("Lan", "Lam")])
    assert found == [("0", "O", 2, 4), ("n", "m", 1, 2)]


def test_the_report_says_how_many_of_what() -> None:
    rows = [
        row("Nguyễn", "Nguyển", blur=4),
        row("An", "An", blur=1),
        row("Bình", "Bình", blur=2),
        row("Y", "Ý", blur=3),
    ]
    text = report([*rows, row("Sau", "sau", "hard", blur=9)])
    assert "| words | 4 | 1 | 0 |" in text
    assert "| wrong | 2 (50.0%) | 1 (100.0%) | 0 (-) |" in text
    assert "| of these, case alone | 0.0% | 100.0% | - |" in text
    assert "| 1 | 100.0% | - | - |" in text
    assert "| `y` |" not in text
    assert "| `Y` | `Ý` | 1 | 100.0% |" in text
    assert "| blur | 1 to 2: 0.0% | 2 to 3: 100.0% | 3 to 4: 100.0% | 4 to 9: 100.0% |" in text

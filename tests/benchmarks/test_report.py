"""What a benchmark prints, writes and exits with."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.report import Report, publish, spread, table, write_between


def test_a_bar_that_is_passed_leaves_a_line_and_the_status_0(capsys):
    report = Report("example")
    report.bar("ratio", 0.91, ">=", 0.9)
    assert capsys.readouterr().out == "BAR ratio 0.910 >= 0.9 PASS\n"
    assert report.finish(None) == 0


def test_one_missed_bar_is_the_status_1(capsys):
    report = Report("example")
    report.bar("ratio", 0.91, ">=", 0.9)
    report.bar("latency_ms", 20.0, "<=", 15)
    assert capsys.readouterr().out.splitlines()[-1] == "BAR latency_ms 20.000 <= 15 FAIL"
    assert report.finish(None) == 1


def test_figures_and_bars_are_written_for_machines(tmp_path):
    report = Report("example", quick=True)
    report.figure("ratios", [0.9, 0.92])
    report.bar("ratio", 0.91, ">=", 0.9)
    report.finish(tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["benchmark"], result["conditions"]["quick"]) == ("example", True)
    assert result["figures"] == {"ratios": [0.9, 0.92]}
    assert result["bars"] == {"ratio": {"value": 0.91, "op": ">=", "limit": 0.9, "passed": True}}


@pytest.mark.parametrize(("values", "text"), [([0.9], "0.90 (0.90-0.90)"), ([1, 3, 2], "2.00 (1.00-3.00)")])
def test_a_spread_has_median_least_and_most(values, text):
    assert spread(values) == text


def test_a_table_is_aligned(capsys):
    table("Title", ("model", "rows"), [("cropper", 1), ("x", 100)])
    assert capsys.readouterr().out == "\nTitle\nmodel    rows\ncropper     1\nx         100\n\n"


def test_what_was_measured_takes_the_place_of_what_stood_between_the_marks(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# Đo\n\n<!-- from -->\nold\n<!-- to -->\n\nrest\n", encoding="utf-8")
    for _ in range(2):
        write_between(file, ("<!-- from -->", "<!-- to -->"), "| ô | 1 |")
    text = file.read_text(encoding="utf-8")
    assert text == "# Đo\n\n<!-- from -->\n\n| ô | 1 |\n\n<!-- to -->\n\nrest\n"


@pytest.mark.parametrize("text", ["no marks", "<!-- to -->\n<!-- from -->", "<!-- from -->", "<!-- from -->\n" * 2])
def test_a_document_without_its_marks_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "page.md"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"page\.md has not"):
        write_between(file, ("<!-- from -->", "<!-- to -->"), "new")
    assert file.read_text() == text


@dataclass(frozen=True)
class Row:
    read: int


def test_what_was_found_is_printed_and_kept_only_where_that_is_wanted(tmp_path: Path, capsys) -> None:
    rows, document = tmp_path / "rows.json", tmp_path / "page.md"
    document.write_text("<!-- from --><!-- to -->\n")
    publish([Row(1)], "| 1 |", None, None, ("<!-- from -->", "<!-- to -->"))
    assert (capsys.readouterr().out, rows.exists()) == ("| 1 |\n", False)
    publish([Row(1)], "| 1 |", rows, document, ("<!-- from -->", "<!-- to -->"))
    assert json.loads(rows.read_text()) == [{"read": 1}]
    assert document.read_text() == "<!-- from -->\n\n| 1 |\n\n<!-- to -->\n"

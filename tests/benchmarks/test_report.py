"""What a benchmark prints, writes and exits with."""

import json

import pytest

from benchmarks.report import Report, spread, table


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

from pathlib import Path

import numpy as np
import pytest

from benchmarks.calibration import EDGES, Row, expected_calibration_error, plot, report, risk


def rows(*found: tuple[float | None, bool], split: str = "mobile", field: str = "full_name") -> list[Row]:
    return [Row(split, field, confidence, right, right) for confidence, right in found]


def test_confidence_that_says_how_often_it_is_right_has_no_error() -> None:
    sure = [(0.75, True)] * 3 + [(0.75, False)]
    assert expected_calibration_error(rows(*sure, (1.0, True))) == pytest.approx(0)


def test_the_error_is_the_gap_of_each_bin_by_its_fields() -> None:
    too_sure = [(0.96, True)] * 1 + [(0.96, False)] * 1
    assert expected_calibration_error(rows(*too_sure, (0.0, False), (0.0, False))) == pytest.approx(0.46 / 2)


def test_a_field_that_was_not_answered_has_no_confidence_to_be_wrong() -> None:
    assert expected_calibration_error(rows((1.0, True), (None, False))) == 0
    assert np.isnan(expected_calibration_error(rows((None, False))))


def test_every_confidence_has_a_bin() -> None:
    assert expected_calibration_error(rows(*((edge, True) for edge in EDGES))) > 0
    assert "| 0.99 to 1 | 2 |" in report(rows((0.99, True), (1.0, True)))


def test_asking_for_more_takes_fewer_and_leaves_out_what_was_not_answered() -> None:
    found = rows((0.99, True), (0.8, False), (0.6, True), (None, False))
    assert risk(found, 0.0) == pytest.approx((0.75, 1 / 3, 1 / 3))
    assert risk(found, 0.9) == pytest.approx((0.25, 0.0, 0.0))
    assert risk(found, 0.999) == (0.0, 0.0, 0.0)


def test_the_report_has_a_line_for_fields_of_which_there_are_many(tmp_path: Path) -> None:
    found = rows(*[(0.99, True)] * 30) + rows((0.5, False), split="hard", field="sex")
    text = report(found)
    assert "| `full_name` | 30 |" in text
    assert "| `sex` |" not in text
    plot(found, tmp_path / "calibration.png")
    assert (tmp_path / "calibration.png").stat().st_size > 1000

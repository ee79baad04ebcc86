"""The league's tables, bars and page say what was read."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.league_engines import lines_of, read_boxes, timed, upright
from benchmarks.league_report import MARKS, League, show, tables, write
from benchmarks.league_run import OURS, Reader, Run
from benchmarks.league_scores import Reading
from benchmarks.report import Report


def reader(name, texts, cpu_ms=10.0):
    """Reads `texts` of the same two cards in every setting."""
    truths = [{"sex": "Nam", "full_name": "LÊ AN"}, {"sex": "Nữ", "full_name": "ĐỖ BÌNH"}]
    readings = [
        {field: Reading(truth, text) for (field, truth), text in zip(card.items(), its_texts, strict=True)}
        for card, its_texts in zip(truths, texts, strict=True)
    ]
    settings = ("photo", "card", "lines") if name == OURS else ("card", "lines")
    return Reader(name, {setting: Run(readings, [cpu_ms, cpu_ms]) for setting in settings}, 50.0, {name: "1.0"})


RIGHT = [("Nam", "LÊ AN"), ("Nữ", "ĐỖ BÌNH")]
LEAGUE = League(
    reader(OURS, RIGHT, cpu_ms=20.0),
    [
        reader("slow", [("Nam", ""), ("", "ĐỖ BÌNH")], cpu_ms=40.0),
        reader("fast", [("", ""), ("", "")], cpu_ms=5.0),
    ],
)


def test_bars_hold_ours_to_the_best_mix_of_every_field_and_to_the_cpu_of_who_reads_best(capsys):
    report = Report("league")
    show(report, LEAGUE)
    assert report.finish(None) == 0
    bars = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAR")]
    assert "BAR league_card_sex_lead 0.500 >= 0 PASS" in bars
    assert "BAR league_lines_cpu_ratio 0.500 <= 1 PASS" in bars
    assert len(bars) == 6


def test_who_reads_as_well_and_faster_fails_the_cpu_bar():
    report = Report("league")
    show(report, League(LEAGUE.ours, [reader("equal", RIGHT, cpu_ms=10.0), *LEAGUE.peers]))
    assert report.finish(None) == 1


def test_a_field_that_a_peer_reads_better_fails_its_bar(tmp_path):
    report = Report("league")
    show(report, League(reader(OURS, [("Nam", "LÊ AN"), ("", "ĐỖ BÌNH")]), [reader("better", RIGHT)]))
    report.finish(tmp_path / "league.json")
    bars = json.loads((tmp_path / "league.json").read_text())["bars"]
    assert not bars["league_card_sex_lead"]["passed"]
    assert bars["league_card_full_name_lead"]["passed"]


def test_the_mix_costs_only_the_peers_that_it_takes_something_from():
    mix = LEAGUE.setting("card").mix
    assert (mix.cpu_ms, mix.peak_mib) == (40.0, 50.0)


def test_the_tables_name_every_reader_and_only_fields_that_cards_have():
    text = "\n".join(one.markdown() for one in tables(LEAGUE))
    assert "| ours, from the photo itself | 100.0% (100.0% to 100.0%) |" in text
    assert "| `full_name` | 2 | 100.0%" in text
    assert "date_of_birth" not in text
    assert "| fast | fast 1.0 |" in text


def test_the_page_is_renewed_between_its_marks_and_gets_a_picture(tmp_path):
    page = tmp_path / "league.md"
    page.write_text(f"Before.\n\n{MARKS[0]}\nold\n{MARKS[1]}\n\nAfter.\n")
    write(LEAGUE, page, "2 cards.")
    text = page.read_text()
    assert text.startswith("Before.\n\n" + MARKS[0])
    assert text.endswith(MARKS[1] + "\n\nAfter.\n")
    assert "old" not in text
    assert "\n\n2 cards.\n\n" in text
    assert "![The same as a picture](league.png)" in text
    assert (tmp_path / "league.png").read_bytes().startswith(b"\x89PNG")


def test_an_engine_without_a_detector_reads_the_boxes_of_another_within_the_picture():
    class Finder:
        def boxes(self, _picture):
            return [[-3.0, 2.0, 10.0, 8.0], [5.0, 5.0, 5.2, 9.0]]

    found = read_boxes(Finder(), lambda picture: f"{picture.shape}", np.zeros((20, 30, 3), np.uint8))
    assert found == [{"text": "(6, 10, 3)", "box": [-3.0, 2.0, 10.0, 8.0]}]


def test_a_quad_becomes_the_upright_box_around_it():
    assert upright([[1, 2], [9, 1], [10, 6], [2, 7]]) == [1.0, 1.0, 10.0, 7.0]


def test_every_case_is_read_and_has_its_own_time(tmp_path):
    for number in range(2):
        pictures = {f"line_{line}": np.full((1, 1), number + line) for line in range(11)}
        np.savez(tmp_path / f"{number}.npz", card=np.zeros(1), **pictures)
    read = timed(lambda pictures: [int(one[0, 0]) for one in pictures], sorted(tmp_path.glob("*.npz")), lines_of)
    assert read["read"] == [list(range(11)), list(range(1, 12))]
    assert len(read["cpu_ms"]) == 2


@pytest.mark.parametrize("missing", ["cropper", "reader"])
def test_without_exported_models_the_league_says_what_to_do(tmp_path, missing):
    for model in {"cropper", "detector", "reader"} - {missing}:
        (tmp_path / model / "1").mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.league", "--quick", "--store", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr == f"{tmp_path} holds no version 1 of {missing}: run `make export`\n"

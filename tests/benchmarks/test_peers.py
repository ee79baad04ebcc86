import json

import pytest

from benchmarks.callers import Run
from benchmarks.peers import _ratios
from benchmarks.report import Report
from benchmarks.saturation import Plan, Side


def side(name, cards_a_second, milliseconds):
    """Three runs with each number of clients, all alike but for the rate."""
    calls = [(0.0, milliseconds / 1000)] * 100
    runs = {n: [Run(100 / rate, calls, 0.0) for rate in cards_a_second] for n in (1, 8)}
    return Side(name, worker=None, runs=runs)


def test_ratios_are_of_the_best_of_either_side_and_of_p99_with_fewest_and_most_clients(tmp_path):
    report = Report("api")
    rows = _ratios(report, side("API", (9, 10, 11), 30), side("BentoML", (10, 10, 10), 20), Plan(clients=(1, 8)))

    assert [name for name, _ in rows] == [
        "BentoML throughput",
        "BentoML p99_clients_1",
        "BentoML p99_clients_8",
    ]
    report.finish(tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert figures["bentoml_throughput_ratio"] == pytest.approx([0.9, 1.0, 1.1])
    assert figures["bentoml_p99_clients_8_ratio"] == pytest.approx([1.5] * 3)

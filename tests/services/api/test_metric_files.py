"""The counts of workers that come and go: none is lost, none is counted twice, and the files stay few."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.api import metric_files

ROOT = Path(__file__).parents[3]
COUNT = """
from services.api.metrics import Metrics
metrics = Metrics()
metrics.in_flight.inc()
metrics.errors.labels("busy").inc()
metrics.request_seconds.labels("/v1/cards").observe(0.3)
"""
SHOW = "from services.api.metrics import Metrics; print(Metrics().exposition().decode())"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    metric_files.prepare()
    return tmp_path


def work(code: str) -> tuple[int, str]:
    """A worker that runs `code` and dies; its pid and what it printed."""
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True)
    printed, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0
    return worker.pid, printed


def test_counts_outlive_their_worker_and_its_files_do_not(directory: Path) -> None:
    for _ in range(3):
        pid, _ = work(COUNT)
        assert len(list(directory.glob(f"*_{pid}.db"))) >= 3
        metric_files.bury(pid)

    assert sorted(path.name for path in directory.iterdir()) == ["counter_dead.db", "histogram_dead.db", "lock"]
    shown = dict(re.findall(r"^(fvi_api\S+) (\S+)$", work(SHOW)[1], re.MULTILINE))
    assert shown['fvi_api_errors_total{code="busy"}'] == "3.0"
    assert shown['fvi_api_request_seconds_count{route="/v1/cards"}'] == "3.0"
    assert shown['fvi_api_request_seconds_bucket{le="0.25",route="/v1/cards"}'] == "0.0"
    assert shown['fvi_api_request_seconds_bucket{le="0.5",route="/v1/cards"}'] == "3.0"
    assert float(shown['fvi_api_request_seconds_sum{route="/v1/cards"}']) == pytest.approx(0.9)
    assert float(shown["fvi_api_in_flight"]) == 0


def test_a_file_that_was_just_made_disturbs_neither_scrapes_nor_funerals(directory: Path) -> None:
    pid, _ = work(COUNT)
    for name in ("counter_1.db", "histogram_1.db", "gauge_livesum_1.db"):
        (directory / name).touch()

    assert 'fvi_api_errors_total{code="busy"} 1.0' in work(SHOW)[1]
    metric_files.bury(1)
    metric_files.bury(pid)
    assert 'fvi_api_errors_total{code="busy"} 1.0' in work(SHOW)[1]


def test_the_death_of_a_process_without_metrics_changes_nothing(directory: Path) -> None:
    metric_files.bury(1)

    assert [path.name for path in directory.iterdir()] == ["lock"]


def test_the_directory_starts_empty_and_stays_if_it_was_given(directory: Path) -> None:
    (directory / "counter_1.db").write_bytes(b"")

    metric_files.prepare()
    metric_files.remove()

    assert list(directory.iterdir()) == []

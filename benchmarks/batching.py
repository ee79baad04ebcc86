"""What merging the requests of many callers gains, with services/serving/batching.config."""

import statistics
from pathlib import Path

from benchmarks.callers import Run
from benchmarks.report import Report, spread, table
from benchmarks.servers import embedded, models_config
from benchmarks.workers import Worker, over_grpc, worker
from models.spec import MODELS

CONFIG = Path(__file__).resolve().parents[1] / "services" / "serving" / "batching.config"
CALLERS = 16
WITH_MOST_TO_GAIN = "batching_gain_reader_1"  # single words
LEAST_GAIN = 1.2
# A photo for the Cropper, a card for the Detector, a card of 24 words for the Reader; and one word alone.
REQUESTS = (("cropper", 1), ("detector", 1), ("reader", 24), ("reader", 1))


def measure(report: Report, store: Path, folder: Path, quick: bool) -> None:
    """The same calls to a server without and one with batching, in turn."""
    repetitions, seconds = (2, 1.0) if quick else (5, 4.0)
    config = folder / "batching.config"
    config.write_text(models_config({model: (store / model, [1]) for model in MODELS}))
    flags = ("--enable_serialization_as_tensor_content",)
    rows, gains = [], {}
    with (
        embedded(config, *flags) as plain,
        embedded(config, *flags, "--enable_batching", f"--batching_parameters_file={CONFIG}") as batching,
        worker(over_grpc, plain.address) as off,
        worker(over_grpc, batching.address) as on,
    ):
        for model, size in REQUESTS:
            without, merged = _compare(off, on, model, size, repetitions, seconds)
            gain = [_rate(one, size) / _rate(other, size) for one, other in zip(merged, without, strict=True)]
            gains[f"batching_gain_{model}_{size}"] = gain
            rows.append((model, size, *_described(without, size), *_described(merged, size), spread(gain)))
    table(
        f"Batching off and on, {CALLERS} callers, {repetitions} repetitions",
        ("model", "rows", "off: rows/s", "p50 ms", "p99 ms", "on: rows/s", "p50 ms", "p99 ms", "gain"),
        rows,
    )
    for name, gain in gains.items():
        report.figure(name, gain)
    report.bar(WITH_MOST_TO_GAIN, statistics.median(gains[WITH_MOST_TO_GAIN]), ">=", LEAST_GAIN)


def _compare(
    off: Worker, on: Worker, model: str, size: int, repetitions: int, seconds: float
) -> tuple[list[Run], list[Run]]:
    """The runs of either worker, who does first what the other did last."""
    once = off.closed_loop(model, size, 2, 8).seconds / 8
    count = max(2 * CALLERS, round(seconds / once))
    for side in (off, on):
        side.closed_loop(model, size, CALLERS, 2 * CALLERS)
    runs: dict[Worker, list[Run]] = {off: [], on: []}
    for repetition in range(repetitions):
        for side in (off, on) if repetition % 2 else (on, off):
            runs[side].append(side.closed_loop(model, size, CALLERS, count))
    return runs[off], runs[on]


def _rate(run: Run, size: int) -> float:
    return len(run.calls) * size / run.seconds


def _described(runs: list[Run], size: int) -> list[str]:
    latencies = sorted(latency for run in runs for latency in run.latencies)
    percentiles = statistics.quantiles(latencies, n=100)
    rate = statistics.median(_rate(run, size) for run in runs)
    return [f"{rate:.1f}", f"{1000 * percentiles[49]:.0f}", f"{1000 * percentiles[98]:.0f}"]

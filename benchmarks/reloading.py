"""Who notices when a version is loaded: calls of two models while the third gets another version.

Calls come at a steady rate, half of what the machine could do, and their latency counts from when
they were due. The version comes and goes as an agent does it, through the file of the config.
"""

import shutil
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from benchmarks.report import Report, table
from benchmarks.servers import embedded, models_config
from benchmarks.workers import Worker, over_grpc, worker
from models.spec import MODELS
from services.protos.fvi_serving_pb2 import (
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
)

RELOADED = "detector"  # the largest
OTHERS = {"cropper": 1, "reader": 24}  # rows of a call
SHARE = 0.5  # of the machine, that the calls take
CALLERS = 16
MOST_MOVED_MS = 250.0
FLAGS = (
    "--enable_serialization_as_tensor_content",
    "--model_config_file_poll_wait_seconds=1",
    "--num_load_threads=1",
    "--num_unload_threads=1",
)
Calls = list[tuple[float, float]]  # due, latency


def measure(report: Report, store: Path, folder: Path, quick: bool) -> None:
    """p99 of the others in quiet times and while a version is loaded."""
    quiet_seconds, busy_seconds = (5.0, 12.0) if quick else (40.0, 120.0)
    models = {model: store / model for model in MODELS} | {RELOADED: folder / RELOADED}
    for version in ("1", "2"):
        shutil.copytree(store / RELOADED / "1", folder / RELOADED / version)
    config = _Config(folder / "reloading.config", models)
    config.write([1])
    with (
        embedded(config.file, *FLAGS) as server,
        worker(over_grpc, server.address) as first,
        worker(over_grpc, server.address) as second,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor() as pool,
    ):
        workers = dict(zip(OTHERS, (first, second), strict=True))
        rates = {model: SHARE / len(OTHERS) / _call_seconds(workers[model], model) for model in OTHERS}
        begun = time.time()
        futures = {
            model: pool.submit(
                workers[model].open_loop, model, rows, CALLERS, rates[model], quiet_seconds + busy_seconds
            )
            for model, rows in OTHERS.items()
        }
        time.sleep(quiet_seconds)
        loads = list(_reload(config, channel, begun + quiet_seconds + busy_seconds))
        calls = {model: future.result().calls for model, future in futures.items()}
    rows, moves = [], {}
    for model in OTHERS:
        quiet = [latency for due, latency in calls[model] if due < begun + quiet_seconds]
        loading = [latency for due, latency in calls[model] if any(start <= due <= end for start, end in loads)]
        rows.append((model, f"{rates[model]:.1f}", *_described(quiet), len(loading), *_described(loading)))
        moved = 1000 * (_percentile(loading, 99) - _percentile(quiet, 99))
        report.figure(f"reload_p99_{model}_ms", {"quiet": _percentile(quiet, 99), "loading": _percentile(loading, 99)})
        moves[model] = moved
    took = statistics.median(end - start for start, end in loads)
    table(
        f"Latencies in ms, in quiet times and during {len(loads)} loads of the {RELOADED} ({took:.1f} s each)",
        ("model", "calls/s", "quiet p50", "p99", "most", "calls in loads", "loading p50", "p99", "most"),
        rows,
    )
    for model, moved in moves.items():
        report.bar(f"reload_moves_p99_of_{model}_ms", moved, "<=", MOST_MOVED_MS)


class _Config:
    """The file that the server polls."""

    def __init__(self, file: Path, models: dict[str, Path]) -> None:
        self.file = file
        self._models = models

    def write(self, versions: list[int]) -> None:
        """Ask for these versions of the model that is reloaded, and for version 1 of the others."""
        new = self.file.with_suffix(".new")
        new.write_text(
            models_config({name: (path, versions if name == RELOADED else [1]) for name, path in self._models.items()})
        )
        new.replace(self.file)


def _reload(config: _Config, channel: grpc.Channel, end: float) -> Iterator[tuple[float, float]]:
    """Let version 2 come and go until `end`; when each load began and ended."""
    while time.time() < end:
        config.write([1, 2])
        begun = _wait(channel, ModelVersionStatus.LOADING)
        yield begun, _wait(channel, ModelVersionStatus.AVAILABLE)
        config.write([1])
        _wait(channel, ModelVersionStatus.END)


def _wait(channel: grpc.Channel, state: ModelVersionStatus.State) -> float:
    """Until version 2 is in this state, or beyond it; returns when."""
    ask = channel.unary_unary(
        "/tensorflow.serving.ModelService/GetModelStatus",
        GetModelStatusRequest.SerializeToString,
        GetModelStatusResponse.FromString,
    )
    while True:
        answer = ask(GetModelStatusRequest(model_spec=ModelSpec(name=RELOADED)))
        states = {entry.version: entry.state for entry in answer.model_version_status}
        reached = states.get(2, ModelVersionStatus.START)
        if reached == state or (state, reached) == (ModelVersionStatus.LOADING, ModelVersionStatus.AVAILABLE):
            return time.time()
        time.sleep(0.02)


def _call_seconds(caller: Worker, model: str) -> float:
    return statistics.median(caller.closed_loop(model, OTHERS[model], 1, 20).latencies)


def _described(latencies: list[float]) -> list[str]:
    return [
        f"{1000 * value:.0f}" for value in (statistics.median(latencies), _percentile(latencies, 99), max(latencies))
    ]


def _percentile(latencies: list[float], percent: int) -> float:
    return statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1]

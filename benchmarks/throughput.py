"""The embedded server over loopback gRPC, against the same SavedModel called in one process.

Both run the same number of calls by the same number of callers, in turn: in process, server,
server, in process, … Nobody's share of the cores is reserved: the client's work and the server's
protocol both come out of the same cores as the model's. Each is measured with TensorFlow's own
number of threads for one operation (a core each) and with one, which suits many callers better;
the server with one thread also as the chart runs it, with batching.
"""

import contextlib
import statistics
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path

from benchmarks.callers import Run
from benchmarks.report import Report, spread, table
from benchmarks.servers import Server, embedded, models_config
from benchmarks.setups import SETUPS, Setup
from benchmarks.workers import Worker, in_process, over_grpc, worker
from models.spec import MODELS

LEAST_RATIO = 0.9


@dataclass(frozen=True)
class Plan:
    """Which cells are measured, how often, and about how long each time."""

    rows: tuple[int, ...] = (1, 8, 32)
    clients: tuple[int, ...] = (1, 4, 16)
    setups: tuple[Setup, ...] = SETUPS
    repetitions: int = 5
    seconds: float = 1.5


QUICK = Plan(rows=(1, 8), clients=(1, 4), repetitions=3, seconds=0.7)


@dataclass
class Cell:
    """One model at one size of request and one number of callers."""

    model: str
    rows: int
    setup: Setup
    clients: int
    direct: list[Run] = field(default_factory=list)
    served: list[Run] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)  # seconds, of each run

    def rates(self, runs: list[Run]) -> list[float]:
        """Rows a second of each run."""
        return [len(run.calls) * self.rows / run.seconds for run in runs]

    def row(self) -> list[object]:
        """Of the table."""
        direct, served = self.rates(self.direct), self.rates(self.served)
        ratios = [one / other for one, other in zip(served, direct, strict=True)]
        cpu = (
            _cpu_ms(self.direct, [run.cpu_seconds for run in self.direct]),
            _cpu_ms(self.served, self.server_cpu),
            _cpu_ms(self.served, [run.cpu_seconds for run in self.served]),
        )
        named = [self.model, self.rows, self.setup.name, self.clients]
        rates = [f"{statistics.median(rates):.1f}" for rates in (direct, served)]
        return [*named, *rates, spread(ratios), *(f"{value:.2f}" for value in cpu)]


def measure(report: Report, store: Path, folder: Path, quick: bool) -> None:
    """Throughput of every cell, and for each model and size the ratio at saturation."""
    plan = QUICK if quick else Plan()
    config = folder / "throughput.config"
    config.write_text(models_config({model: (store / model, [1]) for model in MODELS}))
    cells = []
    with contextlib.ExitStack() as running:
        sides = {setup: _sides(running, config, store, setup) for setup in plan.setups}
        for model, rows, setup, clients in product(MODELS, plan.rows, plan.setups, plan.clients):
            cells.append(Cell(model, rows, setup, clients))
            _fill(cells[-1], plan, *sides[setup])
    table(
        f"Throughput in rows a second, {plan.repetitions} repetitions; CPU in ms a call",
        ("model", "rows", "setup", "callers", "in process", "server", "ratio", "CPU in process", "server", "client"),
        (cell.row() for cell in cells),
    )
    for model in MODELS:
        for rows in plan.rows:
            _judge(report, [cell for cell in cells if (cell.model, cell.rows) == (model, rows)])


def _sides(running: contextlib.ExitStack, config: Path, store: Path, setup: Setup) -> tuple[Worker, Worker, Server]:
    """In process, a client, and the client's server."""
    flags = ("--enable_serialization_as_tensor_content", *setup.server_flags())
    server = running.enter_context(embedded(config, *flags))
    direct = running.enter_context(worker(partial(in_process, threads=setup.threads), str(store)))
    return direct, running.enter_context(worker(over_grpc, server.address)), server


def _fill(cell: Cell, plan: Plan, direct: Worker, client: Worker, server: Server) -> None:
    def run_direct() -> None:
        cell.direct.append(direct.closed_loop(cell.model, cell.rows, cell.clients, count))

    def run_served() -> None:
        before = server.cpu_seconds()
        cell.served.append(client.closed_loop(cell.model, cell.rows, cell.clients, count))
        cell.server_cpu.append(server.cpu_seconds() - before)

    client.closed_loop(cell.model, cell.rows, 1, 1)
    once = direct.closed_loop(cell.model, cell.rows, 1, 3).seconds / 3
    count = max(cell.clients, round(plan.seconds / once))
    for repetition in range(plan.repetitions):
        sides = (run_direct, run_served) if repetition % 2 else (run_served, run_direct)
        for side in sides:
            side()


def _judge(report: Report, cells: list[Cell]) -> None:
    """At saturation: each side with the setup and callers that it does best with, repetition by repetition."""
    model, rows = cells[0].model, cells[0].rows
    direct = [max(rates) for rates in zip(*(cell.rates(cell.direct) for cell in cells), strict=True)]
    served = [max(rates) for rates in zip(*(cell.rates(cell.served) for cell in cells), strict=True)]
    ratios = [one / other for one, other in zip(served, direct, strict=True)]
    name = f"serving_ratio_{model}_{rows}"
    report.figure(name, {"in_process": direct, "server": served, "ratios": ratios})
    report.bar(name, statistics.median(ratios), ">=", LEAST_RATIO)


def _cpu_ms(runs: list[Run], seconds: list[float]) -> float:
    return 1000 * sum(seconds) / sum(len(run.calls) for run in runs)

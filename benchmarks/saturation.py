"""Cards a second when there is more to do than can be done: through the API, and in one process without it.

Either has TensorFlow set up in each way of setups.py, and is then judged by the best that it reached.
"""

import contextlib
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.apis import model_server, ours
from benchmarks.callers import Run
from benchmarks.cards import in_process, over_http
from benchmarks.report import Report, spread, table
from benchmarks.setups import SETUPS, Setup
from benchmarks.workers import Worker, worker

LEAST_RATIO = 0.95


@dataclass(frozen=True)
class Plan:
    """How many clients at a time, how often, and about how long each time."""

    clients: tuple[int, ...] = (2, 4, 8)
    setups: tuple[Setup, ...] = SETUPS
    repetitions: int = 5
    seconds: float = 6.0


QUICK = Plan(clients=(1, 4), setups=SETUPS[-1:], repetitions=2, seconds=2.0)


@dataclass
class Side:
    """One way to read cards; its runs by the number of clients."""

    name: str
    worker: Worker
    runs: dict[int, list[Run]] = field(default_factory=dict)

    def rates(self, clients: int) -> list[float]:
        """Cards a second of each run."""
        return [len(run.calls) / run.seconds for run in self.runs[clients]]

    def p99_ms(self, clients: int) -> list[float]:
        """The 99th percentile of each run."""
        return [1000 * statistics.quantiles(run.latencies, n=100)[98] for run in self.runs[clients]]


def measure(report: Report, store: Path, quick: bool) -> None:
    """All of them, in turn."""
    plan = QUICK if quick else Plan()
    with contextlib.ExitStack() as running:
        served = [running.enter_context(through_the_api(store, setup)) for setup in plan.setups]
        direct = [
            running.enter_context(without_it(store, threads)) for threads in {each.threads for each in plan.setups}
        ]
        run_in_turn([*direct, *served], plan)
    show([*direct, *served], plan)
    ratios = [one / other for one, other in zip(best(served), best(direct), strict=True)]
    report.figure("saturation", {side.name: {n: side.rates(n) for n in plan.clients} for side in [*direct, *served]})
    report.figure("saturation_ratios", ratios)
    report.bar("api_throughput_ratio", statistics.median(ratios), ">=", LEAST_RATIO)


@contextlib.contextmanager
def through_the_api(store: Path, setup: Setup) -> Iterator[Side]:
    """Clients of an API with a server of its own."""
    with (
        model_server(store, *setup.server_flags()) as server,
        ours(server) as api,
        worker(over_http, api.card) as clients,
    ):
        yield Side(f"API, {setup.name}", clients)


@contextlib.contextmanager
def without_it(store: Path, threads: int) -> Iterator[Side]:
    """Threads of one process that has the models."""
    with worker(partial(in_process, threads=threads), str(store)) as direct:
        yield Side(f"in process, {threads or 'default'} threads", direct)


def best(sides: list[Side]) -> list[float]:
    """Cards a second of each repetition, of the side and with the number of clients that did best in it."""
    return [max(rates) for rates in zip(*(side.rates(n) for side in sides for n in side.runs), strict=True)]


def run_in_turn(sides: list[Side], plan: Plan) -> None:
    """Every side with every number of clients; who was first is last the next time."""
    for side in sides:
        side.worker.closed_loop("card", 1, max(plan.clients), 2 * max(plan.clients))
    once = sides[0].worker.closed_loop("card", 1, 2, 8).seconds / 8
    for clients in plan.clients:
        count = max(2 * clients, round(plan.seconds / once))
        for repetition in range(plan.repetitions):
            for side in sides if repetition % 2 else reversed(sides):
                side.runs.setdefault(clients, []).append(side.worker.closed_loop("card", 1, clients, count))


def show(sides: list[Side], plan: Plan) -> None:
    """Cards a second and p99 of each."""
    rows = [
        (side.name, clients, spread(side.rates(clients)), spread(side.p99_ms(clients), 0))
        for side in sides
        for clients in plan.clients
    ]
    table(f"Cards, {plan.repetitions} repetitions", ("side", "clients", "cards a second", "p99 ms"), rows)

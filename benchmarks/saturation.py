"""Cards a second when there is more to do than can be done: through the API, and in one process without it."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.apis import model_server, ours
from benchmarks.callers import Run
from benchmarks.cards import in_process, over_http
from benchmarks.report import Report, spread, table
from benchmarks.workers import Worker, worker

LEAST_RATIO = 0.95


@dataclass(frozen=True)
class Plan:
    """How many clients at a time, how often, and about how long each time."""

    clients: tuple[int, ...] = (1, 2, 4, 8, 16)
    repetitions: int = 5
    seconds: float = 6.0


QUICK = Plan(clients=(1, 4), repetitions=2, seconds=2.0)


@dataclass
class Side:
    """One way to read cards; its runs by the number of clients."""

    name: str
    worker: Worker
    runs: dict[int, list[Run]] = field(default_factory=dict)

    def rates(self, clients: int) -> list[float]:
        """Cards a second of each run."""
        return [len(run.calls) / run.seconds for run in self.runs[clients]]

    def best(self) -> list[float]:
        """Of each repetition, with the number of clients that did best in it."""
        return [max(rates) for rates in zip(*map(self.rates, self.runs), strict=True)]

    def p99_ms(self, clients: int) -> list[float]:
        """The 99th percentile of each run."""
        return [1000 * statistics.quantiles(run.latencies, n=100)[98] for run in self.runs[clients]]


def measure(report: Report, store: Path, quick: bool) -> None:
    """Both, in turn."""
    plan = QUICK if quick else Plan()
    with (
        model_server(store) as server,
        ours(server) as api,
        worker(over_http, api.card) as clients,
        worker(in_process, str(store)) as direct,
    ):
        served, alone = Side("API", clients), Side("in process", direct)
        run_in_turn([served, alone], plan)
    show([alone, served], plan)
    ratios = [one / other for one, other in zip(served.best(), alone.best(), strict=True)]
    report.figure("saturation", {"api": served.best(), "in_process": alone.best(), "ratios": ratios})
    report.bar("api_throughput_ratio", statistics.median(ratios), ">=", LEAST_RATIO)


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

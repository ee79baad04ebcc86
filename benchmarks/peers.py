"""The same pipeline hosted by BentoML and by LitServe, each with two workers as our API has."""

import contextlib
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.apis import ROOT, Api, running
from benchmarks.cards import over_http
from benchmarks.report import Report, spread, table
from benchmarks.saturation import QUICK, Plan, Side, best, run_in_turn, show, through_the_api
from benchmarks.setups import SETUPS
from benchmarks.venvs import locked_venv
from benchmarks.workers import worker
from services.children import free_port

VENV = ROOT / "build" / "peers"
PEERS = ("BentoML", "LitServe")


def measure(report: Report, store: Path, quick: bool) -> None:
    """Throughput and p99 of ours over each peer's. Only said to be skipped where their venv cannot be made."""
    try:
        python = locked_venv("peers", "1.7 GB")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"\nPeers skipped: {VENV} could not be made ({error})")
        report.figure("peers", "skipped")
        return
    plan = QUICK if quick else Plan(clients=(1, 2, 4, 8), repetitions=3)
    rows = []
    for peer in PEERS:
        with (
            through_the_api(store, SETUPS[-1]) as api,
            _peer(peer, python, store) as other,
            worker(over_http, other.card) as other_clients,
        ):
            sides = [api, Side(peer, other_clients)]
            run_in_turn(sides, plan)
        show(sides, plan)
        rows += _ratios(report, *sides, plan)
    table("API over peer: cards a second (more is better), p99 (less is better)", ("figure", "ratio"), rows)


def _ratios(report: Report, api: Side, peer: Side, plan: Plan) -> list[tuple[str, str]]:
    ratios = {"throughput": [one / other for one, other in zip(best([api]), best([peer]), strict=True)]}
    for clients in (plan.clients[0], plan.clients[-1]):
        pairs = zip(api.p99_ms(clients), peer.p99_ms(clients), strict=True)
        ratios[f"p99_clients_{clients}"] = [one / other for one, other in pairs]
    for name, values in ratios.items():
        report.figure(f"{peer.name.lower()}_{name}_ratio", values)
    print(f"{peer.name}: throughput ratio {statistics.median(ratios['throughput']):.2f}")
    return [(f"{peer.name} {name}", spread(values)) for name, values in ratios.items()]


@contextlib.contextmanager
def _peer(name: str, python: Path, store: Path) -> Iterator[Api]:
    port = free_port()
    environ = {
        "PYTHONPATH": str(ROOT),
        "FVI_BENCHMARK_STORE": str(store),
        "FVI_BENCHMARK_PORT": str(port),
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(VENV / "bentoml"),
        "TF_NUM_INTRAOP_THREADS": "1",  # as in our server's setup: with as many workers as cores it suits them best
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    if name == "BentoML":
        command = [python, "-m", "bentoml", "serve", "benchmarks.peer_bentoml:Cards", f"--port={port}"]
        card, probe = f"http://127.0.0.1:{port}/read photo", "/readyz"
    else:
        command = [python, "-m", "benchmarks.peer_litserve"]
        card, probe = f"http://127.0.0.1:{port}/predict request", "/health"
    with running([str(word) for word in command], environ, port, probe) as (pid, seconds):
        yield Api(card, pid, seconds)

"""How soon a worker of the API is ready, and what memory it takes."""

import statistics
from pathlib import Path

from benchmarks.apis import Api, model_server, ours
from benchmarks.cards import over_http
from benchmarks.report import Report, spread, table
from benchmarks.workers import worker

MOST_SECONDS, MOST_MEBIBYTES = 2.0, 150.0
CLIENTS = 8


def measure(report: Report, store: Path, quick: bool) -> None:
    """From the start of gunicorn to /readyz, with one worker; its memory then, and after cards at saturation."""
    seconds, fresh, used = [], [], []
    with model_server(store) as server:
        for _ in range(2 if quick else 7):
            with ours(server, FVI_WORKERS="1") as api, worker(over_http, api.card) as clients:
                seconds.append(api.ready_seconds)
                fresh.append(_mebibytes(api))
                clients.closed_loop("card", 1, CLIENTS, 24 if quick else 200)
                used.append(_mebibytes(api))
    rows = [
        (name, *(spread([memory[index] for memory in both], 0) for both in (fresh, used)))
        for index, name in enumerate(("RSS", "PSS", "private"))
    ]
    print(f"\nReady after {spread(seconds)} s")
    table(f"Memory of a worker, MiB, {len(seconds)} starts", ("", "ready", f"after cards of {CLIENTS} clients"), rows)
    report.figure("worker", {"ready_seconds": seconds, "fresh_mib": fresh, "used_mib": used})
    report.bar("api_worker_ready_s", statistics.median(seconds), "<=", MOST_SECONDS)
    report.bar("api_worker_rss_mib", statistics.median(memory[0] for memory in used), "<=", MOST_MEBIBYTES)


def _mebibytes(api: Api) -> tuple[float, float, float]:
    """RSS, PSS (shared pages by their share) and what is the worker's alone."""
    (pid,) = api.children()
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kibibytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    private = kibibytes["Private_Clean"] + kibibytes["Private_Dirty"]
    return kibibytes["Rss"] / 1024, kibibytes["Pss"] / 1024, private / 1024

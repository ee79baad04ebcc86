"""Sends the API what hostile clients would, and holds every answer to what an answer must be.

    python -m tests.fuzz [--cases 10000] [--real 300] [--seed N] [--first N]

Case N of a seed is always the same bytes: `--seed S --first N --cases 1` sends one again, and `--first` goes on
where a run was cut off. Ends with 1 if an answer was wrong, a worker died, an error was logged or memory grew.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz import bodies, headers, wire
from tests.fuzz.cases import Case, Maker
from tests.fuzz.client import Answer, BadAnswer, send
from tests.fuzz.judge import ROOT, complaint
from tests.fuzz.target import Target, cheap, real

KINDS: dict[Maker, float] = {
    bodies.mutated_image: 40,
    bodies.truncated_image: 7,
    bodies.bomb_image: 3,
    bodies.polyglot_image: 5,
    bodies.lie: 6,
    bodies.json_body: 10,
    bodies.form_body: 10,
    bodies.good: 2,
    headers.odd_headers: 6,
    headers.many_headers: 1,
    wire.odd_length: 3,
    wire.odd_chunks: 3,
    wire.odd_request: 3,
    wire.no_http: 1,
    wire.slow: 0.3,
    wire.gone: 1,
    wire.pipelined: 0.5,
}
CLIENTS = 12
WARM_UP = 0.3  # of the cases, whose memory is not counted: libraries are loaded by their first image
SETTLING_SECONDS = 7.0  # a worker trims its heap every five (services/api/worker.py)
MOST_GROWTH, MOST_GROWTH_MEBIBYTES = 0.10, 40.0
SAVED = ROOT / "build" / "fuzz"


def case_of(seed: int, number: int) -> Case:
    """The same bytes each time."""
    rng = random.Random(f"{seed}/{number}")
    return rng.choices(list(KINDS), list(KINDS.values()))[0](rng)


@dataclass
class Run:
    """One target, and what came of the cases sent to it."""

    target: Target
    seed: int
    findings: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def send(self, numbers: range) -> None:
        """All of them, several at a time."""
        began = shown = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            for done, _ in enumerate(clients.map(self._one, numbers), 1):
                if time.monotonic() - shown > 5 or done == len(numbers):
                    shown = time.monotonic()
                    rate = done / max(0.001, shown - began)
                    print(
                        f"  {done:,} of {len(numbers):,}, {rate:.0f} a second, {len(self.findings)} findings; "
                        f"next --first {numbers[done - 1] + 1}",
                        flush=True,
                    )

    def _one(self, number: int) -> None:
        case = case_of(self.seed, number)
        try:
            answer = send(self.target.address, case)
            wrong = complaint(case, answer)
        except (BadAnswer, OSError, ValueError) as error:
            answer, wrong = Answer(0), f"{type(error).__name__}: {error}"
        self.statuses[case.kind, answer.status] += 1
        if wrong:
            self._found(f"case {number} ({case.kind}): {wrong}", case, number)

    def _found(self, finding: str, case: Case, number: int) -> None:
        self.findings.append(finding)
        SAVED.mkdir(parents=True, exist_ok=True)
        file = SAVED / f"{self.seed}-{number}.bin"
        file.write_bytes(b"".join(piece for piece in case.pieces if isinstance(piece, bytes)))
        print(f"FOUND {finding}; its bytes are in {file.relative_to(ROOT)}", flush=True)

    def check_the_process(self, workers: set[int], before: float) -> None:
        """After the last case."""
        after = self.settled_mebibytes()
        print(f"  memory of the workers: {before:.0f} MiB after the first cases, {after:.0f} MiB after all", flush=True)
        if after > before * (1 + MOST_GROWTH) + MOST_GROWTH_MEBIBYTES:
            self.findings.append(f"memory grew from {before:.0f} to {after:.0f} MiB")
        if self.target.workers() != workers:
            self.findings.append(f"workers were {sorted(workers)}, are {sorted(self.target.workers())}")
        if not self.target.is_ready():
            self.findings.append("it is no longer ready")
        self.findings += [f"logged: {line}" for line in self.target.errors()]

    def settled_mebibytes(self) -> float:
        """The workers' memory when nothing is under way."""
        time.sleep(SETTLING_SECONDS)
        return self.target.mebibytes()

    def show(self) -> None:
        """How each kind was answered."""
        for kind in sorted({kind for kind, _ in self.statuses}):
            counts = sorted((status, count) for (each, status), count in self.statuses.items() if each == kind)
            print(f"  {kind:12}", *(f"{status or 'closed'}: {count:,} " for status, count in counts))


def fuzz(
    name: str, target: Callable[[], AbstractContextManager[Target]], seed: int, first: int, count: int
) -> list[str]:
    """Sends `count` cases; what was found."""
    print(f"{name}: {count:,} cases of seed {seed} from {first}", flush=True)
    with target() as running:
        run, workers = Run(running, seed), running.workers()
        warm = first + int(count * WARM_UP)
        run.send(range(first, warm))
        before = run.settled_mebibytes()
        run.send(range(warm, first + count))
        run.check_the_process(workers, before)
    run.show()
    print(f"{name}: {len(run.findings)} findings\n", *run.findings, sep="\n", flush=True)
    return run.findings


def main() -> int:
    """1 if anything was found."""
    arguments = _arguments()
    findings = fuzz("Cheap model server", cheap, arguments.seed, arguments.first, arguments.cases)
    if arguments.real:
        findings += fuzz("Real models", lambda: real(arguments.store), arguments.seed, arguments.first, arguments.real)
    return 1 if findings else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000, help="sent with the cheap model server (10000)")
    parser.add_argument("--real", type=int, default=0, metavar="CASES", help="sent with the real models (none)")
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "store", help="folder of the exported models")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="which cases (any)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one (0)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""Ours and the OCR engines that can be installed beside it, on the same cards.

    python -m benchmarks.league [--cards N] [--quick] [--json FILE] [--write docs/league.md]

Needs the exported models (`make export`), a package index and Debian's packages for the peers. Everything runs on
one core, one reader after the other; figures of time want a quiet machine.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import league_report
from benchmarks.league_cards import SPLIT, write_cases
from benchmarks.league_report import League
from benchmarks.league_run import run_ours, run_peers
from benchmarks.report import Report
from benchmarks.venvs import ROOT
from models.spec import MODELS


def main() -> int:
    """Read, compare, hold to the bars; the exit status is 1 where one is missed, 2 where something lacks."""
    arguments = _arguments()
    missing = [model for model in MODELS if not (arguments.store / model / "1").is_dir()]
    if missing:
        print(f"{arguments.store} holds no version 1 of {', '.join(missing)}: run `make export`", file=sys.stderr)
        return 2
    cards = 4 if arguments.quick else arguments.cards
    seeds = range(arguments.first, arguments.first + cards)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = write_cases(folder, seeds)
        try:
            peers = run_peers(folder, cases)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"The peers could not be installed: {error}", file=sys.stderr)
            return 2
        league = League(run_ours(arguments.store.resolve(), folder, cases), peers)
    report = Report("league", quick=arguments.quick, cards=cards, split=SPLIT, first=arguments.first)
    league_report.show(report, league)
    if arguments.write:
        what = (
            f"{cards} cards (seeds {seeds.start} to {seeds.stop - 1} of `{SPLIT}`), one core of {platform.machine()}."
        )
        league_report.write(league, arguments.write, what)
    return report.finish(arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.league", description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "store", help="folder of the exported models")
    parser.add_argument("--cards", type=int, default=100, help=f"photos of the split {SPLIT}")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first of them")
    parser.add_argument("--quick", action="store_true", help="4 cards; shows that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and bars there")
    parser.add_argument(
        "--write", type=Path, metavar="MD", help="put the tables into this file, and the plot beside it"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

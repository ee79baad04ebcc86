"""What the API costs besides the models, how much of them it lets through, and how its peers do the same.

    python -m benchmarks.api [--quick] [--json FILE]

Needs the exported models (`make export`). Figures are only worth something on a quiet machine;
ratios are taken side by side and stand some noise.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import overhead, peers, saturation, workers_of_api
from benchmarks.report import Report
from models.spec import MODELS

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = {
    "overhead": overhead.measure,
    "saturation": saturation.measure,
    "worker": workers_of_api.measure,
    "peers": peers.measure,
}


def main() -> int:
    """Run the scenarios. Returns 1 if a bar was missed."""
    arguments = _arguments()
    missing = [model for model in MODELS if not (arguments.store / model / "1").is_dir()]
    if missing:
        print(f"{arguments.store} holds no version 1 of {', '.join(missing)}: run `make export`", file=sys.stderr)
        return 2
    report = Report("api", quick=arguments.quick)
    for name in arguments.only or SCENARIOS:
        SCENARIOS[name](report, arguments.store.resolve(), arguments.quick)
    return report.finish(arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.api", description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "store", help="folder of the exported models")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, help="some of the scenarios")
    parser.add_argument("--quick", action="store_true", help="fewer cards and repetitions; shows that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and bars there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

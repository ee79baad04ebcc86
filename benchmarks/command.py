"""The command line that benchmarks of the exported models share."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.report import Report
from models.spec import MODELS

ROOT = Path(__file__).resolve().parents[1]


def run(name: str, description: str, scenarios: Mapping[str, Callable[..., None]]) -> int:
    """Run the scenarios that are asked for, each as `scenario(report, store, quick=quick)`.

    Returns:
        The exit status: 1 if a bar was missed, 2 if the store lacks a model.
    """
    arguments = _arguments(name, description, scenarios)
    missing = [model for model in MODELS if not (arguments.store / model / "1").is_dir()]
    if missing:
        print(f"{arguments.store} holds no version 1 of {', '.join(missing)}: run `make export`", file=sys.stderr)
        return 2
    report = Report(name, quick=arguments.quick)
    for scenario in arguments.only or scenarios:
        scenarios[scenario](report, arguments.store.resolve(), quick=arguments.quick)
    return report.finish(arguments.json)


def _arguments(name: str, description: str, scenarios: Mapping[str, Callable[..., None]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(f"python -m benchmarks.{name}", description=description)
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "store", help="folder of the exported models")
    parser.add_argument("--only", nargs="+", choices=scenarios, help="some of the scenarios")
    parser.add_argument("--quick", action="store_true", help="less of everything; shows that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and bars there")
    return parser.parse_args()

"""How much the embedded server costs, what batching gains, and who notices when a version is loaded.

    python -m benchmarks.serving [--quick] [--json FILE]

Needs the exported models (`make export`). Figures are only worth something on a quiet machine;
ratios are taken side by side and stand some noise.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks import batching, command, reloading, throughput

SCENARIOS = {"throughput": throughput.measure, "batching": batching.measure, "reloading": reloading.measure}


def main() -> int:
    """Run the scenarios, which write their models.config into a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        scenarios = {name: partial(measure, folder=Path(folder)) for name, measure in SCENARIOS.items()}
        return command.run("serving", __doc__.splitlines()[0], scenarios)


if __name__ == "__main__":
    sys.exit(main())

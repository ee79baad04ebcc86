"""What the API costs besides the models, how much of them it lets through, and how its peers do the same.

    python -m benchmarks.api [--quick] [--json FILE]

Needs the exported models (`make export`). Figures are only worth something on a quiet machine;
ratios are taken side by side and stand some noise.
"""

import sys

from benchmarks import command, overhead, peers, saturation, workers_of_api

SCENARIOS = {
    "overhead": overhead.measure,
    "saturation": saturation.measure,
    "worker": workers_of_api.measure,
    "peers": peers.measure,
}

if __name__ == "__main__":
    sys.exit(command.run("api", __doc__.splitlines()[0], SCENARIOS))

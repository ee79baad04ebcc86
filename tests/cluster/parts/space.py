"""The space of scripts/cluster-space as seen from inside: where files are, which addresses there are."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
STATE = Path(os.environ.get("FVI_CLUSTER_STATE", ROOT / "build" / "cluster"))
INSIDE = "FVI_CLUSTER_STATE" in os.environ
JOINED = "FVI_CLUSTER_JOINED" in os.environ  # by `scripts/cluster-space --join`: somebody else's cluster, which stays
CGROUP = "fvi-ocr"  # in every hierarchy; scripts/cluster-space removes it

NODE_IP = "10.240.0.1"
POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"
DNS_IP = "169.254.20.10"


def prepare_network() -> None:
    """The node's address, and a default route that leads nowhere: pods and Services have routes, the world has none."""
    if JOINED:
        return
    for command in (
        "ip link set lo up",
        f"ip address add {DNS_IP}/32 dev lo",
        "ip link add fvi0 type bridge",
        f"ip address add {NODE_IP}/24 dev fvi0",
        "ip link set fvi0 up",
        "ip route add default dev fvi0",
        "sysctl -qw net.ipv4.ip_forward=1",
    ):
        subprocess.run(command.split(), check=True, capture_output=True)

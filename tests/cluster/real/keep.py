"""What `make cluster` runs: no test, but the fixtures of this folder, kept until Ctrl-C."""

import time

from tests.cluster.parts.space import NODE_IP


def test_nothing_and_keep_the_cluster(front: str) -> None:
    print(f"\nThe cluster stays until Ctrl-C; the API is at {front} (node {NODE_IP}), inside. In another terminal:")
    print("  make test-cluster TESTS=tests/cluster/real/test_product.py")
    print(
        "  scripts/cluster-space --join bash -c 'kubectl … --kubeconfig build/cluster/pki/admin.conf --namespace real'"
    )
    while True:
        time.sleep(3600)

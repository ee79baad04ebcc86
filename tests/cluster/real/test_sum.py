"""The bar of all planned events together, whichever files had them."""

import os

from tests.cluster.parts.events import UnderLoad, restart
from tests.cluster.parts.load import Answers
from tests.cluster.parts.release import Release

LEAST = int(os.environ.get("FVI_CLUSTER_REQUESTS", "10000"))


def test_planned_events_fail_none_of_enough_requests(
    release: Release, planned: UnderLoad, ledger: list[Answers]
) -> None:
    while sum(each.sent for each in ledger) < LEAST:
        with planned("another rollout of the API"):
            restart(release, "api")
    sent, failed = sum(each.sent for each in ledger), sum(each.failures.total() for each in ledger)
    print(f"\nBAR planned_events_failed {failed} == 0 {'FAIL' if failed else 'PASS'} ({sent} requests)")
    assert failed == 0

"""More load than the machine can carry, for a minute."""

import time

from tests.cluster.parts.events import UnderLoad
from tests.cluster.parts.load import load
from tests.cluster.parts.release import Release
from tests.cluster.parts.shots import CARD
from tests.cluster.parts.watch import watching

REFUSED = {"503 busy", "503 serving_overloaded", "504 serving_timeout"}


def test_too_much_load_is_refused_by_us_and_takes_no_pod_out_of_service(
    release: Release, front: str, unplanned: UnderLoad
) -> None:
    with (
        watching(release.kubectl, release.selector("api")) as api,
        watching(release.kubectl, release.selector("serving")) as serving,
        load(front, [CARD], rate=30) as answers,
    ):
        time.sleep(60)
    print(f"\n30 cards a second: {answers}; at least {api.least} and {serving.least} pods were ready")
    assert answers.seconds
    assert set(answers.failures) <= REFUSED
    assert api.least >= 2
    assert serving.least >= 2
    with unplanned("afterwards") as answers:  # it was the load, and nothing is left of it
        time.sleep(10)
    assert not answers.failures

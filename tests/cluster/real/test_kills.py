"""What nobody plans, under open-loop load."""

import time

from tests.cluster.parts import ingress, product
from tests.cluster.parts.containers import kill
from tests.cluster.parts.events import UnderLoad
from tests.cluster.parts.release import Release

MOST_UNDER_WAY = product.VALUES["api"]["workers"] * 24  # FVI_THREADS + FVI_QUEUE: what one pod has taken at most

LOST = {"502 of the ingress", "RemoteProtocolError"}  # the latter where an answer had begun


def test_killed_model_servers_fail_no_request(release: Release, unplanned: UnderLoad) -> None:
    """One after the other dies in the middle of what it computes, and the API asks the one that is left."""
    with unplanned("kill -9 of a model server, then of the other") as answers:
        for number in range(2):
            time.sleep(5)
            kill(release.ready("serving")[number], "services.serving.embedded")
            time.sleep(5)  # until the kubelet has noticed
            release.wait_ready("serving", 2, 240)
    assert not answers.failures


def test_a_model_server_whose_pod_is_gone_at_once_fails_no_request(release: Release, unplanned: UnderLoad) -> None:
    with unplanned("a model server's pod deleted by force") as answers:
        time.sleep(5)
        pod = release.ready("serving")[0]["metadata"]["name"]
        release.kubectl("delete", "pod", pod, "--force", "--grace-period=0")
        release.wait_ready("serving", 2, 240)
    assert not answers.failures


def test_a_killed_api_pod_costs_what_it_had_taken_and_what_comes_until_the_ingress_knows(
    release: Release, unplanned: UnderLoad
) -> None:
    """Nobody can ask again for the client: what was under way in that process is lost."""
    with unplanned("kill -9 of an API pod") as answers:
        kill_an_api_pod(release)
    assert set(answers.failures) <= LOST
    assert answers.failures.total() <= 0.2 * answers.sent


def test_where_the_ingress_tries_another_pod_a_killed_api_pod_costs_only_what_it_had_taken(
    release: Release, unplanned: UnderLoad
) -> None:
    """As docs/production.md says: a connection that is refused has carried no photo, and may be tried again."""
    patient = {**product.VALUES["ingress"], "annotations": ingress.TRIES_AGAIN}
    release.install({**product.VALUES, "ingress": patient}, seconds=420)
    time.sleep(5)  # Traefik looks at changes every two seconds
    with unplanned("kill -9 of an API pod, the ingress tries another") as answers:
        kill_an_api_pod(release)
    release.install(product.VALUES, seconds=420)
    assert set(answers.failures) <= LOST
    assert answers.failures.total() <= MOST_UNDER_WAY


def kill_an_api_pod(release: Release) -> None:
    time.sleep(5)
    kill(release.ready("api")[0], "gunicorn")
    time.sleep(5)  # until the kubelet has noticed
    release.wait_at_least("api", 2, 240)

"""The Gateway API instead of an Ingress."""

import httpx

from tests.cluster.parts import product
from tests.cluster.parts.events import UnderLoad, restart
from tests.cluster.parts.ingress import make_gateway
from tests.cluster.parts.process import wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.shots import CARD

HOST = "cards.test"


def test_behind_a_gateway_cards_are_read_and_a_rollout_fails_no_request(
    release: Release, planned: UnderLoad, front: str
) -> None:
    make_gateway(release.kubectl, "public")
    route = {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": [HOST]}
    release.install({**product.VALUES, "ingress": {"enabled": False}, "httpRoute": route}, seconds=420)
    headers = {"Host": HOST, "Content-Type": "image/jpeg"}
    wait_for("the gateway knows the route", lambda: status(front, headers) == 200, 30, pause=1)
    assert status(front, {**headers, "Host": "another.test"}) == 404
    with planned("rollout of the API behind a Gateway", {"Host": HOST}):
        restart(release, "api")
    release.install(product.VALUES, seconds=420)
    release.kubectl("delete", "gateway", "public")


def status(front: str, headers: dict[str, str]) -> int:
    return httpx.post(f"{front}{CARD.path}", content=CARD.body, headers=headers, timeout=60).status_code

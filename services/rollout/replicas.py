"""Every model server behind a name, asked one by one: a call through the name would ask any one of them."""

import socket
from collections.abc import Mapping

from services.desired import DesiredModel
from services.rollout.observed import Fleet
from services.serving.agent.tf_serving import ServerAway, TensorFlowServing


class Replicas:
    """The addresses of a headless Service, or one model server."""

    def __init__(self, target: str) -> None:
        """`target`: HOST:PORT, with `dns:///` in front or not."""
        self._host, _, self._port = target.removeprefix("dns:///").rpartition(":")
        self._known: dict[str, TensorFlowServing] = {}

    def look(self, model: str, desired: DesiredModel) -> Fleet | None:
        """How many serve `model` as desired; None where the name has no address."""
        replicas = self._replicas()
        if not replicas:
            return None
        found = [_ask(serving, model, desired) for serving in replicas.values()]
        return Fleet(
            replicas=len(found),
            ready=sum(is_ready for is_ready, _ in found),
            failure=next((failure for _, failure in found if failure), ""),
        )

    def addresses(self) -> list[str]:
        """As gRPC targets; none where the name has none."""
        host = self._host.removeprefix("[").removesuffix("]")
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, self._port, type=socket.SOCK_STREAM)}
        except OSError:
            return []
        return sorted(f"[{each}]:{self._port}" if ":" in str(each) else f"{each}:{self._port}" for each in found)

    def close(self) -> None:
        """Ends the connections."""
        for serving in self._known.values():
            serving.close()

    def _replicas(self) -> Mapping[str, TensorFlowServing]:
        addresses = self.addresses()
        for gone in self._known.keys() - set(addresses):
            self._known.pop(gone).close()
        for address in addresses:
            self._known.setdefault(address, TensorFlowServing(address))
        return self._known


def _ask(serving: TensorFlowServing, model: str, desired: DesiredModel) -> tuple[bool, str]:
    """Whether it serves what is desired, and why it could not load the canary."""
    try:
        is_ready = all(serving.version_of(model, label) == version for label, version in desired.labels.items())
        versions = serving.versions(model)
    except ServerAway:
        return False, ""
    canary = None if desired.canary is None else versions.get(desired.canary)
    return is_ready, canary.error if canary is not None and canary.has_failed else ""

"""A real ingress controller, Traefik, as a process on the node's address. It sends requests straight to pods."""

import contextlib
import os
from collections.abc import Iterator

from tests.cluster.parts import tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import Process, running
from tests.cluster.parts.space import NODE_IP

CLASS = "traefik"
URL = f"http://{NODE_IP}:8080"
_INGRESS_CLASS: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": CLASS},
    "spec": {"controller": "traefik.io/ingress-controller"},
}


@contextlib.contextmanager
def traefik(plane: ControlPlane) -> Iterator[Process]:
    """Traefik, which serves the Ingresses of CLASS at URL."""
    plane.kubectl.apply(_INGRESS_CLASS)
    flags = [
        f"--entrypoints.web.address={NODE_IP}:8080",
        "--providers.kubernetesingress=true",
        f"--providers.kubernetesingress.ingressclass={CLASS}",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]
    environment = {**os.environ, "KUBECONFIG": str(plane.admin)}
    with running("traefik", tools.built("traefik"), *flags, env=environment) as process:
        yield process

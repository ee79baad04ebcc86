"""A real ingress controller, Traefik, as a process on the node's address. It sends requests straight to pods.

It serves Ingresses of CLASS and HTTPRoutes of the Gateway `gateway` makes, both at URL.
"""

import contextlib
import json
import os
from collections.abc import Iterator

from tests.cluster.parts import definitions, tools
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.process import LOGS, Process, running
from tests.cluster.parts.space import NODE_IP, STATE

CLASS = "traefik"
URL = f"http://{NODE_IP}:8080"
# As docs/production.md has it, but that the middleware is in a file: Traefik's CRDs are not there.
TRIES_AGAIN = {"traefik.ingress.kubernetes.io/router.middlewares": "try-another@file"}
_MIDDLEWARES = {"try-another": {"retry": {"attempts": 3}}}
_INGRESS_CLASS: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": CLASS},
    "spec": {"controller": "traefik.io/ingress-controller"},
}
_GATEWAY_CLASS: Object = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": CLASS},
    "spec": {"controllerName": "traefik.io/gateway-controller"},
}


@contextlib.contextmanager
def traefik(plane: ControlPlane) -> Iterator[Process]:
    """Traefik, which serves the Ingresses of CLASS, and HTTPRoutes, at URL."""
    definitions.apply(plane.kubectl)
    plane.kubectl.apply(_INGRESS_CLASS, _GATEWAY_CLASS)
    middlewares = STATE / "traefik.yaml"
    middlewares.write_text(json.dumps({"http": {"middlewares": _MIDDLEWARES}}))
    flags = [
        f"--entrypoints.web.address={NODE_IP}:8080",
        "--providers.kubernetesingress=true",
        f"--providers.kubernetesingress.ingressclass={CLASS}",
        "--providers.kubernetesgateway=true",
        f"--providers.file.filename={middlewares}",
        f"--accesslog.filepath={LOGS / 'traefik-access.log'}",
        "--accesslog.filters.statuscodes=400-599",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]
    environment = {**os.environ, "KUBECONFIG": str(plane.admin)}
    with running("traefik", tools.built("traefik"), *flags, env=environment) as process:
        yield process


def make_gateway(namespace: Kubectl, name: str) -> None:
    """A Gateway of Traefik's, for the HTTPRoutes of a namespace."""
    listener = {"name": "web", "protocol": "HTTP", "port": int(URL.rsplit(":", 1)[1])}
    namespace.apply(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": name},
            "spec": {"gatewayClassName": CLASS, "listeners": [listener]},
        }
    )

"""A real control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.parts import kubeconfig, tools
from tests.cluster.parts.kubectl import Kubectl, Refused
from tests.cluster.parts.pki import Authority
from tests.cluster.parts.process import Process, running, wait_for
from tests.cluster.parts.space import API_SERVICE_IP, NODE_IP, POD_CIDR, SERVICE_CIDR, STATE

ETCD = "http://127.0.0.1:2379"
# Shorter than in production, so that tests need not wait for minutes; what the chart sets itself is left alone.
TIMERS = {
    "horizontal-pod-autoscaler-sync-period": "5s",
    "horizontal-pod-autoscaler-cpu-initialization-period": "10s",
    "horizontal-pod-autoscaler-initial-readiness-delay": "5s",
}


@dataclass(frozen=True)
class ControlPlane:
    """What parts that join later need."""

    folder: Path
    ca: Authority
    kubectl: Kubectl  # as the cluster's administrator

    def kubeconfig(self, user: str, groups: tuple[str, ...] = ()) -> Path:
        return kubeconfig.write(self.folder, self.ca, user, groups)

    @property
    def admin(self) -> Path:
        return self.kubectl.kubeconfig


@contextlib.contextmanager
def control_plane() -> Iterator[ControlPlane]:
    """A control plane that serves, without nodes."""
    folder = STATE / "pki"
    ca = Authority(folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_etcd())
        server = stack.enter_context(_api_server(ca, folder))
        admin = kubeconfig.write(folder, ca, "admin", ("system:masters",))
        plane = ControlPlane(folder, ca, Kubectl(admin))
        wait_for("the API server is ready", lambda: _ready(plane.kubectl), 120, server)
        stack.enter_context(_controller_manager(plane))
        stack.enter_context(running("kube-scheduler", *_scheduler(plane)))
        yield plane


def _etcd() -> contextlib.AbstractContextManager[Process]:
    flags = {
        "data-dir": STATE / "var" / "etcd",
        "listen-client-urls": ETCD,
        "advertise-client-urls": ETCD,
        "listen-peer-urls": "http://127.0.0.1:2380",
        "log-level": "warn",
    }
    return running("etcd", tools.built("etcd"), *_flags(flags), "--unsafe-no-fsync")


def _api_server(ca: Authority, folder: Path) -> contextlib.AbstractContextManager[Process]:
    names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    serving = ca.issue("kube-apiserver", hosts=(*names, API_SERVICE_IP, NODE_IP, "127.0.0.1"))
    kubelet_client = ca.issue("apiserver-kubelet-client", ("system:masters",))
    front = Authority(folder, "front-proxy-ca")
    proxy_client = front.issue("front-proxy-client")
    flags = {
        "etcd-servers": ETCD,
        "advertise-address": NODE_IP,
        "secure-port": 6443,
        "service-cluster-ip-range": SERVICE_CIDR,
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "client-ca-file": ca.pair.certificate,
        "tls-cert-file": serving.certificate,
        "tls-private-key-file": serving.key,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": ca.service_account_key,
        "service-account-signing-key-file": ca.service_account_key,
        "kubelet-client-certificate": kubelet_client.certificate,
        "kubelet-client-key": kubelet_client.key,
        "kubelet-preferred-address-types": "InternalIP",
        "requestheader-client-ca-file": front.pair.certificate,
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": proxy_client.certificate,
        "proxy-client-key-file": proxy_client.key,
        "enable-aggregator-routing": "true",
    }
    return running("kube-apiserver", tools.built("kube-apiserver"), *_flags(flags))


def _controller_manager(plane: ControlPlane) -> contextlib.AbstractContextManager[Process]:
    flags = {
        "kubeconfig": plane.kubeconfig("system:kube-controller-manager"),
        "authentication-kubeconfig": plane.admin,
        "authorization-kubeconfig": plane.admin,
        "use-service-account-credentials": "true",
        "root-ca-file": plane.ca.pair.certificate,
        "service-account-private-key-file": plane.ca.service_account_key,
        "cluster-signing-cert-file": plane.ca.pair.certificate,
        "cluster-signing-key-file": plane.ca.pair.key,
        "allocate-node-cidrs": "true",
        "cluster-cidr": POD_CIDR,
        "leader-elect": "false",
        **TIMERS,
    }
    return running("kube-controller-manager", tools.built("kube-controller-manager"), *_flags(flags))


def _scheduler(plane: ControlPlane) -> list[object]:
    flags = {"kubeconfig": plane.kubeconfig("system:kube-scheduler"), "leader-elect": "false"}
    return [tools.built("kube-scheduler"), *_flags(flags)]


def _flags(flags: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in flags.items()]


def _ready(kubectl: Kubectl) -> bool:
    try:
        return kubectl("get", "--raw=/readyz") == "ok"
    except Refused:
        return False


def version(kubectl: Kubectl) -> str:
    """The server's version, such as v1.35.4."""
    answer: str = json.loads(kubectl("get", "--raw=/version"))["gitVersion"]
    return answer

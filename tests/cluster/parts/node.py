"""One real node: kubelet, kube-proxy and CoreDNS as processes of the private space, on containerd."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.parts import tools
from tests.cluster.parts.containers import SOCKET, containerd
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.process import Process, running, wait_for
from tests.cluster.parts.space import CGROUP, DNS_IP, JOINED, NODE_IP, POD_CIDR, STATE

NODE = "node1"


@contextlib.contextmanager
def node(plane: ControlPlane) -> Iterator[None]:
    """A Ready node called NODE, with Service addresses and DNS. Its pods are deleted by whoever made them."""
    _make_cgroups()
    with contextlib.ExitStack() as stack:
        stack.enter_context(containerd())
        kubelet = stack.enter_context(_kubelet(plane))
        stack.enter_context(_proxy(plane))
        stack.enter_context(_dns(plane))
        wait_for("the node is Ready", lambda: _ready(plane), 120, kubelet)
        yield
        if not JOINED:
            plane.kubectl("delete", "node", NODE, "--wait=false")


def _ready(plane: ControlPlane) -> bool:
    nodes = plane.kubectl.items("nodes", f"--field-selector=metadata.name={NODE}")
    conditions = nodes[0]["status"].get("conditions", []) if nodes else []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _make_cgroups() -> None:
    """The parent of all pods' cgroups has to be there before, in each hierarchy, and a new cpuset is empty."""
    for hierarchy in Path("/sys/fs/cgroup").iterdir():
        folder = hierarchy / CGROUP
        folder.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (folder / name).exists():
                (folder / name).write_text((hierarchy / name).read_text())


def _kubelet(plane: ControlPlane) -> contextlib.AbstractContextManager[Process]:
    resolv = STATE / "resolv.conf"
    resolv.write_text("")
    serving = plane.ca.issue("kubelet-server", hosts=(NODE_IP, NODE))
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "failSwapOn": False,
        "oomScoreAdj": 0,  # its default needs CAP_SYS_RESOURCE
        "maxOpenFiles": 20000,
        "clusterDNS": [DNS_IP],
        "clusterDomain": "cluster.local",
        "resolvConf": str(resolv),
        "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi"},
        "imageGCHighThresholdPercent": 100,  # what was imported cannot be pulled again
        "volumePluginDir": "/run/kubelet-plugins",
        "tlsCertFile": str(serving.certificate),
        "tlsPrivateKeyFile": str(serving.key),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(plane.ca.pair.certificate)},
        },
        "authorization": {"mode": "Webhook"},
    }
    path = STATE / "kubelet.json"
    path.write_text(json.dumps(config))
    kubeconfig = plane.kubeconfig(f"system:node:{NODE}", ("system:nodes",))
    flags = {"config": path, "kubeconfig": kubeconfig, "node-ip": NODE_IP, "hostname-override": NODE}
    return running("kubelet", tools.built("kubelet"), *(f"--{name}={value}" for name, value in flags.items()))


def _proxy(plane: ControlPlane) -> contextlib.AbstractContextManager[Process]:
    tools.installed("iptables", "iptables")
    tools.installed("conntrack", "conntrack")
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(plane.kubeconfig("system:kube-proxy"))},
        "mode": "iptables",
        "clusterCIDR": POD_CIDR,
        "hostnameOverride": NODE,
        "oomScoreAdj": 0,
        # 0: leave it alone. In a network namespace the maximum can only be read.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            **{f"{name}Timeout": "0s" for name in ("tcpEstablished", "tcpCloseWait", "udp", "udpStream")},
        },
    }
    path = STATE / "kube-proxy.json"
    if not JOINED:  # it ends when its file is written
        path.write_text(json.dumps(config))
    return running("kube-proxy", tools.built("kube-proxy"), f"--config={path}")


def _dns(plane: ControlPlane) -> contextlib.AbstractContextManager[Process]:
    path = STATE / "Corefile"
    path.write_text(
        f".:53 {{\n  bind {DNS_IP}\n  errors\n  cache 5\n"
        f"  kubernetes cluster.local in-addr.arpa {{\n    kubeconfig {plane.admin}\n  }}\n}}\n"
    )
    return running("coredns", tools.built("coredns"), "-conf", path)

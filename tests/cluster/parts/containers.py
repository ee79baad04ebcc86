"""containerd with Debian's runc and CNI plugins, in the private space; and the images it is given."""

import contextlib
import io
import json
import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.cluster.parts import tools
from tests.cluster.parts.kubectl import Object
from tests.cluster.parts.process import Process, running, wait_for
from tests.cluster.parts.space import JOINED, POD_CIDR, STATE

SOCKET = Path("/run/containerd/containerd.sock")  # in the private /run; where cAdvisor looks
PAUSE = "localhost/pause:1"
BUSYBOX = "localhost/busybox:1"
_CNI = STATE / "cni"
# restrict_oom_score_adj: without CAP_SYS_RESOURCE no sandbox could be started. runc, not crun: hybrid cgroups.
_CONFIG = f"""
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{_CNI}"
"""


@contextlib.contextmanager
def containerd() -> Iterator[Process]:
    """containerd with the images `PAUSE` and `BUSYBOX`."""
    tools.installed("runc", "runc")
    if not Path("/usr/lib/cni/bridge").exists():
        raise tools.Missing("the CNI plugins are not installed: apt-get install containernetworking-plugins")
    config = STATE / "containerd.toml"
    config.write_text(_CONFIG)
    _write_network()
    with running("containerd", tools.installed("containerd", "containerd"), "--config", config) as process:
        wait_for("containerd answers", SOCKET.exists, 30, process)
        busybox = Path(tools.installed("busybox", "busybox-static"))
        for name, command in ((PAUSE, ["/bin/busybox", "sleep", "2147483647"]), (BUSYBOX, ["/bin/busybox", "sh"])):
            archive = STATE / f"{name.split('/')[1].split(':')[0]}.tar"
            _write_image(archive, name, busybox, command)
            import_image(archive)
        yield process


def import_image(archive: Path) -> None:
    """Give containerd a docker-archive; the names in it are those that pods use. A joined cluster has them."""
    if JOINED:
        return
    command = ["ctr", "--namespace=k8s.io", "images", "import", str(archive)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def kill(pod: Object, program: str, signal_: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to all processes of a pod whose command line has `program`; the API server is told nothing."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended in this moment
            of_pod = pod["metadata"]["uid"] in (folder / "cgroup").read_text()
            if of_pod and program.encode() in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal_)


def _write_network() -> None:
    _CNI.mkdir(parents=True, exist_ok=True)
    ipam = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_CIDR.replace("/16", "/24")}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True, "ipam": ipam}
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    network = {"cniVersion": "0.4.0", "name": "fvi", "plugins": [bridge, portmap]}
    (_CNI / "10-fvi.conflist").write_text(json.dumps(network))


def _write_image(archive: Path, name: str, program: Path, command: list[str]) -> None:
    """A docker-archive with one static program, which is also there as /bin/sh."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(program, "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": command, "User": "65535:65535", "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer.getvalue()).hexdigest()}"]},
        }
    ).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(archive, "w") as tar:
        for path, content in (("config.json", config), ("layer.tar", layer.getvalue()), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))

"""kubeconfig files."""

import json
from pathlib import Path

from tests.cluster.parts.pki import Authority
from tests.cluster.parts.space import NODE_IP

SERVER = f"https://{NODE_IP}:6443"


def write(folder: Path, ca: Authority, user: str, groups: tuple[str, ...] = ()) -> Path:
    """A kubeconfig of `user`, signed by the cluster's authority. JSON is YAML."""
    pair = ca.issue(user, groups)
    path = folder / f"{user.replace(':', '-')}.conf"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "clusters": [
                    {
                        "name": "test",
                        "cluster": {"server": SERVER, "certificate-authority": str(ca.pair.certificate)},
                    }
                ],
                "users": [
                    {
                        "name": "test",
                        "user": {"client-certificate": str(pair.certificate), "client-key": str(pair.key)},
                    }
                ],
            }
        )
    )
    path.chmod(0o600)
    return path

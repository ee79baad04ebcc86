"""Custom resources that the chart can make objects of, as their projects define them (scripts/cluster-tools)."""

from tests.cluster.parts import tools
from tests.cluster.parts.kubectl import Kubectl


def apply(kubectl: Kubectl) -> None:
    """Give them to the API server.

    Raises:
        Missing: they were not fetched.
    """
    folder = tools.built("definitions")
    kubectl("apply", "--server-side", f"--filename={folder}")
    kubectl("wait", "--for=condition=Established", f"--filename={folder}", "--timeout=30s")

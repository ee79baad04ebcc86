"""Manifests as objects, and the programs that make them."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"

Objects = dict[tuple[str, str], dict[str, Any]]  # by kind and name


def tool(name: str) -> str:
    """The path of helm4 or kubectl; skips the test where `make test` could not fetch it."""
    path = subprocess.check_output([ROOT / "scripts" / "helm", name, "--path"], text=True).strip()
    if not Path(path).exists():
        pytest.skip(f"{name} is not here: `scripts/helm {name}` fetches it")
    return path


def objects(text: str) -> Objects:
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text) if each}


@cache
def kustomized(folder: str) -> Objects:
    return objects(subprocess.check_output([tool("kubectl"), "kustomize", K8S / folder], text=True))

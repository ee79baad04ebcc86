"""k8s/ says what the chart says: rendered, or compared with it object by object."""

import subprocess
import tomllib
from collections.abc import Iterator
from filecmp import dircmp
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from tests.k8s.rendering import K8S, ROOT, Objects, kustomized, objects, tool

KUBERNETES = "1.33"  # as scripts/render has it
# The profile without its guesses about batching: k8s/ leaves those to whoever has measured.
GPU = ["--values=helm/fvi-ocr/profiles/gpu.yaml", "--set=serving.batching.timeoutMicros=0"]
GPU += ["--set-json=serving.batching.allowedBatchSizes=[]"]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
OVERLAYS = sorted(path.parent.relative_to(K8S).as_posix() for path in K8S.glob("overlays/*/kustomization.yaml"))
# What the chart is told so that it makes the objects of an overlay.
SAME = {
    "base": ["--values=k8s/base-values.yaml"],
    "overlays/gpu": [*GPU, "--values=k8s/base-values.yaml"],
    "overlays/rollout": ["--values=k8s/base-values.yaml", "--values=k8s/rollout-values.yaml"],
    "overlays/dev": ["--values=k8s/overlays/dev/values.yaml"],
    "overlays/dev-gpu": [*GPU, "--values=k8s/overlays/dev/values.yaml"],
    "overlays/dev-embedded": ["--values=k8s/overlays/dev/values.yaml", "--set=serving.embedded.enabled=true"],
    "overlays/prod": ["--values=k8s/overlays/prod/values.yaml"],
}


@cache
def charted(folder: str) -> Objects:
    command = [tool("helm4"), "template", "fvi-ocr", "helm/fvi-ocr", "--namespace=fvi-ocr", "--skip-tests"]
    command += [f"--kube-version={KUBERNETES}.0", *SAME[folder]]
    return objects(subprocess.check_output(command, cwd=ROOT, text=True))


def compared(each: dict[str, Any]) -> dict[str, Any]:
    """Without what tells who wrote it, and with lists of named things in the order of their names."""
    metadata = {name: value for name, value in each["metadata"].items() if name in ("name", "namespace")}
    return sorted_by_name({**each, "metadata": metadata})


def sorted_by_name(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: sorted_by_name(value) for name, value in node.items()}
    if isinstance(node, list):
        nodes = [sorted_by_name(each) for each in node]
        named = all(isinstance(each, dict) and "name" in each for each in nodes)
        return sorted(nodes, key=lambda each: each["name"]) if named else nodes
    return node


def differing(old: dircmp[str]) -> Iterator[str]:
    yield from old.left_only + old.right_only + old.diff_files
    for folder in old.subdirs.values():
        yield from differing(folder)


def test_what_is_rendered_is_what_the_chart_says(tmp_path: Path) -> None:
    """`make k8s` writes it anew."""
    tool("helm4")
    subprocess.run([ROOT / "scripts" / "render", tmp_path], check=True, timeout=60)
    for folder in ("base", "components/rollout"):
        assert list(differing(dircmp(K8S / folder, tmp_path / folder))) == []


@pytest.mark.parametrize("folder", SAME)
def test_an_overlay_and_the_chart_make_the_same_objects(folder: str) -> None:
    ours, lacking = kustomized(folder), set(kustomized("dev")) if "dev" in folder else set()
    theirs = charted(folder)
    assert set(ours) - lacking == set(theirs)
    for name, each in theirs.items():
        assert compared(ours[name]) == compared(each)


def test_every_overlay_is_compared_with_the_chart() -> None:
    assert set(OVERLAYS) == {folder for folder in SAME if folder != "base"}


@pytest.mark.parametrize("folder", ["base", "dev", *OVERLAYS])
def test_every_object_is_what_kubernetes_takes(folder: str) -> None:
    for each in kustomized(folder).values():
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


@pytest.mark.parametrize("folder", ["dev", *OVERLAYS])
def test_every_image_has_the_projects_version(folder: str) -> None:
    for each in kustomized(folder).values():
        pod = each.get("spec", {}).get("template", {}).get("spec", {})
        for container in pod.get("initContainers", []) + pod.get("containers", []):
            assert container["image"].split(":")[1] in (VERSION, f"{VERSION}-gpu")


def test_the_laptops_s3_server_may_run_in_a_restricted_namespace() -> None:
    pod = kustomized("dev")["Deployment", "s3"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    for container in pod["initContainers"] + pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_agent_of_a_laptop_knows_the_s3_server() -> None:
    service = kustomized("dev")["Service", "s3"]
    pod = kustomized("overlays/dev")["Deployment", "fvi-ocr-serving"]["spec"]["template"]["spec"]
    (agent,) = (each for each in pod["initContainers"] if each["name"] == "agent")
    endpoint = f"http://s3.{service['metadata']['namespace']}.svc:{service['spec']['ports'][0]['port']}"
    assert {"name": "FVI_STORE_ENDPOINT_URL", "value": endpoint} in agent["env"]


def test_who_applies_again_does_not_undo_what_the_controller_wrote() -> None:
    desired = ("ConfigMap", "fvi-ocr-desired-state")
    assert desired in kustomized("base")
    assert desired not in kustomized("overlays/rollout")


def test_nothing_takes_these_objects_for_a_helm_release() -> None:
    for each in kustomized("overlays/rollout").values():
        assert each["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kustomize"

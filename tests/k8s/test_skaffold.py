"""skaffold.yaml: what it builds is what it deploys, in every profile; and what skaffold itself makes of it."""

import copy
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.rendering import ROOT, Objects, kustomized, objects, tool

CONFIG = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
PROFILES = {profile["name"]: profile.get("patches", []) for profile in CONFIG["profiles"]}


def with_profile(name: str) -> dict[str, Any]:
    """The configuration with a profile's patches, all of which replace something that is there."""
    config: dict[str, Any] = copy.deepcopy(CONFIG)
    for patch in PROFILES[name]:
        assert patch["op"] == "replace"
        *steps, last = (int(step) if step.isdigit() else step for step in patch["path"].split("/")[1:])
        place: Any = config
        for step in steps:
            place = place[step]
        place[last]  # raises where there is nothing to replace
        place[last] = patch["value"]
    return config


def images(found: Objects) -> set[str]:
    """Of every container, without tags."""
    pods = [each["spec"]["template"]["spec"] for (kind, _), each in found.items() if kind == "Deployment"]
    return {c["image"].split(":")[0] for pod in pods for c in pod.get("initContainers", []) + pod["containers"]}


@cache
def skaffold() -> str:
    """The path of skaffold; skips the test where it was not built."""
    path = subprocess.check_output([ROOT / "scripts" / "skaffold", "--path"], text=True).strip()
    if not Path(path).exists():
        pytest.skip("skaffold is not here: scripts/skaffold builds it, in ten minutes")
    return path


def run_skaffold(folder: Path, *arguments: str) -> str:
    """What it prints; it looks for kubectl on the PATH, and writes into its home."""
    (folder / "kubectl").symlink_to(tool("kubectl"))
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "SKAFFOLD_UPDATE_CHECK": "false"}
    command = [skaffold(), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_a_profile_for_each_kind_of_model_server() -> None:
    assert set(PROFILES) == {"cpu", "gpu", "embedded"}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_image_of_ours_that_is_deployed_is_built(profile: str) -> None:
    config = with_profile(profile)
    (folder,) = config["manifests"]["kustomize"]["paths"]
    built = {artifact["image"]: artifact["docker"]["dockerfile"] for artifact in config["build"]["artifacts"]}
    assert set(built) == images(kustomized(folder.removeprefix("k8s/")))
    assert all((ROOT / dockerfile).is_file() for dockerfile in built.values())


@pytest.mark.parametrize("profile", PROFILES)
def test_skaffold_understands_the_profile(profile: str, tmp_path: Path) -> None:
    understood = yaml.safe_load(run_skaffold(tmp_path, "diagnose", "--yaml-only", f"--profile={profile}"))
    expected = with_profile(profile)
    assert [a["image"] for a in understood["build"]["artifacts"]] == [
        a["image"] for a in expected["build"]["artifacts"]
    ]
    (folder,) = expected["manifests"]["kustomize"]["paths"]
    assert understood["manifests"]["kustomize"]["paths"] == [str(ROOT / folder)]


@pytest.mark.parametrize("profile", PROFILES)
def test_skaffold_renders_the_overlay_with_the_images_that_it_built(profile: str, tmp_path: Path) -> None:
    config = with_profile(profile)
    (folder,) = config["manifests"]["kustomize"]["paths"]
    built = ",".join(f"{artifact['image']}:built" for artifact in config["build"]["artifacts"])
    flags = ["--offline=true", "--digest-source=tag", f"--profile={profile}", f"--images={built}"]
    rendered = objects(run_skaffold(tmp_path, "render", *flags))

    overlay = kustomized(folder.removeprefix("k8s/"))
    assert set(rendered) == set(overlay)
    assert images(rendered) == images(overlay)
    for (kind, _), each in rendered.items():
        if kind == "Deployment":
            pod = each["spec"]["template"]["spec"]
            assert {c["image"].split(":")[1] for c in pod.get("initContainers", []) + pod["containers"]} == {"built"}

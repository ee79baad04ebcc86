"""The chart as real Helm renders it: Helm 3 and 4, each file of values, several versions of Kubernetes."""

import functools
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "fvi-ocr"
HELMS = ("helm3", "helm4")
OLDEST, NEWEST = "1.27.0", "1.37.0"
VERSIONS = (OLDEST, "1.28.0", "1.29.0", "1.30.0", "1.33.0", "1.35.0", NEWEST)

_FILES = {path.stem: path for path in sorted(Path(__file__).parent.glob("values/*.yaml"))}
# For each name the files of values, or settings, that are given to Helm: ours, and all that people are told to use.
VALUES: Mapping[str, tuple[Path | str, ...]] = {
    **{name: (path,) for name, path in _FILES.items()},
    **{f"k8s-{path.parent.name}": (path,) for path in sorted(ROOT.glob("k8s/overlays/*/values.yaml"))},
    "dev-embedded": (ROOT / "k8s" / "overlays" / "dev" / "values.yaml", "serving.embedded.enabled=true"),
    "gpu": (CHART / "profiles" / "gpu.yaml", _FILES["minimal"]),
}

Manifest = dict[str, Any]


class Refused(Exception):
    """Helm would not render it; the message is Helm's."""


@functools.cache
def helm(name: str) -> str:
    """The path of a Helm; skips the test where `make test-chart` has not fetched it."""
    script = [ROOT / "scripts" / "helm", name, "--path"]
    path = subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip()
    if not Path(path).exists():
        pytest.skip(f"{name} is not here: `make test-chart` fetches it")
    return path


@functools.cache
def run(which: str, *arguments: str) -> str:
    """What a Helm prints.

    Raises:
        Refused: it ends with an error.
    """
    done = subprocess.run([helm(which), *arguments], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


def arguments_of(values: str, *settings: str) -> list[str]:
    """The flags for a file of values, by its name in VALUES, and for `--set` after it."""
    flags = []
    for each in (*VALUES[values], *settings):
        if isinstance(each, Path):
            flags += ["--values", str(each)]
        else:
            # --set knows no lists, mappings and fractions.
            is_json = re.fullmatch(r"[\[{].*|[0-9]+\.[0-9]+", each.partition("=")[2])
            flags += ["--set-json" if is_json else "--set", each]
    return flags


@dataclass(frozen=True)
class Rendered:
    """The objects of one rendering."""

    objects: tuple[Manifest, ...]

    def all(self, kind: str) -> list[Manifest]:
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, component: str) -> Manifest:
        """The object of a kind whose name ends with the component's."""
        found = [each for each in self.all(kind) if each["metadata"]["name"].endswith(f"-{component}")]
        assert len(found) == 1, f"{len(found)} objects {kind} of {component}"
        return found[0]

    def pods(self) -> Iterator[tuple[str, Manifest]]:
        """Name and pod template of everything that becomes pods."""
        for each in self.objects:
            if each["kind"] == "Deployment":
                yield each["metadata"]["name"], each["spec"]["template"]
            elif each["kind"] == "Pod":
                yield each["metadata"]["name"], each

    def pod(self, component: str) -> Manifest:
        template: Manifest = self.one("Deployment", component)["spec"]["template"]
        return template

    def container(self, component: str, name: str) -> Manifest:
        return next(each for each in containers(self.pod(component)) if each["name"] == name)


def containers(pod: Manifest) -> list[Manifest]:
    """All of a pod, init containers first."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def environment(container: Manifest) -> dict[str, str]:
    """Its variables that have a value of their own."""
    return {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}


def render(values: str, *settings: str, which: str = "helm4", version: str = "1.35.0") -> Rendered:
    """What `helm template` makes of it.

    Raises:
        Refused: nothing.
    """
    flags = ["--namespace", "cards", "--kube-version", version, *arguments_of(values, *settings)]
    text = run(which, "template", "fvi-ocr", str(CHART), *flags)
    return Rendered(tuple(each for each in yaml.load_all(text, yaml.CSafeLoader) if each))

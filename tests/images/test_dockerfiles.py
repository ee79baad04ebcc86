"""What can be known of the images without building them."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.images.dockerfiles import ALL, BUILT, OFFICIAL, ROOT, copied, files, ignored, instructions, needed

PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
LEFT_OUT = {"_typeshed"}  # for type checkers only


def lock(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


@pytest.mark.parametrize("dockerfile", ALL)
def test_everything_that_is_copied_exists_and_is_in_the_build_context(dockerfile: str) -> None:
    assert copied(dockerfile)
    for source in copied(dockerfile):
        assert (ROOT / source).exists(), source
        assert not ignored(Path(source)), source


@pytest.mark.parametrize("dockerfile", ALL)
def test_it_runs_as_the_user_that_the_chart_names(dockerfile: str) -> None:
    assert [rest for name, rest in instructions(dockerfile) if name == "USER"] == ["65532:65532"]


@pytest.mark.parametrize("dockerfile", ALL)
def test_every_base_has_a_version(dockerfile: str) -> None:
    defaults = dict(rest.split("=") for name, rest in instructions(dockerfile) if name == "ARG" and "=" in rest)
    bases = [rest.split()[0] for name, rest in instructions(dockerfile) if name == "FROM"]
    for base in bases:
        image = defaults["BASE"] if base == "${BASE}" else base
        assert re.fullmatch(r"[a-z/]+:\d[\w.-]+", image), image


@pytest.mark.parametrize("dockerfile", ALL)
def test_its_labels_are_those_of_the_open_container_initiative(dockerfile: str) -> None:
    labels = " ".join(rest for name, rest in instructions(dockerfile) if name == "LABEL")
    assert set(re.findall(r"([\w.]+)=", labels)) == {
        f"org.opencontainers.image.{name}" for name in ("title", "description", "version", "revision")
    }


@pytest.mark.parametrize("name", BUILT)
def test_it_installs_exactly_what_its_lock_says_by_hash(name: str) -> None:
    installs = [rest for each, rest in instructions(BUILT[name][0]) if each == "RUN" and "pip" in rest]
    assert f"requirements/{name}.txt" in copied(BUILT[name][0])
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{name}.txt").read_text())
    packages = [block for block in blocks if PINNED.match(block)]
    assert packages
    assert all("--hash=sha256:" in block for block in packages)


@pytest.mark.parametrize("name", BUILT)
def test_the_versions_are_those_that_the_tests_ran_with(name: str) -> None:
    tested = lock("dev")
    differing = {package for package, version in lock(name).items() if tested.get(package, version) != version}
    assert differing == set()


@pytest.mark.parametrize("name", BUILT)
def test_the_image_has_every_file_that_its_program_imports(name: str) -> None:
    dockerfile, programs = BUILT[name]
    assert needed(programs)[0] - files(dockerfile) == set()


@pytest.mark.parametrize("name", BUILT)
def test_the_image_has_every_package_that_its_program_imports(name: str) -> None:
    distributions, locked = packages_distributions(), lock(name)
    for package in needed(BUILT[name][1])[1] - set(sys.stdlib_module_names) - LEFT_OUT:
        providers = {each.lower().replace("_", "-") for each in distributions.get(package, [package])}
        assert providers & set(locked), package


def test_the_api_image_has_neither_tensorflow_nor_the_weights() -> None:
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & set(lock("api"))
    assert not [path for path in files(BUILT["api"][0]) if path.suffix == ".npz"]


def test_the_embedded_server_starts_with_the_flags_of_the_official_image() -> None:
    (official,) = (rest for name, rest in instructions(OFFICIAL[0]) if name == "CMD")
    (embedded,) = (rest for name, rest in instructions(BUILT["serving-embedded"][0]) if name == "CMD")
    assert embedded.split() == official.split()


def test_secrets_and_photos_never_reach_the_build_context() -> None:
    for name in (".env", ".git/config", "examples/mobile-1003.jpg", "build/store/reader/1/saved_model.pb", "keys"):
        assert ignored(Path(name)), name
    assert not ignored(Path("services/api/app.py"))

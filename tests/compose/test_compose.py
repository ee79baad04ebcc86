"""The Compose files as `docker compose` reads them; tests/images/running starts them."""

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from models.spec import MODELS
from services.api.settings import Settings
from services.desired import read_desired_state
from services.serving.agent.__main__ import _parser as agent_parser
from services.store.options import StoreOptions

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CPU, GPU = ("compose.yaml",), ("compose.yaml", "compose.gpu.yaml")


def services(files: tuple[str, ...], **environ: str) -> dict[str, Any]:
    """The services after merging and interpolation, with nothing else in the environment."""
    script = ROOT / "scripts" / "compose-spec"
    checker = subprocess.check_output([script, "--path"], text=True).strip()
    if not Path(checker).exists():
        pytest.skip("compose-go is not here: scripts/compose-spec builds it")
    path = {"PATH": os.environ["PATH"]}
    done = subprocess.run([checker, *files], cwd=ROOT, env=path | environ, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize("files", [CPU, GPU])
def test_every_service_is_hardened_and_watched(files: tuple[str, ...]) -> None:
    for service in services(files).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp:size=64m,mode=1777"]
        assert service["healthcheck"]["test"][0] == "CMD"


def test_only_the_api_is_published_and_on_loopback() -> None:
    found = services(CPU)
    assert [name for name, service in found.items() if "ports" in service] == ["api"]
    assert [port["host_ip"] for port in found["api"]["ports"]] == ["127.0.0.1"]


def test_the_model_server_has_no_way_out() -> None:
    assert {name: set(service["networks"]) for name, service in services(CPU).items()} == {
        "agent": {"models", "outside"},
        "serving": {"models"},
        "api": {"models", "outside"},
    }


@pytest.mark.parametrize("files", [CPU, GPU])
def test_images_have_the_projects_version_and_a_dockerfile_that_exists(files: tuple[str, ...]) -> None:
    for service in services(files).values():
        assert service["image"].split(":")[1].removesuffix("-gpu") == VERSION
        assert (ROOT / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize(("chosen", "visible"), [("1", "1"), ("0,2", "0,2"), (None, "all")])
def test_cuda_visible_devices_chooses_the_gpus(chosen: str | None, visible: str) -> None:
    serving = services(GPU, **({"CUDA_VISIBLE_DEVICES": chosen} if chosen else {}))["serving"]
    assert serving["runtime"] == "nvidia"
    assert serving["environment"]["NVIDIA_VISIBLE_DEVICES"] == visible
    assert "CUDA_VISIBLE_DEVICES" not in serving["environment"]
    assert serving["image"].endswith("-gpu")


def test_without_the_second_file_nothing_asks_for_a_gpu() -> None:
    assert "runtime" not in services(CPU, CUDA_VISIBLE_DEVICES="0")["serving"]


def test_the_agent_knows_its_flags_and_finds_its_store() -> None:
    agent = services(CPU)["agent"]
    flags = agent_parser().parse_args(agent["command"])
    mounts = {volume["target"] for volume in agent["volumes"]}
    assert {flags.store, str(flags.models), str(flags.desired.parent)} == mounts
    assert services(CPU, MODEL_STORE="s3://bucket/path")["agent"]["command"][0] == "--store=s3://bucket/path"


def test_the_settings_of_the_store_reach_the_agent_and_are_known() -> None:
    given = {"FVI_STORE_ENDPOINT_URL": "https://s3.example", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    environment = services(CPU, **given)["agent"]["environment"]
    assert given.items() <= environment.items()
    assert StoreOptions.from_env({name: value for name, value in environment.items() if value}).endpoint_url


def test_the_api_knows_its_settings_and_is_given_time_to_stop() -> None:
    api = services(CPU)["api"]
    settings = Settings.from_env(api["environment"])
    assert api["stop_grace_period"] == "40s"
    assert settings.drain_seconds + settings.graceful_seconds < 40
    assert settings.desired_state == "/etc/fvi-ocr/desired/models.yaml"


def test_the_desired_state_names_every_model() -> None:
    folder = Path(next(v["source"] for v in services(CPU)["api"]["volumes"] if v["target"].startswith("/etc/fvi-ocr")))
    assert set(read_desired_state(folder / "models.yaml")) == set(MODELS)

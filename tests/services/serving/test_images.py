"""What the images of the serving tier start, checked without the images: no registry is within reach."""

import json
import re
from pathlib import Path

import pytest

from models.spec import MODELS
from services.serving.embedded import flags
from services.serving.embedded.config import models_of, read_config_file

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "services" / "serving"
CPU, GPU = ((FOLDER / name).read_text() for name in ("Dockerfile", "Dockerfile.gpu"))


def command(dockerfile: str) -> list[str]:
    """The list that follows CMD."""
    return json.loads(re.search(r"^CMD (\[.*?\])$", dockerfile, re.MULTILINE | re.DOTALL)[1].replace("\\\n", ""))


@pytest.mark.parametrize("dockerfile", [CPU, GPU], ids=["cpu", "gpu"])
def test_every_flag_of_an_image_is_one_that_we_know(dockerfile: str) -> None:
    """TF Serving itself would print an unknown flag and go on."""
    parsed = flags.parse(command(dockerfile))
    assert parsed.enable_batching is True
    assert parsed.enable_profiler is False
    assert parsed.allow_version_labels_for_unavailable_models is True
    assert (parsed.num_load_threads, parsed.num_unload_threads, parsed.max_num_load_retries) == (1, 1, 1)


def test_the_images_differ_in_their_base_and_in_how_much_gpu_memory_they_take() -> None:
    differing = set(GPU.splitlines()) ^ set(CPU.splitlines())
    assert sorted(line.split()[0] for line in differing) == ["#", "#", "#", "ENV", "FROM", "FROM"]


@pytest.mark.parametrize("dockerfile", [CPU, GPU], ids=["cpu", "gpu"])
def test_an_image_does_not_run_as_root_and_brings_the_files_its_flags_name(dockerfile: str) -> None:
    user = re.search(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)
    assert user
    assert int(user[1]) > 0
    sources = re.search(r"^COPY (.*) /etc/fvi-ocr/$", dockerfile, re.MULTILINE)[1].split()
    assert all((ROOT / source).is_file() for source in sources)
    copied = {Path(source).name for source in sources}
    named = {Path(flag.partition("=")[2]).name for flag in command(dockerfile) if "/etc/fvi-ocr/" in flag}
    assert named < copied


def test_the_template_lists_our_three_models_with_a_stable_label() -> None:
    models = models_of(read_config_file(str(FOLDER / "models.config")))
    assert {model.name: model.labels for model in models} == {name: {"stable": 1} for name in MODELS}

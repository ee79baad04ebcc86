"""Which store is meant, and with which options."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from services.store.errors import BadStoreSetting, BadStoreUrl
from services.store.options import ENVIRONMENT, StoreOptions
from services.store.store import ModelStore

ROOT = Path(__file__).parents[3]


def test_options_are_read_from_the_environment() -> None:
    environ = {"FVI_STORE_ENDPOINT_URL": "https://s3.example", "FVI_STORE_PARALLEL": "9", "FVI_BIND": "x", "HOME": "/"}
    assert StoreOptions.from_env(environ) == StoreOptions(endpoint_url="https://s3.example", parallel=9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FVI_STORE_PARALEL", "4"),
        ("FVI_STORE_PARALLEL", "four"),
        ("FVI_STORE_PARALLEL", "0"),
        ("FVI_STORE_RETRY_SECONDS", "-1"),
        ("FVI_STORE_RETRY_SECONDS", "nan"),
        ("FVI_STORE_RETRY_SECONDS", "inf"),
    ],
)
def test_an_option_that_cannot_be_is_told_by_name(name: str, value: str) -> None:
    with pytest.raises(BadStoreSetting, match=name):
        StoreOptions.from_env({name: value})


def test_every_option_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    for each in fields(StoreOptions):
        assert f"| `{ENVIRONMENT.name(each)}` | {f'`{each.default}`' if each.default != '' else 'none'} | " in page
        assert each.metadata["help"] in page


def test_a_folder_may_be_named_in_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ein Ordner"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    for url in ("ein Ordner", str(folder), folder.as_uri()):
        with ModelStore.open(url) as store:
            assert store.url == folder.as_uri()
            assert store.models() == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3://",
        "s3:///path",
        "file://",
        "file:///",
        "file://host/folder",
        "http://example/x",
        "memory://x",
        "abc://x",
    ],
)
def test_an_address_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(BadStoreUrl):
        ModelStore.open(url)


@pytest.mark.parametrize("url", ["s3://key:hidden@bucket/x", "s3://bucket/x?versionId=1", "s3://bucket/x#y"])
def test_an_address_with_more_than_an_address_is_refused_without_repeating_secrets(url: str) -> None:
    with pytest.raises(BadStoreUrl) as caught:
        ModelStore.open(url)
    assert "hidden" not in str(caught.value)


def test_gs_needs_an_extra() -> None:
    with pytest.raises(BadStoreUrl, match="fvi-ocr\\[gcs\\]"):
        ModelStore.open("gs://bucket/models")


@pytest.mark.parametrize(
    "options",
    [
        {"ca_file": "/none"},
        {"endpoint_url": "s3.example"},
        {"endpoint_url": "https://"},
        {"endpoint_url": "https://key:secret@s3.example"},
    ],
)
def test_an_option_that_cannot_work_is_told_at_once(options: dict[str, str]) -> None:
    with pytest.raises(BadStoreSetting) as caught:
        ModelStore.open("s3://bucket/x", options=StoreOptions(**options))
    assert "secret" not in str(caught.value)


def test_a_store_in_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with ModelStore.open(str(tmp_path / "none")) as store, pytest.raises(Exception, match="is no folder"):
        store.models()


def test_the_store_needs_no_tensorflow_no_grpc_and_no_flask() -> None:
    code = """
import sys
import services.store.cli, services.store.s3
print([name for name in ("tensorflow", "keras", "grpc", "flask", "numpy", "cv2") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr

"""What a real store says of a Reader before it is loaded, and its golden set."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.manifest import write_manifest
from models.reader.contract import SPEC
from models.spec import TensorSpec
from services.rollout.versions import GOLDEN, GOLDEN_FILE, StoreAway, Versions
from services.store.errors import BadFolder
from services.store.options import StoreOptions
from services.store.store import ModelStore

IMAGES = np.zeros((2, 32, 128, 3), np.uint8)


def open_store(folder: Path) -> ModelStore:
    return ModelStore.open(str(folder / "store"), options=StoreOptions())


def publish_reader(folder: Path, version: int, spec=SPEC, **facts: object) -> None:
    made = folder / f"made-{version}"
    made.mkdir()
    (made / "saved_model.pb").write_bytes(b"a graph")
    write_manifest(spec, version, made, facts)
    with open_store(folder) as store:
        store.publish(made, "reader", version)


def publish_golden(folder: Path, version: int, images: np.ndarray = IMAGES) -> None:
    words = folder / f"words-{version}"
    words.mkdir()
    np.savez_compressed(words / GOLDEN_FILE, images=images, texts=np.array(["NGUYỄN", "THỬ"]))
    with open_store(folder) as store:
        store.publish(words, GOLDEN, version)


def versions(folder: Path, golden: int | None = None) -> Versions:
    return Versions(lambda: open_store(folder), golden)


def test_nothing_is_against_a_reader_as_we_export_it(tmp_path: Path) -> None:
    publish_reader(tmp_path, 2)
    assert versions(tmp_path).against(2) == ""


def test_outputs_that_nobody_asks_for_are_no_reason_against_it(tmp_path: Path) -> None:
    more = replace(SPEC, outputs=(*SPEC.outputs, TensorSpec("ids", "int32", (None, 16))))
    publish_reader(tmp_path, 2, more)
    assert versions(tmp_path).against(2) == ""


def test_a_reader_that_names_no_alternatives_is_taken(tmp_path: Path) -> None:
    publish_reader(tmp_path, 2, replace(SPEC, outputs=tuple(each for each in SPEC.outputs if not each.optional)))
    assert versions(tmp_path).against(2) == ""


def test_alternatives_of_another_shape_are_told(tmp_path: Path) -> None:
    outputs = tuple(replace(each, shape=(None, 9)) if each.name == "alternatives" else each for each in SPEC.outputs)
    publish_reader(tmp_path, 2, replace(SPEC, outputs=outputs))
    assert "does not give alternatives" in versions(tmp_path).against(2)


@pytest.mark.parametrize("alphabet", ["0" * 64, None])
def test_another_alphabet_is_told(tmp_path: Path, alphabet: str | None) -> None:
    publish_reader(tmp_path, 2, alphabet_sha256=alphabet)
    assert versions(tmp_path).against(2).startswith("another alphabet: ")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            replace(SPEC, inputs=(replace(SPEC.inputs[0], shape=(None, 48, 128, 3)),)),
            "does not take what the API sends",
        ),
        (replace(SPEC, signature="other"), "does not take what the API sends"),
        (replace(SPEC, outputs=SPEC.outputs[:1]), "does not give confidence, char_confidence"),
    ],
)
def test_another_signature_is_told(tmp_path: Path, spec, told: str) -> None:
    publish_reader(tmp_path, 2, spec)
    assert told in versions(tmp_path).against(2)


@pytest.mark.parametrize("signature", [None, {}, {"name": "serving_default", "inputs": 3}, {"outputs": "text"}])
def test_a_manifest_that_says_less_is_against_it(tmp_path: Path, signature: object) -> None:
    publish_reader(tmp_path, 2, signature=signature)
    assert "another signature" in versions(tmp_path).against(2)


def test_a_version_that_is_not_there_or_whose_manifest_is_none_is_told(tmp_path: Path) -> None:
    publish_reader(tmp_path, 2)
    assert "has no reader 3" in versions(tmp_path).against(3)
    manifest = tmp_path / "store" / "reader" / "2" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 9}))
    assert "has schema 9" in versions(tmp_path).against(2)


def test_a_store_that_is_away_is_against_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    options = StoreOptions(endpoint_url="http://127.0.0.1:9", retry_seconds=0.1)
    with pytest.raises(StoreAway, match="cannot be asked"):
        Versions(lambda: ModelStore.open("s3://models", options=options), None).against(2)


def test_the_golden_set_is_fetched_once(tmp_path: Path) -> None:
    publish_reader(tmp_path, 2)
    publish_golden(tmp_path, 5)
    known = versions(tmp_path, golden=5)
    assert known.against(2) == ""
    (tmp_path / "store").rename(tmp_path / "gone")
    assert known.golden_set().texts == ("NGUYỄN", "THỬ")
    assert versions(tmp_path).golden_set() is None


@pytest.mark.parametrize("damage", ["missing", "changed", "other pictures"])
def test_nothing_is_loaded_without_the_golden_set_that_was_named(tmp_path: Path, damage: str) -> None:
    publish_reader(tmp_path, 2)
    publish_golden(tmp_path, 5, IMAGES[:, :16] if damage == "other pictures" else IMAGES)
    if damage == "changed":
        (tmp_path / "store" / GOLDEN / "5" / GOLDEN_FILE).write_bytes(b"x" * 500)
    with pytest.raises(StoreAway, match="of the golden set cannot be had"):
        versions(tmp_path, golden=6 if damage == "missing" else 5).against(2)


def test_a_folder_that_holds_neither_model_nor_golden_set_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with open_store(tmp_path) as store, pytest.raises(BadFolder, match=r"golden\.npz"):
        store.publish(tmp_path, GOLDEN, 1)

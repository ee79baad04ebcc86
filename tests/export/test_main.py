"""The command: what it writes, and one line for what it cannot."""

import json

import pytest

from export.__main__ import main
from services.store.folder import check_folder


def test_a_trained_model_becomes_a_version_and_a_frozen_graph(tmp_path, capsys):
    from models.cropper.network import build_model
    from models.weights import save_weights

    save_weights(build_model(), tmp_path / "weights.npz")
    flags = [
        "cropper",
        "--version",
        "7",
        "--store",
        str(tmp_path / "store"),
        "--weights",
        str(tmp_path / "weights.npz"),
    ]
    assert main([*flags, "--frozen-graph", str(tmp_path / "cropper.pb")]) == 0
    exported, froze = capsys.readouterr().out.splitlines()
    assert exported.startswith(f"Exported {tmp_path / 'store' / 'cropper' / '7'} in ")
    assert froze.startswith(f"Froze {tmp_path / 'cropper.pb'}: image = image:0, card_scores = Identity:0")
    manifest = json.loads((tmp_path / "store" / "cropper" / "7" / "manifest.json").read_text())
    assert manifest["version"] == 7
    assert manifest["evaluation"] is None  # what was measured are the committed weights
    assert main(flags) == 1
    assert capsys.readouterr().err == (
        f"export: {tmp_path / 'store' / 'cropper' / '7'} exists, and versions never change. Choose another --version.\n"
    )


def test_missing_weights_are_one_line(tmp_path, capsys):
    weights = tmp_path / "none.npz"
    assert main(["reader", "--version", "1", "--store", str(tmp_path), "--weights", str(weights)]) == 1
    assert capsys.readouterr().err == (
        f"export: {weights} is not there. Train the reader first, or name its weights with --weights.\n"
    )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # numpy leaves a bad archive open
@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut short"])
def test_weights_that_are_none_are_one_line(tmp_path, capsys, content):
    weights = tmp_path / "weights.npz"
    weights.write_bytes(content)
    assert main(["cropper", "--version", "1", "--store", str(tmp_path / "store"), "--weights", str(weights)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"export: {weights} cannot be used: ")
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--version", "1", "--store", "x"], "the following arguments are required: model"),
        (["scanner", "--version", "1", "--store", "x"], "invalid choice: 'scanner'"),
        (["reader", "--store", "x"], "the following arguments are required: --version"),
        (["reader", "--version", "0", "--store", "x"], "a version is a whole number from 1, not '0'"),
        (["reader", "--version", "v2", "--store", "x"], "a version is a whole number from 1, not 'v2'"),
        (["reader", "cropper", "--version", "1", "--store", "x", "--weights", "w"], "one model at a time"),
    ],
)
def test_wrong_arguments_are_told(capsys, flags, message):
    with pytest.raises(SystemExit) as caught:
        main(flags)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_store_with_an_address_is_published_to(tmp_path, capsys):
    from models.cropper.network import build_model
    from models.weights import save_weights

    save_weights(build_model(), tmp_path / "weights.npz")
    url = (tmp_path / "store").as_uri()
    flags = ["cropper", "--version", "7", "--store", url, "--weights", str(tmp_path / "weights.npz")]
    assert main(flags) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Published cropper 7 to {url}"
    assert check_folder(tmp_path / "store" / "cropper" / "7").version == 7
    assert main(flags) == 1
    assert capsys.readouterr().err == (
        f"export: {url} has cropper 7, and versions never change. Choose another --version.\n"
    )


def test_a_store_that_cannot_be_is_one_line(capsys):
    assert main(["cropper", "--version", "1", "--store", "ftp://example/models"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("export: ftp://example/models: a store is a folder, or at ")
    assert len(error.splitlines()) == 1

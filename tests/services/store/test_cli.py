"""`fvi-ocr models`: tables for people, JSON for machines, one line for what is wrong."""

import json
import stat

import pytest

from services.cli import main
from services.store.folder import describe


@pytest.fixture
def run_on(monkeypatch, capsys):
    """run_on(place, "list", …) -> exit status, what it printed, what it complained of."""
    monkeypatch.setenv("COLUMNS", "150")

    def call(place, verb, *arguments):
        monkeypatch.setenv("FVI_STORE_ENDPOINT_URL", place.options.endpoint_url)
        status = main(["models", verb, *map(str, arguments), "--store", place.url])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


@pytest.fixture
def run(run_on, folder_place):
    """The same on a store in a folder."""
    return lambda *arguments: run_on(folder_place, *arguments)


def test_a_version_is_published_listed_shown_and_verified(place, run_on, make_model):
    def run(*arguments):
        return run_on(place, *arguments)

    model = make_model()
    facts = {
        "commit": "c" * 40,
        "signature": {"inputs": [{"name": "image", "dtype": "uint8", "shape": [None, 32]}], "outputs": []},
        "evaluation": {"mobile": {"exact": 0.98765, "words": 12}},
    }
    (model / "manifest.json").write_bytes(describe(model, "reader", 4, facts).content)
    status, out, _ = run("publish", model)
    assert (status, out) == (0, f"Published reader 4 to {place.url}: 4 files, 300.0 kB\n")
    assert run("publish", model, "--version", 5)[0] == 0

    status, out, _ = run("list")
    assert status == 0
    assert [line.split("│")[1:3] for line in out.splitlines() if "reader" in line] == [
        [" reader ", " 4       "],
        [" reader ", " 5       "],
    ]
    status, out, _ = run("show", "reader")
    assert status == 0
    for part in ("reader 5", "c" * 40, "image: uint8 [None, 32]", "mobile", "0.9877", "chữ cái [1] #2 50%.txt"):
        assert part in out
    assert run("verify") == (0, "reader 4: as published\nreader 5: as published\n", "")


def test_everything_is_there_as_json(folder_place, run, make_model):
    model = make_model()
    published = json.loads(run("publish", model, "--model", "reader", "--version", 1, "--json")[1])
    assert (published["model"], published["version"], published["files"], published["code"]) == ("reader", 1, 4, "ok")
    assert json.loads(run("list", "--json")[1]) == [published]
    shown = json.loads(run("show", "reader", 1, "--json")[1])
    assert (shown["schema"], shown["digest"]) == (1, published["digest"])
    (folder_place.folder / "reader" / "1" / "extra").write_bytes(b"")
    assert json.loads(run("verify", "--json")[1]) == [
        {"model": "reader", "version": 1, "code": "ok", "unlisted": ["extra"]}
    ]
    run("publish", model, "--model", "reader", "--version", 2)
    (removal,) = json.loads(run("gc", "--keep", 1, "--json")[1])
    assert (removal["model"], removal["name"], removal["reason"], removal["deleted"]) == ("reader", "1", "old", False)


def test_a_damaged_version_fails_verify_and_does_not_hide_the_others(folder_place, run, make_model):
    model = make_model()
    for version in (1, 2, 3):
        run("publish", model, "--model", "reader", "--version", version)
    (folder_place.folder / "reader" / "1" / "saved_model.pb").write_bytes(b"A GRAPH CALLED a")
    (folder_place.folder / "reader" / "2" / "manifest.json").write_bytes(b"{}")
    status, out, _ = run("verify", "reader")
    assert status == 1
    first, second, third = out.splitlines()
    assert first.startswith("reader 1: corrupt_version: ")
    assert second.startswith("reader 2: corrupt_version: The manifest of reader 2 has schema None")
    assert third == "reader 3: as published"
    status, out, err = run("list")
    assert status == 0
    assert "corrupt_version" in out
    assert err.startswith("The manifest of reader 2 has schema None")


def test_gc_deletes_only_with_yes(run, make_model):
    model = make_model()
    for version in (1, 2, 3, 4):
        run("publish", model, "--model", "reader", "--version", version)
    arguments = ("--keep", 1, "--in-use", "reader/1")
    assert run("gc", *arguments) == (
        0,
        "Would delete reader/2 (old, 300.8 kB)\nWould delete reader/3 (old, 300.8 kB)\n"
        "Nothing was deleted: say --yes to do it.\n",
        "",
    )
    assert run("gc", *arguments, "--yes")[1].startswith("Deleted reader/2 ")
    assert run("gc", *arguments, "--yes")[1] == "Nothing to delete.\n"
    assert [entry["version"] for entry in json.loads(run("list", "--json")[1])] == [1, 4]


def test_errors_are_one_line_with_what_to_do(run, make_model, tmp_path):
    model = make_model()
    run("publish", model, "--model", "reader", "--version", 1)
    for arguments, part in (
        (("publish", model, "--model", "reader", "--version", "1"), "versions never change. Choose another number."),
        (("publish", model), "say what it is with --model and --version"),
        (("publish", tmp_path, "--model", "reader", "--version", "2"), "name the folder of one SavedModel"),
        (("show", "reader", "9"), "has no reader 9"),
        (("show", "scanner"), "It has: reader"),
        (("verify", "reader", "9"), "has no reader 9"),
    ):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert err.startswith("fvi-ocr models: ")
        assert part in err
        assert err.count("\n") == 1


def test_a_store_that_is_away_has_a_status_of_its_own(monkeypatch, capsys):
    monkeypatch.setenv("FVI_STORE_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("FVI_STORE_RETRY_SECONDS", "0.01")
    assert main(["models", "list", "--store", "s3://bucket/models"]) == 3
    assert "Is the store up, and its address right?" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line(monkeypatch, capsys):
    monkeypatch.setenv("FVI_STORE_ENDPOIND_URL", "x")
    assert main(["models", "list", "--store", "s3://bucket/models"]) == 1
    assert "FVI_STORE_ENDPOIND_URL: no such setting" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["list"],
        ["lits", "--store", "x"],
        ["gc", "--store", "x", "--keep", "0"],
        ["gc", "--store", "x", "--in-use", "reader"],
        ["list", "--store", "x", "--jsno"],
    ],
)
def test_wrong_use_exits_with_two(arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["models", *arguments])
    assert stopped.value.code == 2


def test_keys_are_made_and_used(run, make_model, tmp_path, monkeypatch, capsys):
    assert main(["models", "keygen", str(tmp_path / "key")]) == 0
    assert "FVI_STORE_PUBLIC_KEYS_FILE" in capsys.readouterr().out
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    model = make_model()
    run("publish", model, "--model", "reader", "--version", 1)
    monkeypatch.setenv("FVI_STORE_SIGNING_KEY_FILE", str(tmp_path / "key"))
    run("publish", model, "--model", "reader", "--version", 2)
    monkeypatch.setenv("FVI_STORE_PUBLIC_KEYS_FILE", str(tmp_path / "key.pub"))
    status, out, _ = run("verify")
    assert status == 1
    assert [line.split(":")[1].strip() for line in out.splitlines()] == ["untrusted_version", "as published"]

"""A manifest may come from anywhere: it is read strictly, and what is wrong with it is said."""

import contextlib
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.errors import CorruptVersion
from services.store.manifest import Manifest, parse

GOOD = {
    "schema": 1,
    "model": "reader",
    "version": 3,
    "created": "2026-11-22T15:09:00+00:00",
    "commit": "78d0d94011d29e627bbfc17533a4a11e7cf505fe",
    "signature": {"name": "serving_default", "inputs": [], "outputs": []},
    "alphabet_sha256": "a" * 64,
    "parity": {"tolerance": 0.0001},
    "evaluation": {"mobile": {"exact": 0.98}},
    "files": [
        {"path": "saved_model.pb", "size": 10, "sha256": "0" * 64},
        {"path": "variables/variables.index", "size": 0, "sha256": "f" * 64},
    ],
}


def changed(**members: object) -> bytes:
    return json.dumps({**GOOD, **members}).encode()


def with_file(**members: object) -> bytes:
    document = copy.deepcopy(GOOD)
    document["files"][0].update(members)
    return json.dumps(document).encode()


def test_a_good_manifest_is_read() -> None:
    manifest = parse(changed(), ("reader", 3))
    assert (manifest.model, manifest.version, manifest.size) == ("reader", 3, 10)
    assert [file.path for file in manifest.files] == ["saved_model.pb", "variables/variables.index"]
    assert manifest.evaluation == {"mobile": {"exact": 0.98}}
    assert manifest.content == changed()


def test_what_may_be_unknown_may_be_missing_or_null() -> None:
    optional = ("commit", "signature", "alphabet_sha256", "parity", "evaluation")
    missing = json.dumps({name: value for name, value in GOOD.items() if name not in optional}).encode()
    for content in (missing, changed(**dict.fromkeys(optional))):
        assert [getattr(parse(content), name) for name in optional] == [None] * 5


def test_members_of_later_writers_are_ignored() -> None:
    assert parse(changed(license="MIT")).files == parse(changed()).files


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"schema": 1, "schema": 1}', "stands twice"),
        (changed(evaluation={"mobile": float("nan")}), "NaN is no JSON number"),
        (b"[]", "is no object"),
        (changed(schema=2), "has schema 2, and this program knows 1 only"),
        (changed(schema=True), "has schema True"),
        (changed(model=7), "has int as 'model', where a string belongs"),
        (changed(model="../reader"), "names no model and version"),
        (changed(version="3"), "has str as 'version', where a whole number belongs"),
        (changed(version=True), "has bool as 'version'"),
        (changed(version=0), "names no model and version"),
        (changed(version=10**30), "names no model and version"),
        (changed(created="yesterday"), "no ISO 8601 time"),
        (changed(created="2026-11-22T15:09:00"), "with an offset"),
        (changed(commit=1), "has int as 'commit', where a string or null belongs"),
        (changed(alphabet_sha256="abc"), "is no sha256"),
        (changed(evaluation=[]), "has list as 'evaluation', where an object or null belongs"),
        (changed(files={}), "has dict as 'files', where an array belongs"),
        (changed(files=[]), "lists no files"),
        (changed(files=["saved_model.pb"]), "lists a file that is no object"),
        (changed(files=[GOOD["files"][0]] * 2), "lists a path twice"),
        (with_file(path="variables"), "'variables' as a file and as a folder"),
        (with_file(size=-1), "a size of -1"),
        (with_file(size=1.5), "has float as 'size'"),
        (with_file(size=None), "has NoneType as 'size'"),
        (with_file(sha256="0" * 63), "a sha256 that is none"),
        (with_file(sha256="0" * 63 + "A"), "a sha256 that is none"),
    ],
)
def test_a_wrong_manifest_is_refused_and_told(content: bytes, what: str) -> None:
    with pytest.raises(CorruptVersion) as caught:
        parse(content, ("reader", 3))
    assert what in str(caught.value)
    assert str(caught.value).startswith("The manifest of reader 3 ")


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", ".", "./a", "a/./b", "a//b", "a/", "a\\b", "..\\x",
        "a\x00b", "a\nb", "\u202ea", "\ud800", "manifest.json", "manifest.json.sig", ".claim-1", "a" * 256,
        "a/" * 460 + "b",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(CorruptVersion):
        parse(with_file(path=path))


@pytest.mark.parametrize(
    "path", ["a", "a b/c", "assets/chữ.txt", "..a", "a..", "...", ".hidden", "variables.x/manifest.json"]
)
def test_an_ordinary_path_is_taken(path: str) -> None:
    assert parse(with_file(path=path)).files[0].path == path


def test_a_manifest_of_another_version_is_refused() -> None:
    for expected in (("reader", 4), ("cropper", 3)):
        with pytest.raises(CorruptVersion, match="is that of reader 3"):
            parse(changed(), expected)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(member=st.sampled_from(sorted(GOOD)), value=JSON)
def test_any_member_may_be_anything(member: str, value: object) -> None:
    with contextlib.suppress(CorruptVersion):
        assert isinstance(parse(changed(**{member: value})), Manifest)


@given(member=st.sampled_from(["path", "size", "sha256"]), value=JSON)
def test_any_member_of_a_file_may_be_anything(member: str, value: object) -> None:
    with contextlib.suppress(CorruptVersion):
        assert isinstance(parse(with_file(**{member: value})), Manifest)


@given(content=st.binary(max_size=64))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(CorruptVersion):
        parse(content)

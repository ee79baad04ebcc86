from pathlib import Path

import pytest

from services.desired import BadDesiredState, DesiredModel, parse_desired_state, read_desired_state


def test_a_document_says_what_each_model_should_serve() -> None:
    state = parse_desired_state(
        "models:\n  reader: {stable: 1, canary: 2, traffic: 5, shadow: 20}\n  cropper: {stable: 3, keep: [2]}\n"
    )
    assert state == {"reader": DesiredModel(1, 2, 5.0, 20.0), "cropper": DesiredModel(3, keep=(2,))}
    assert state["reader"].labels == {"stable": 1, "canary": 2}
    assert state["cropper"].versions == {2, 3}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must hold `models:`"),
        ("models: {", "not YAML"),
        ("models: {}", "at least one model"),
        ("models: {reader: {stable: 1}}\nmodel: {}", "and nothing else"),
        ("models: [reader]", "at least one model"),
        ("models: {reader: 1}", "reader: must be a mapping"),
        ("models: {reader: {canary: 1}}", "`stable` is missing"),
        ("models: {reader: {stable: 0}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: yes}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 1.5}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 2026-13-01}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 010}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 1:30}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: [1]}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: }}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 1, stable: 2}}", "stable stands twice"),
        ("models: {reader: {stable: &a 1, canary: *a}}", "aliases"),
        ("models: {reader: {stable: 1, keep: {}}}", "`keep` must be a list"),
        ("models: {reader: {stable: 1, traffic: 1e1}}", "reader.traffic: a share is a percentage"),
        ("models: {reader: {stable: 99999999999999999999}}", "reader.stable: a version is a whole number"),
        ("models: {reader: {stable: 1, canari: 2}}", "canari is not known; there are stable, canary"),
        ("models: {reader: {stable: 1, traffic: 101}}", "reader.traffic: a share is a percentage"),
        ("models: {reader: {stable: 1, shadow: .nan}}", "reader.shadow: a share is a percentage"),
        ("models: {reader: {stable: 1, keep: 2}}", "`keep` must be a list"),
        ("models: {../reader: {stable: 1}}", "cannot be a model"),
        ("models: {'': {stable: 1}}", "cannot be a model"),
        ("[" * 5000, "not YAML"),
        ("a: &a [x, x]\nb: [" + "*a, " * 5000 + "]", "aliases"),
        ("models: 2001-99-99", "at least one model"),
        ("models: !!bool x", "at least one model"),
        ("models: !!timestamp x", "at least one model"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place_named(text: str, complaint: str) -> None:
    with pytest.raises(BadDesiredState, match=complaint):
        parse_desired_state(text)


@pytest.mark.parametrize("nothing", ["null", "~", "''", ""])
def test_no_canary_can_be_said_in_every_way(nothing: str) -> None:
    assert parse_desired_state(f"models: {{reader: {{stable: 1, canary: {nothing}}}}}")["reader"].canary is None


def test_errors_of_a_file_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "desired.yaml"
    with pytest.raises(BadDesiredState, match=r"desired\.yaml: No such file"):
        read_desired_state(path)
    path.write_bytes(b"\xff")
    with pytest.raises(BadDesiredState, match=r"desired\.yaml: .*decode"):
        read_desired_state(path)
    path.write_bytes(b"#" * 70_000)
    with pytest.raises(BadDesiredState, match="larger than"):
        read_desired_state(path)

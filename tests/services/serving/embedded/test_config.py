"""models.config and its mistakes, in TF Serving's words."""

from pathlib import Path

import pytest

from services.serving.embedded.config import (
    ModelConfig,
    check_platforms_are_served,
    check_platforms_stay,
    models_of,
    read_config_file,
    single_model,
)
from services.serving.embedded.errors import ServingError
from services.serving.embedded.versions import VersionPolicy, versions_on_disk


@pytest.fixture
def read(tmp_path):
    """Text of a models.config -> what was read."""

    def read(text):
        (tmp_path / "models.config").write_text(text, encoding="utf-8")
        return models_of(read_config_file(str(tmp_path / "models.config")))

    return read


def entry(name="reader", base_path="/models/reader", more='model_platform: "tensorflow"'):
    return f'config {{ name: "{name}" base_path: "{base_path}" {more} }}'


def test_names_paths_policies_and_labels_are_read(read):
    text = f"""model_config_list {{
        {entry(more='model_platform: "tensorflow" version_labels { key: "stable" value: 42 }')}
        {entry("a", "/a", "model_type: TENSORFLOW model_version_policy { latest { num_versions: 3 } }")}
        {entry("b", "s3://bucket/b", 'model_platform: "tensorflow" model_version_policy { all {} }')}
        {entry("c", "/c", 'model_platform: "tensorflow" model_version_policy { specific { versions: 7 } }')}
        }}"""
    assert read(text) == (
        ModelConfig("reader", Path("/models/reader"), VersionPolicy(), {"stable": 42}),
        ModelConfig("a", Path("/a"), VersionPolicy(latest=3)),
        ModelConfig("b", Path("s3://bucket/b"), VersionPolicy(latest=None)),
        ModelConfig("c", Path("/c"), VersionPolicy(latest=None, specific=frozenset({7}))),
    )


def test_one_model_needs_no_file():
    models = models_of(single_model("reader", "/models/reader"))
    assert models == (ModelConfig("reader", Path("/models/reader"), VersionPolicy()),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"model_config_list {{ {entry()} {entry()} }}",
            "INVALID_ARGUMENT: Illegal to list model reader multiple times in config list",
        ),
        (
            f"model_config_list {{ {entry(base_path='models/reader')} }}",
            "INVALID_ARGUMENT: Expected model reader to have an absolute path or URI; got base_path()=models/reader",
        ),
        (
            f"model_config_list {{ {entry(base_path='//[')} }}",
            "INVALID_ARGUMENT: Expected model reader to have an absolute path or URI; got base_path()=//[",
        ),
        (
            f"model_config_list {{ {entry(base_path=chr(92).join(['/models', '000']))} }}",
            "INVALID_ARGUMENT: Expected model reader to have an absolute path or URI; got base_path()=/models\0",
        ),
        (
            f"model_config_list {{ {entry(more='')} }}",
            "INVALID_ARGUMENT: Illegal setting neither ModelServerConfig::model_type (deprecated) "
            "nor ModelServerConfig::model_platform.",
        ),
        (
            "model_config_list { " + entry(more='model_type: TENSORFLOW model_platform: "tensorflow"') + " }",
            "INVALID_ARGUMENT: Illegal setting both ModelServerConfig::model_type (deprecated) "
            "and ModelServerConfig::model_platform.",
        ),
        (
            "model_config_list { " + entry(more="model_type: OTHER") + " }",
            "INVALID_ARGUMENT: ModelServerConfig::model_type choice 2 not supported.",
        ),
    ],
)
def test_a_contradictory_config_is_refused(read, text, message):
    with pytest.raises(ServingError) as caught:
        read(text)
    assert str(caught.value) == message


def test_only_tensorflow_is_served_and_a_model_keeps_its_platform(read):
    caffe = read("model_config_list { " + entry(more='model_platform: "caffe"') + " }")
    with pytest.raises(ServingError) as caught:
        check_platforms_are_served(caffe)
    assert str(caught.value) == "INVALID_ARGUMENT: Model reader requests unsupported platform caffe"
    with pytest.raises(ServingError) as caught:
        check_platforms_stay(read(f"model_config_list {{ {entry()} }}"), caffe)
    assert str(caught.value) == (
        "INVALID_ARGUMENT: Illegal to change a model's platform. For model reader platform was tensorflow "
        "and new platform requested is caffe"
    )


def test_a_typing_mistake_is_shown_with_its_line(read, tmp_path):
    with pytest.raises(ServingError) as caught:
        read("model_config_list {\n confg { }\n}")
    assert str(caught.value).startswith(f"INVALID_ARGUMENT: Invalid protobuf file: '{tmp_path / 'models.config'}' (2:2")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ServingError) as caught:
        read_config_file(str(tmp_path / "none"))
    assert str(caught.value) == f"NOT_FOUND: {tmp_path / 'none'}; No such file or directory"


def test_only_children_named_by_a_number_are_versions(tmp_path):
    for name in ("1", "00000123", "123.tmp", ".123", "v1", "0.1", "1_0", "٣", str(2**63), "-4"):
        (tmp_path / name).mkdir()
    assert versions_on_disk("m", tmp_path) == {
        1: tmp_path / "1",
        123: tmp_path / "00000123",
        -4: tmp_path / "-4",
    }

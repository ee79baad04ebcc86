from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from services.serving.agent import listing
from services.serving.agent.listing import Listed

TWO = {
    "reader": Listed(frozenset({1, 2}), {"stable": 1, "canary": 2}),
    "cropper": Listed(frozenset({7}), {"stable": 7}),
}


def test_tensorflow_serving_reads_what_is_written(tmp_path: Path) -> None:
    theirs = text_format.Parse(listing.to_text(TWO, tmp_path), model_server_config_pb2.ModelServerConfig())
    cropper, reader = theirs.model_config_list.config
    assert (reader.name, reader.base_path, reader.model_platform) == ("reader", str(tmp_path / "reader"), "tensorflow")
    assert list(reader.model_version_policy.specific.versions) == [1, 2]
    assert dict(reader.version_labels) == {"stable": 1, "canary": 2}
    assert dict(cropper.version_labels) == {"stable": 7}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "models.config"
    listing.write(path, listing.to_text(TWO, tmp_path))
    assert listing.read(path) == TWO
    assert [each.name for each in path.parent.iterdir()] == ["models.config"]


def test_a_model_without_versions_is_left_out(tmp_path: Path) -> None:
    """TF Serving would wait for it for ever, and see no new version of any other model meanwhile."""
    text = listing.to_text({"reader": Listed()}, tmp_path)
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    assert config.WhichOneof("config") == "model_config_list"
    assert len(config.model_config_list.config) == 0


def test_a_file_that_is_not_there_or_never_was_whole_says_nothing(tmp_path: Path) -> None:
    assert listing.read(tmp_path / "models.config") is None
    (tmp_path / "models.config").write_text("model_config_list { config {")
    assert listing.read(tmp_path / "models.config") is None

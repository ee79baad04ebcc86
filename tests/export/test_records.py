"""What lies beside the SavedModel: warm-up records, manifest, frozen graph."""

import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from export.frozen_graph import write_frozen_graph
from export.images import sample_inputs
from export.saved_model import ServedModel
from models import charset
from models.local import local_predict


@pytest.mark.parametrize(("model", "sizes"), [("reader", [1, 2, 4, 8, 16, 32]), ("cropper", [1, 2, 4])])
def test_one_warm_up_request_for_each_batch_size(store, model, sizes):
    file = store / model / "3" / "assets.extra" / "tf_serving_warmup_requests"
    logs = [
        prediction_log_pb2.PredictionLog.FromString(r) for r in tf.data.TFRecordDataset(str(file)).as_numpy_iterator()
    ]
    requests = [log.predict_log.request for log in logs]
    assert [tf.make_ndarray(request.inputs["image"]).shape for request in requests] == [(n, 8, 16, 3) for n in sizes]
    assert {(r.model_spec.name, r.model_spec.signature_name) for r in requests} == {(model, "serving_default")}


def test_sample_images_are_the_same_every_time_and_in_every_batch_and_differ_from_each_other(stand_ins):
    batch, again = (sample_inputs(stand_ins.reader_spec, 4)["image"] for _ in range(2))
    np.testing.assert_array_equal(batch, again)
    np.testing.assert_array_equal(batch[:2], sample_inputs(stand_ins.reader_spec, 2)["image"])
    assert len({image.tobytes() for image in batch}) == 4


def test_the_manifest_lists_every_file_with_its_digest(store):
    path = store / "reader" / "3"
    listed = json.loads((path / "manifest.json").read_text())["files"]
    on_disk = {file for file in path.rglob("*") if file.is_file()} - {path / "manifest.json"}
    assert {path / entry["path"] for entry in listed} == on_disk
    for entry in listed:
        content = (path / entry["path"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_manifest_says_what_the_model_takes_gives_and_is_worth(store):
    manifest = json.loads((store / "reader" / "3" / "manifest.json").read_text())
    assert (manifest["model"], manifest["version"]) == ("reader", 3)
    assert manifest["signature"]["name"] == "serving_default"
    assert manifest["signature"]["inputs"] == [{"name": "image", "dtype": "uint8", "shape": [None, 8, 16, 3]}]
    assert manifest["signature"]["outputs"][0] == {"name": "text", "dtype": "string", "shape": [None]}
    assert manifest["alphabet_sha256"] == charset.digest()
    assert manifest["evaluation"] == {"character_error_rate": 0.004}
    assert 0 <= manifest["parity"]["largest_difference"] <= manifest["parity"]["tolerance"]


def test_only_the_reader_has_an_alphabet_and_figures_may_be_missing(store):
    manifest = json.loads((store / "cropper" / "3" / "manifest.json").read_text())
    assert (manifest["alphabet_sha256"], manifest["evaluation"]) == (None, None)


def test_the_frozen_graph_answers_as_keras_does_without_any_variable(tmp_path, stand_ins):
    spec, network = stand_ins.reader_spec, stand_ins.reader_network()
    names = write_frozen_graph(ServedModel(spec, network), tmp_path / "frozen" / "reader.pb")
    graph_def = tf.compat.v1.GraphDef.FromString((tmp_path / "frozen" / "reader.pb").read_bytes())
    assert not [node.op for node in graph_def.node if "Variable" in node.op]
    inputs = sample_inputs(spec, 2)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.import_graph_def(graph_def, name="")
        got = session.run({t.name: names[t.name] for t in spec.outputs}, {names["image"]: inputs["image"]})
    wanted = local_predict({spec.name: network})(spec, inputs)
    assert [text.decode() for text in got["text"]] == list(wanted["text"])
    np.testing.assert_allclose(got["char_confidence"], wanted["char_confidence"], atol=1e-5)
    np.testing.assert_allclose(got["confidence"], wanted["confidence"], atol=1e-5)

"""The graph keeps the promises of the SPEC, or is not made."""

import dataclasses

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from export.errors import SignatureMismatch
from export.saved_model import ServedModel, with_text
from models.charset import CLASSES, MAX_LENGTH, decode
from models.spec import TensorSpec

WORDS = st.lists(st.integers(0, CLASSES - 1), min_size=MAX_LENGTH, max_size=MAX_LENGTH)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_text_in_the_graph_is_what_the_charset_decodes_whatever_follows_the_end(words):
    text = with_text({"ids": tf.constant(words, tf.int32)})["text"]
    assert [word.decode() for word in text.numpy()] == [decode(word) for word in words]


def test_outputs_without_ids_stay_as_they_are():
    assert with_text({"scores": 1}) == {"scores": 1}


def test_the_signature_is_the_spec(store, stand_ins):
    for spec in (stand_ins.reader_spec, stand_ins.card_spec):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            path = str(store / spec.name / "3")
            signature = tf.compat.v1.saved_model.load(session, ["serve"], path).signature_def["serving_default"]
        for tensors, infos in ((spec.inputs, signature.inputs), (spec.outputs, signature.outputs)):
            assert {tensor.name: (tensor.dtype, tensor.shape) for tensor in tensors} == {
                name: (tf.as_dtype(info.dtype).name, tuple(tf.TensorShape(info.tensor_shape)))
                for name, info in infos.items()
            }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (TensorSpec("box", "float32", (None, 4)), "cropper has no output 'box', only best, scores."),
        (TensorSpec("scores", "int32", (None, 4)), "cropper gives scores as float32 (None, 4), but contract.SPEC says"),
        (TensorSpec("scores", "float32", (None, 5)), "but contract.SPEC says float32 (None, 5). Make them agree."),
        (TensorSpec("scores", "float32", (None,)), "but contract.SPEC says float32 (None,). Make them agree."),
    ],
)
def test_a_network_that_breaks_the_spec_is_refused(stand_ins, wrong, message):
    spec = dataclasses.replace(stand_ins.card_spec, outputs=(wrong,))
    with pytest.raises(SignatureMismatch) as caught:
        ServedModel(spec, stand_ins.card_network())
    assert message in str(caught.value)

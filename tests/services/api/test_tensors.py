"""Every form in which TensorFlow Serving may send a tensor, and every way to send a wrong one."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from models.spec import TensorSpec
from services.api.tensors import ContractBroken, from_proto, to_proto
from services.protos.fvi_serving_pb2 import DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8, TensorProto

FLOATS = TensorSpec("scores", "float32", (None, 2))
INTS = TensorSpec("count", "int32", (None,))
BYTES = TensorSpec("pixels", "uint8", (None,))
TEXTS = TensorSpec("text", "string", (None,))


def tensor(dtype: int, *shape: int, **content) -> TensorProto:
    proto = TensorProto(dtype=dtype, **content)
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


@pytest.mark.parametrize(
    ("proto", "spec", "array"),
    [
        (tensor(DT_FLOAT, 2, 2, float_val=[1, 2, 3, 4]), FLOATS, [[1, 2], [3, 4]]),
        (tensor(DT_FLOAT, 2, 2, float_val=[1, 2]), FLOATS, [[1, 2], [2, 2]]),
        (tensor(DT_FLOAT, 2, 2), FLOATS, [[0, 0], [0, 0]]),
        (tensor(DT_INT32, 3, int_val=[-5]), INTS, [-5, -5, -5]),
        (tensor(DT_UINT8, 3, int_val=[0, 255]), BYTES, [0, 255, 255]),
        (tensor(DT_STRING, 3, string_val=["Đỗ".encode(), b"A"]), TEXTS, ["Đỗ", "A", "A"]),
        (tensor(DT_STRING, 2), TEXTS, ["", ""]),
        (tensor(DT_INT32, 2, tensor_content=b"\x01\0\0\0\xff\xff\xff\xff"), INTS, [1, -1]),
        (tensor(DT_STRING, 2, tensor_content=b"\x01\x04A" + "Đỗ"[0].encode() + b"BC"), TEXTS, ["A", "ĐBC"]),
    ],
)
def test_a_tensor_is_read_as_tensorflow_reads_it(proto: TensorProto, spec: TensorSpec, array: list) -> None:
    assert from_proto(proto, spec, len(array)).tolist() == array

    by_tensorflow = tf.io.parse_tensor(proto.SerializeToString(), spec.dtype).numpy()
    as_text = np.vectorize(bytes.decode, otypes=[object]) if spec.dtype == "string" else np.asarray
    assert as_text(by_tensorflow).tolist() == array


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_strings_survive_both_forms(texts: list[str]) -> None:
    array = np.array(texts, object)
    packed = tensor(DT_STRING, len(texts), tensor_content=_encode_string_list(texts))

    assert from_proto(to_proto(array, TEXTS), TEXTS, len(texts)).tolist() == texts
    assert from_proto(packed, TEXTS, len(texts)).tolist() == texts


def _encode_string_list(texts: list[str]) -> bytes:
    """EncodeStringList of tensorflow/core/platform/tensor_coding.cc."""
    lengths = b""
    for text in texts:
        length = len(text.encode())
        while length >= 0x80:
            lengths += bytes([length & 0x7F | 0x80])
            length >>= 7
        lengths += bytes([length])
    return lengths + "".join(texts).encode()


@pytest.mark.parametrize(
    ("proto", "spec", "words"),
    [
        (tensor(DT_INT32, 1, 2, int_val=[1]), FLOATS, "scores has wire type 3, not float32"),
        (tensor(DT_FLOAT, 2), FLOATS, r"scores has shape \(2,\), not \(1, 2\)"),
        (tensor(DT_FLOAT, 1, 3), FLOATS, r"scores has shape \(1, 3\), not \(1, 2\)"),
        (tensor(DT_FLOAT, 2, 2), FLOATS, r"scores has shape \(2, 2\), not \(1, 2\)"),
        (tensor(DT_FLOAT, 1, 2, float_val=[1, 2, 3]), FLOATS, "scores has 3 values for 2 elements"),
        (tensor(DT_FLOAT, 1, 2, tensor_content=b"1234567"), FLOATS, "scores has 7 bytes for 2 float32"),
        (tensor(DT_FLOAT, 1, 2, float_val=[float("nan")]), FLOATS, "scores has elements that are not finite"),
        (tensor(DT_STRING, 1, string_val=[b"\xff"]), TEXTS, "text has a string that is not UTF-8"),
        (tensor(DT_STRING, 1, tensor_content=b"\x80"), TEXTS, "text is cut short"),
        (tensor(DT_STRING, 1, tensor_content=b"\x05A"), TEXTS, "text has 1 characters, not 5"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_refused(proto: TensorProto, spec: TensorSpec, words: str) -> None:
    with pytest.raises(ContractBroken, match=words):
        from_proto(proto, spec, batch=1)


@pytest.mark.parametrize(
    ("array", "spec"),
    [
        (np.zeros((1, 2), np.float64), FLOATS),
        (np.zeros((1, 3), np.float32), FLOATS),
        (np.zeros((0, 2), np.float32), FLOATS),
        (np.zeros(2, np.float32), FLOATS),
    ],
)
def test_an_input_that_breaks_the_contract_is_not_sent(array: np.ndarray, spec: TensorSpec) -> None:
    with pytest.raises(ContractBroken):
        to_proto(array, spec)


def test_an_array_that_is_not_contiguous_is_sent_in_its_order() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T

    assert from_proto(to_proto(array, FLOATS), FLOATS, 3).tolist() == [[0, 3], [1, 4], [2, 5]]

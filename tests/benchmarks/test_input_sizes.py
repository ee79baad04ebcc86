from importlib import import_module

import numpy as np
import pytest

from benchmarks.input_sizes import INPUTS, Row, report, seeing_less
from models.cropper import contract as cropper
from models.reader import contract as reader
from models.spec import MODELS, ModelSpec, Tensors


@pytest.mark.parametrize("model", MODELS)
def test_the_first_size_is_the_committed_one(model: str) -> None:
    assert INPUTS[model][0] == import_module(f"models.{model}.contract").INPUT_SIZE


def test_only_the_named_model_sees_less() -> None:
    given: dict[str, np.ndarray] = {}

    def keep(spec: ModelSpec, inputs: Tensors) -> Tensors:
        given[spec.name] = inputs["image"]
        return {}

    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 128, 3), np.uint8)
    predict = seeing_less(keep, "reader", (64, 16))
    predict(reader.SPEC, {"image": noise})
    predict(cropper.SPEC, {"image": noise})
    assert given["reader"].shape == noise.shape
    assert given["reader"].std() < 0.7 * noise.std()
    np.testing.assert_array_equal(given["cropper"], noise)


def test_the_committed_size_sees_everything() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 128, 3), np.uint8)
    predict = seeing_less(lambda _, inputs: inputs, "reader", INPUTS["reader"][0])
    np.testing.assert_array_equal(predict(reader.SPEC, {"image": image})["image"], image)


def test_the_report_names_the_committed_size_and_says_what_is_not_known() -> None:
    rows = [
        Row("reader", (192, 48), 2.0, 1.9, 2.1, None),
        Row("reader", (128, 32), 1.0, 1.0, 1.0, 0.981),
        Row("cropper", (160, 160), 0.3, 0.29, 0.31, 0.5),
    ]
    assert report(rows).splitlines()[2:] == [
        "| cropper | 160 x 160 | x 0.30 (0.29 to 0.31) | 50.0% |",
        "| reader | 128 x 32, as committed | x 1.00 (1.00 to 1.00) | 98.1% |",
        "| reader | 192 x 48 | x 2.00 (1.90 to 2.10) | not known |",
    ]

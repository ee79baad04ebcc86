import numpy as np
import pytest

from models.local import local_predict
from models.reader.contract import SPEC
from models.reader.evaluate import ALL, evaluate, figures
from models.reader.network import Reader
from models.spec import ModelSpec, Tensors
from models.synthetic.photograph import sample


def test_figures_count_edits_not_positions() -> None:
    found = figures([("Nguyễn", "guyễn"), ("Lê", "Le"), ("An", "An")])
    assert found.words == 3
    assert found.character_accuracy == pytest.approx(1 - 2 / 10)
    assert found.macro_cer == pytest.approx((1 / 6 + 1 / 2 + 0) / 3)
    assert found.exact == pytest.approx(1 / 3)
    assert found.exact_unaccented == pytest.approx(2 / 3)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert figures([("Lê", "Le\u0302")]).exact == 1


def test_a_reader_that_knows_the_card_has_no_errors_in_any_field() -> None:
    card = sample("clean", 0)

    def knows(spec: ModelSpec, inputs: Tensors) -> Tensors:
        assert spec is SPEC
        assert len(inputs["image"]) == len(card.words)
        return {
            "text": np.array([word.text.encode() for word in card.words], object),
            "confidence": np.ones(len(card.words), np.float32),
            "char_confidence": np.ones((len(card.words), 16), np.float32),
        }

    found = evaluate(knows, [card])
    assert set(found) == {ALL} | {word.field for word in card.words}
    assert all(result.exact == 1 and result.character_accuracy == 1 for result in found.values())


def test_a_keras_model_can_be_evaluated(reader: Reader) -> None:
    found = evaluate(local_predict({"reader": reader.inference}), [sample("clean", 1)])
    assert found[ALL].words > 0
    assert found[ALL].exact < 0.5  # it has learnt nothing

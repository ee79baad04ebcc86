import pytest

from benchmarks.model_speed import ARITHMETIC, SIZES, Row, report
from models.reader.network import Config, build_model
from models.spec import MODELS


def test_the_report_sets_every_variant_beside_its_base_round_by_round() -> None:
    plain, rewritten, other = ARITHMETIC
    rows = [
        Row(name, model, ms, right)
        for slow in (1.0, 2.0)
        for name, ms, right in ((plain, 10 * slow, 0.95), (rewritten, 5 * slow, 0.94), (other, 20 * slow, 0.93))
        for model in MODELS
    ]
    rows += [Row(name, "reader", 20.0 + number) for _ in range(2) for number, name in enumerate(SIZES)]
    text = report(rows)
    assert "| cropper | 15.0 ms | x 0.50 (0.50 to 0.50) | x 2.00 (2.00 to 2.00) |" in text
    assert "| values right | 95.0% | 94.0% | 93.0% |" in text
    assert "| as committed | x 1.00 (1.00 to 1.00) |" in text
    assert "| 1 block | x 1.05 (1.05 to 1.05) |" in text


@pytest.mark.parametrize("changes", SIZES.values(), ids=SIZES)
def test_every_size_can_be_built(changes: dict[str, float]) -> None:
    assert build_model(Config(**changes)).count_params() > 0  # type: ignore[arg-type]


def test_the_first_of_each_is_what_is_committed() -> None:
    assert next(iter(SIZES.values())) == {}
    assert next(iter(ARITHMETIC.values())) == {}

from pathlib import Path

import numpy as np
import pytest

from models import blend
from models.weights import WeightsMismatch


def weights(path: Path, **arrays: float) -> str:
    np.savez(path, **{name: np.full(3, value, np.float16) for name, value in arrays.items()})
    return str(path)


@pytest.mark.parametrize(("arguments", "expected"), [([], 2.0), (["--share", "0.25"], 1.5), (["--share", "1"], 3.0)])
def test_weights_lie_between_the_two(arguments: list[str], expected: float, tmp_path: Path) -> None:
    before, after = weights(tmp_path / "a.npz", kernel=1.0), weights(tmp_path / "b.npz", kernel=3.0)
    blend.main([before, after, "--out", str(tmp_path / "c.npz"), *arguments])
    with np.load(tmp_path / "c.npz") as blended:
        assert blended["kernel"].dtype == np.float16
        np.testing.assert_array_equal(blended["kernel"], np.full(3, expected))


def test_weights_of_different_networks_are_refused(tmp_path: Path) -> None:
    before, after = weights(tmp_path / "a.npz", kernel=1.0), weights(tmp_path / "b.npz", kernel=3.0, bias=1.0)
    with pytest.raises(WeightsMismatch, match="different networks"):
        blend.main([before, after, "--out", str(tmp_path / "c.npz")])
    assert not (tmp_path / "c.npz").exists()


def test_a_share_beyond_one_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        blend.main(["a.npz", "b.npz", "--out", str(tmp_path / "c.npz"), "--share", "50"])
    assert "from 0 to 1, not 50" in capsys.readouterr().err

import keras
import numpy as np
import pytest

from models.reader.network import Config, Reader, build

SMALL = Config(width=0.125, reduction_width=0.0625, column_units=16, decoder_units=32, embedding_units=8)


@pytest.fixture(scope="session")
def reader() -> Reader:
    keras.utils.set_random_seed(3)
    return build(SMALL)


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 32, 128, 3), dtype=np.uint8)


@pytest.fixture
def untrained_reader() -> Reader:
    """The same network with other weights."""
    return build(SMALL)

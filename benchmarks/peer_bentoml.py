"""The pipeline as a service of BentoML; runs in the venv of the peers."""

import os
from pathlib import Path
from typing import Annotated, Any

import bentoml
from bentoml.validators import ContentType

from benchmarks.cards import Pipeline


@bentoml.service(workers=2)
class Cards:
    """One worker for each of two cores, each with the models in it."""

    def __init__(self) -> None:
        self._pipeline = Pipeline(os.environ["FVI_BENCHMARK_STORE"])

    @bentoml.api
    def read(self, photo: Annotated[Path, ContentType("image/jpeg")]) -> dict[str, Any]:
        """Photo in, card out."""
        return self._pipeline.read(photo.read_bytes())

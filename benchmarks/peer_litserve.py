"""The pipeline as a server of LitServe; runs in the venv of the peers."""

import os
from typing import Any

import litserve
from fastapi import UploadFile

from benchmarks.cards import Pipeline


class Cards(litserve.LitAPI):
    """One worker for each of two cores, each with the models in it."""

    def setup(self, device: str) -> None:  # noqa: ARG002  LitServe says which
        """In each worker."""
        self._pipeline = Pipeline(os.environ["FVI_BENCHMARK_STORE"])

    def decode_request(self, request: UploadFile) -> bytes:
        """The bytes of the photo."""
        return request.file.read()

    def predict(self, photo: bytes) -> dict[str, Any]:
        """Photo in, card out."""
        return self._pipeline.read(photo)

    def encode_response(self, card: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return card


if __name__ == "__main__":
    server = litserve.LitServer(Cards(), accelerator="cpu", workers_per_device=2, timeout=False)
    server.run(host="127.0.0.1", port=int(os.environ["FVI_BENCHMARK_PORT"]), generate_client_file=False)

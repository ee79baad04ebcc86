"""Whole cards: the same pipeline over the same SavedModels in one process, and cards sent over HTTP."""

import http.client
import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.workers import CallOf
from models.image import decode_image
from models.pipeline import read_card
from models.spec import ModelSpec

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
_BOUNDARY = "fvi-ocr-benchmark"


def photos() -> list[bytes]:
    """The example cards, as JPEG."""
    return [path.read_bytes() for path in sorted(EXAMPLES.glob("*.jpg"))]


class Pipeline:
    """Photo in, card out, all three models in this process: what our API and its peers host."""

    def __init__(self, store: str, threads: int = 0, bfloat16: bool = False) -> None:
        """`threads` for one operation; as many as there are cores where it is 0. `bfloat16`: see `sessions_of`."""
        from benchmarks.workers import sessions_of

        self._sessions = sessions_of(store, threads, bfloat16)

    def read(self, photo: bytes) -> dict[str, Any]:
        """The card as plain data."""
        return asdict(read_card(decode_image(photo), self.predict))

    def predict(self, spec: ModelSpec, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One model's outputs: models.spec.Predict."""
        session = self._sessions[spec.name]
        signature = session.meta_graph.signature_def[spec.signature]
        feeds = {signature.inputs[name].name: values for name, values in inputs.items()}
        names = [tensor.name for tensor in spec.outputs]
        return dict(zip(names, session.run(feeds, [signature.outputs[name].name for name in names], None), strict=True))


def in_process(store: str, threads: int = 0) -> CallOf:
    """Calls of a Pipeline, each with the next photo; `threads` for one operation of TensorFlow."""
    pipeline, turns = Pipeline(store, threads), itertools.cycle(photos())
    return lambda _name, _rows: lambda: json.dumps(pipeline.read(next(turns)))


def over_http(where: str) -> CallOf:
    """Posts the next photo to `URL FIELD` as a form's file, over a connection that each thread keeps."""
    url, field = where.split()
    address, here, turns = urlsplit(url), threading.local(), itertools.cycle(photos())

    def call() -> None:
        if not hasattr(here, "connection"):
            here.connection = http.client.HTTPConnection(address.netloc, timeout=60)
        post(here.connection, address.path, field, next(turns))

    return lambda _name, _rows: call


def post(connection: http.client.HTTPConnection, path: str, field: str, photo: bytes) -> dict[str, Any]:
    """The JSON that comes back.

    Raises:
        RuntimeError: another status than 200.
    """
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="card.jpg"\r\n'
    body = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + photo + f"\r\n--{_BOUNDARY}--\r\n".encode()
    connection.request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {content[:300]!r}")
    return json.loads(content)

"""Processes that call models: over gRPC as a client does, or in the process that holds them.

Each has an interpreter of its own, so that a client's work and a model's are not in each other's way.
"""

import contextlib
import importlib
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import callers
from benchmarks.callers import Run
from models.spec import MODELS, ModelSpec

CallOf = Callable[[str, int], Callable[[], object]]  # model and rows -> a call


class Worker:
    """The near end of such a process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def closed_loop(self, model: str, rows: int, clients: int, count: int) -> Run:
        """See callers.closed_loop."""
        return self._ask("closed_loop", model, rows, clients, count)

    def open_loop(self, model: str, rows: int, clients: int, rate: float, seconds: float) -> Run:
        """See callers.open_loop."""
        return self._ask("open_loop", model, rows, clients, rate, seconds)

    def _ask(self, *question: Any) -> Run:
        self._connection.send(question)
        answer = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextlib.contextmanager
def worker(call_of: Callable[[str], CallOf], where: str) -> Iterator[Worker]:
    """A process that calls `call_of(where)`: over_grpc with an address, or in_process with a store."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_work, args=(far, call_of, where), daemon=True)
    process.start()
    far.close()
    try:
        yield Worker(near)
    finally:
        near.close()
        process.join(10)
        process.kill()


def _work(connection: Connection, call_of: Callable[[str], CallOf], where: str) -> None:
    with contextlib.suppress(EOFError):
        calls = None
        while True:
            loop, model, rows, *rest = connection.recv()
            try:
                calls = calls or call_of(where)
                answer = getattr(callers, loop)(calls(model, rows), *rest)
            except Exception as error:  # noqa: BLE001  raised by the process that asked
                answer = RuntimeError(f"{type(error).__name__}: {error}")
            connection.send(answer)


def over_grpc(address: str) -> CallOf:
    """Calls of a server. Requests are bytes made beforehand and answers stay bytes: a client should cost little."""
    import grpc

    from services.api.tensors import to_proto
    from services.protos.fvi_serving_pb2 import ModelSpec as WireSpec
    from services.protos.fvi_serving_pb2 import PredictRequest

    channel = grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)])
    method = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")

    def call(model: str, rows: int) -> Callable[[], object]:
        spec = _spec(model)
        inputs = {tensor.name: to_proto(_inputs(spec, rows)[tensor.name], tensor) for tensor in spec.inputs}
        request = PredictRequest(model_spec=WireSpec(name=model), inputs=inputs).SerializeToString()
        return lambda: method(request)

    return call


def in_process(store: str, threads: int = 0) -> CallOf:
    """Calls of the sessions of version 1 of each model, with the server's settings and `threads` for one operation."""
    sessions = sessions_of(store, threads)

    def call(model: str, rows: int) -> Callable[[], object]:
        spec, session = _spec(model), sessions[model]
        signature = session.meta_graph.signature_def[spec.signature]
        feeds = {signature.inputs[name].name: values for name, values in _inputs(spec, rows).items()}
        fetches = [tensor.name for tensor in signature.outputs.values()]
        return lambda: session.run(feeds, fetches, None)

    return call


def sessions_of(store: str, threads: int = 0, bfloat16: bool = False) -> dict[str, Any]:
    """Model -> the GraphSession of its version 1, as the embedded server has it.

    `bfloat16`: convolutions and products of matrices are rewritten to it, as TF Serving does for
    --mixed_precision=bfloat16.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]  # as the server does; see its __main__
    from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2

    from services.serving.embedded.memory import keep_freed_memory
    from services.serving.embedded.metrics import Metrics
    from services.serving.embedded.session import GraphSession

    keep_freed_memory()
    config = config_pb2.ConfigProto(intra_op_parallelism_threads=threads)
    if bfloat16:
        rewrites = config.graph_options.rewrite_options
        rewrites.auto_mixed_precision_onednn_bfloat16 = rewriter_config_pb2.RewriterConfig.ON
    return {model: GraphSession(Path(store, model, "1"), config, Metrics()) for model in MODELS}


def _spec(model: str) -> ModelSpec:
    spec: ModelSpec = importlib.import_module(f"models.{model}.contract").SPEC
    return spec


def _inputs(spec: ModelSpec, rows: int) -> Any:
    from export.images import sample_inputs

    return sample_inputs(spec, rows)

"""One loaded version of one model: PredictRequest in, PredictResponse out (`predict_util.cc`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow.core.protobuf import config_pb2
from tensorflow_serving.apis import predict_pb2

from services.serving.embedded import tensors, warmup
from services.serving.embedded.errors import failed_precondition, invalid_argument
from services.serving.embedded.session import GraphSession

DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True)
class ServableOptions:
    """How versions are loaded and run; the flags of the same names. 0 threads: one for each core."""

    tensorflow_intra_op_parallelism: int = 0
    tensorflow_inter_op_parallelism: int = 0
    enable_model_warmup: bool = True
    enable_serialization_as_tensor_content: bool = False


class Servable:
    """A version that answers. Safe to use from many threads."""

    def __init__(self, name: str, version: int, path: Path, options: ServableOptions) -> None:
        """Load the SavedModel in `path`, then replay its warm-up records.

        Raises:
            ServingError, tf.errors.OpError: it cannot be loaded, or a warm-up record fails.
        """
        self.name = name
        self.version = version
        self._as_content = options.enable_serialization_as_tensor_content
        config = config_pb2.ConfigProto(
            intra_op_parallelism_threads=options.tensorflow_intra_op_parallelism,
            inter_op_parallelism_threads=options.tensorflow_inter_op_parallelism,
        )
        self._session = GraphSession(path, config)
        if options.enable_model_warmup:
            try:
                warmup.replay(path, self.predict)
            except BaseException:
                self._session.close()
                raise

    @property
    def signatures(self) -> Mapping[str, Any]:
        """Every SignatureDef of the SavedModel, by name."""
        signatures: Mapping[str, Any] = self._session.meta_graph.signature_def
        return signatures

    def predict(self, request: Any, timeout: float | None = None) -> Any:
        """Answer a PredictRequest; `timeout` in seconds.

        Raises:
            ServingError: the request does not fit the signature, or an op failed.
        """
        signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        if signature_name not in self.signatures:
            raise failed_precondition(f'Serving signature key "{signature_name}" not found.')
        signature = self.signatures[signature_name]
        _check_input_count(signature, request)
        feeds = _feeds(signature, request)
        aliases = _output_aliases(signature, request.output_filter)
        results = self._session.run(feeds, [signature.outputs[alias].name for alias in aliases], timeout)

        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = self.version
        response.model_spec.signature_name = signature_name
        for alias, values in zip(aliases, results, strict=True):
            response.outputs[alias].CopyFrom(tensors.to_proto(values, self._as_content))
        return response

    def close(self) -> None:
        """Give the memory back; no request may be under way."""
        self._session.close()


def _check_input_count(signature: Any, request: Any) -> None:
    sent, wanted = set(request.inputs), set(signature.inputs)
    if len(sent) == len(wanted) or (len(sent) < len(wanted) and signature.defaults):
        return
    raise invalid_argument(
        f"input size does not match signature: {len(sent)}!={len(wanted)} len({{{_join(sent)}}}) != "
        f"len({{{_join(wanted)}}}). Sent extra: {{{_join(sent - wanted)}}}. "
        f"Missing but required: {{{_join(wanted - sent)}}}."
    )


def _feeds(signature: Any, request: Any) -> dict[str, np.ndarray]:
    feeds = {}
    for alias, info in sorted(signature.inputs.items()):
        if alias in request.inputs:
            proto = request.inputs[alias]
        elif alias in signature.defaults:
            proto = signature.defaults[alias]
        else:
            raise invalid_argument(
                f"Signature input alias: {alias}(feed name: {info.name}) not found in request and no default value "
                f"provided. Inputs expected to be in the request {{{_join(request.inputs)}}}, or default input alias "
                f"set: {_join(signature.defaults)}"
            )
        feeds[info.name] = tensors.from_proto(alias, proto)
    used = set(request.inputs) & set(signature.inputs)
    if len(used) != len(request.inputs):
        raise invalid_argument(
            f"Inputs contains invalid name. Used request inputs: {_join(used)}, request input: {_join(request.inputs)}"
        )
    return feeds


def _output_aliases(signature: Any, output_filter: Iterable[str]) -> list[str]:
    chosen: list[str] = []
    for alias in output_filter:
        if alias not in signature.outputs:
            raise invalid_argument(
                f"output tensor alias not found in signature: {alias} Outputs expected to be in the set "
                f"{{{_join(signature.outputs)}}}."
            )
        if alias in chosen:
            raise invalid_argument(f"duplicate output tensor alias: {alias}")
        chosen.append(alias)
    return chosen or sorted(signature.outputs)


def _join(names: Iterable[str]) -> str:
    return ",".join(sorted(names))

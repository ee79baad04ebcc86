"""One loaded version of one model: PredictRequest in, PredictResponse out (`predict_util.cc`)."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np
from tensorflow.core.protobuf import config_pb2
from tensorflow_serving.apis import predict_pb2

from services.serving.embedded import tensors
from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.errors import ServingError, failed_precondition, invalid_argument
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.session import Session

DEFAULT_SIGNATURE = "serving_default"
METHOD_NAMES = tuple(f"tensorflow/serving/{name}" for name in ("predict", "classify", "regress"))


@dataclass(frozen=True)
class ServableOptions:
    """How versions are loaded and run; the flags of the same names.

    `batching` is None without --enable_batching.
    """

    session_config: config_pb2.ConfigProto = field(default_factory=config_pb2.ConfigProto)
    saved_model_tags: tuple[str, ...] = ("serve",)
    enable_model_warmup: bool = True
    num_request_iterations_for_warmup: int = 0
    enable_serialization_as_tensor_content: bool = False
    enable_signature_method_name_check: bool = False
    batching: BatchingParameters | None = None
    enable_per_model_batching_parameters: bool = False


class Servable:
    """A version that answers. Safe to use from many threads."""

    def __init__(
        self,
        name: str,
        version: int,
        session: Session,
        signatures: Mapping[str, Any],
        options: ServableOptions,
        metrics: Metrics,
    ) -> None:
        """Args:
        session: of the SavedModel; closed with the servable.
        signatures: every SignatureDef of the SavedModel, by name.
        """
        self.name = name
        self.version = version
        self.signatures = signatures
        self._session = session
        self._options = options
        self._metrics = metrics

    def predict(self, request: Any, timeout: float | None = None) -> Any:
        """Answer a PredictRequest; `timeout` in seconds.

        Raises:
            ServingError: the request does not fit the signature, or an op failed.
        """
        signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        if signature_name not in self.signatures:
            raise failed_precondition(f'Serving signature key "{signature_name}" not found.')
        signature = self.signatures[signature_name]
        if self._options.enable_signature_method_name_check:
            _check_method_name(signature)
        _check_input_count(signature, request)
        feeds = _feeds(signature, request)
        aliases = _output_aliases(signature, request.output_filter)
        started = time.monotonic()
        results = self._session.run(feeds, [signature.outputs[alias].name for alias in aliases], timeout)
        self._metrics.runtime_latency(request.model_spec.name, "Predict", time.monotonic() - started)

        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = self.version
        response.model_spec.signature_name = signature_name
        for alias, values in zip(aliases, results, strict=True):
            response.outputs[alias].CopyFrom(
                tensors.to_proto(values, self._options.enable_serialization_as_tensor_content)
            )
        return response

    def close(self) -> None:
        """Give the memory back; no request may be under way."""
        self._session.close()


def _check_method_name(signature: Any) -> None:
    if signature.method_name not in METHOD_NAMES:
        raise ServingError(
            grpc.StatusCode.INTERNAL,
            f"Expected prediction signature method_name to be one of {{{', '.join(METHOD_NAMES)}}}. "
            f"Was: {signature.method_name}",
        )


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

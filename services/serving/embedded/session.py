"""One SavedModel's graph in one Session, loaded and run as TF Serving's C++ does it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2

# Session.run is made for people: it refuses feeds by the placeholder's static shape, casts them
# silently to its dtype, rewrites the message of every error and costs half a millisecond a call.
# TF Serving does none of this, so we call what lies directly below Session.run. These are the only
# private names of TensorFlow in this server; tests/services/serving/embedded/test_session.py would
# notice if they moved.
from tensorflow.python.client import pywrap_tf_session

from services.serving.embedded.errors import ServingError, invalid_argument, not_found
from services.serving.embedded.metrics import Metrics

SERVE_TAG = "serve"


class Session(Protocol):
    """What runs a graph."""

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None) -> list[np.ndarray]:
        """See GraphSession.run."""

    def close(self) -> None:
        """Give the memory back; no run may be under way."""


class GraphSession:
    """A loaded SavedModel: feeds in, fetches out, by tensor name."""

    def __init__(
        self, path: Path, config: config_pb2.ConfigProto, metrics: Metrics, tags: Sequence[str] = (SERVE_TAG,)
    ) -> None:
        """Load the MetaGraph with exactly these `tags` from `path`: import, restore, init op.

        Raises:
            ServingError: NOT_FOUND, no SavedModel or no such graph there.
            tf.errors.OpError: a variable, table or asset could not be restored.
        """
        if not any((path / name).exists() for name in ("saved_model.pb", "saved_model.pbtxt")):
            raise not_found(
                f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {path}. "
                "Check that the directory exists and that you have the right permissions for accessing it."
            )
        self._metrics = metrics
        self._endpoints: dict[str, pywrap_tf_session.TF_Output] = {}  # only of tensors that exist
        self._graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=self._graph, config=config)
        try:
            self.meta_graph = self._load(path, tags)
        except BaseException:
            self._session.close()
            raise

    def _load(self, path: Path, tags: Sequence[str]) -> meta_graph_pb2.MetaGraphDef:
        with self._graph.as_default():
            try:
                meta_graph = tf.compat.v1.saved_model.load(self._session, list(tags), str(path))
            except RuntimeError as error:  # how the loader says that no MetaGraph has the tag
                raise not_found(
                    f"Could not find meta graph def matching supplied tags: {{ {' '.join(tags)} }}. "
                    "To inspect available tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`"
                ) from error
            # The graph reaches the C++ session at the next Session.run, and a SavedModel without
            # variables and init op has had none yet.
            self._session.run(tf.no_op())
        self._graph.finalize()
        return meta_graph

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None) -> list[np.ndarray]:
        """Feed and fetch tensors by name ("image:0").

        Args:
            timeout: seconds after which ops not yet started are given up; None for no limit.

        Raises:
            ServingError: with the code and message of the op that failed, or DEADLINE_EXCEEDED.
        """
        inputs = {self._endpoint(name): values for name, values in feeds.items()}
        outputs = [self._endpoint(name) for name in fetches]
        options = tf.compat.v1.RunOptions()
        if timeout is not None:
            options.timeout_in_ms = max(1, int(timeout * 1000))  # 0 would mean "no limit"
        buffer = pywrap_tf_session.TF_NewBufferFromString(options.SerializeToString())
        started = time.monotonic()
        try:
            results = pywrap_tf_session.TF_SessionRun_wrapper(self._session._session, buffer, inputs, outputs, [], None)
        except tf.errors.OpError as error:
            raise ServingError.from_tensorflow(error) from error
        finally:
            pywrap_tf_session.TF_DeleteBuffer(buffer)
        self._metrics.graph_run(time.monotonic() - started)
        # A lone string comes as bytes; numpy's own string type would cut its trailing zeros.
        return [np.asarray(result, object if isinstance(result, bytes) else None) for result in results]

    def _endpoint(self, name: str) -> pywrap_tf_session.TF_Output:
        try:
            endpoint = self._endpoints.get(name)
            if endpoint is None:
                endpoint = self._endpoints[name] = self._graph.get_tensor_by_name(name)._as_tf_output()
            return endpoint
        except (KeyError, ValueError) as error:
            raise invalid_argument(
                f"Tensor {name}, specified in either feed_devices or fetch_devices was not found in the Graph"
            ) from error

    def close(self) -> None:
        """Give the memory back; no run may be under way."""
        self._session.close()

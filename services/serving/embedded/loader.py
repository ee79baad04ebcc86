"""From a SavedModel on disk to a version that answers, batched and warm (`saved_model_bundle_factory.cc`)."""

import time
from pathlib import Path

from services.serving.embedded import warmup
from services.serving.embedded.batching import parameters
from services.serving.embedded.batching.scheduler import BatchScheduler
from services.serving.embedded.batching.session import BatchingSession
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.servable import Servable, ServableOptions
from services.serving.embedded.session import GraphSession, Session
from services.serving.embedded.states import ServableId


class Loader:
    """Loads versions, and owns what they share: the threads that run batches. Safe to use from many threads."""

    def __init__(self, options: ServableOptions, metrics: Metrics) -> None:
        self._options = options
        self._metrics = metrics
        self._scheduler = None
        if options.batching is not None:
            self._scheduler = BatchScheduler(options.batching.num_batch_threads, options.batching.thread_pool_name)

    def load(self, servable_id: ServableId, path: Path) -> Servable:
        """Load the SavedModel in `path`, then replay its warm-up records.

        Raises:
            ServingError, tf.errors.OpError: it cannot be loaded, or a warm-up record fails.
        """
        graph = self._load_graph(path)
        session: Session = graph
        try:
            session = self._batched(graph, path)
            servable = Servable(
                *servable_id,
                session,
                graph.meta_graph.signature_def,
                self._options,
                self._metrics,
            )
            if self._options.enable_model_warmup:
                iterations = max(1, self._options.num_request_iterations_for_warmup)
                warmup.replay(path, servable.predict, self._metrics, iterations)
        except BaseException:
            session.close()
            raise
        return servable

    def close(self) -> None:
        """End the threads; every servable must have been closed."""
        if self._scheduler is not None:
            self._scheduler.stop()

    def _load_graph(self, path: Path) -> GraphSession:
        started = time.monotonic()
        try:
            graph = GraphSession(path, self._options.session_config, self._metrics, self._options.saved_model_tags)
        except BaseException:
            self._metrics.load(str(path), None)
            raise
        self._metrics.load(str(path), time.monotonic() - started)
        return graph

    def _batched(self, graph: GraphSession, path: Path) -> Session:
        """With --enable_per_model_batching_parameters, only versions that bring their parameters along."""
        chosen = self._options.batching
        if chosen is not None and self._options.enable_per_model_batching_parameters:
            file = path / parameters.PER_MODEL_FILE
            chosen = parameters.read(str(file)) if file.exists() else None
        if chosen is None or self._scheduler is None:
            return graph
        return BatchingSession(graph, self._scheduler, chosen, self._metrics)

"""`python -m services.serving.embedded`: TF Serving's flags, a line for each step."""

import argparse
import logging
import os
import signal
import sys
import threading
from typing import Any

from services.serving.embedded import flags as flags_
from services.serving.embedded.batching import parameters
from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.config import models_of, read_config_file, single_model
from services.serving.embedded.errors import ServingError, invalid_argument
from services.serving.embedded.memory import exempt_imports_from_collection, keep_freed_memory

STOP_GRACE_SECONDS = 10.0


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit status: 1 when there is nothing to serve."""
    flags = flags_.parse(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    stopping = _stopping_on_signals()
    try:
        # Files are read before TensorFlow is imported, which takes seconds: mistakes should be told at once.
        config = _config(flags)
        models_of(config)  # if it cannot be, this says so
        batching = parameters.from_flags(flags.enable_batching, flags.batching_parameters_file)
        _serve(flags, config, batching, stopping)
    except (ServingError, OSError) as error:
        if not stopping.is_set():
            print(f"Failed to start server. Error: {error}", file=sys.stderr)
            return 1
        print("Stopped before all models were loaded", flush=True)
    return 0


def _serve(
    flags: argparse.Namespace, config: Any, batching: BatchingParameters | None, stopping: threading.Event
) -> None:
    keep_freed_memory()
    _tame_tensorflow()
    from services.serving.embedded.options import server_options
    from services.serving.embedded.server import Server

    exempt_imports_from_collection()
    server = Server(server_options(flags, config, batching), stopping)
    print(f"Serving on {server.address}", flush=True)
    if server.rest_address:
        print(f"REST API on {server.rest_address}", flush=True)
    stopping.wait()
    print("Stopping", flush=True)
    if not server.stop(STOP_GRACE_SECONDS):
        print("Some requests would not end; leaving them", flush=True)
        os._exit(0)  # their threads would be waited for


def _config(flags: argparse.Namespace) -> Any:
    if flags.model_config_file:
        return read_config_file(flags.model_config_file)
    if flags.model_base_path:
        return single_model(flags.model_name, flags.model_base_path)
    raise invalid_argument("Both server_options.model_base_path and server_options.model_config_file are empty!")


def _stopping_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set, from a thread that waits for them.

    A handler would run in the midst of whatever the main thread does, locks held.
    """
    stopping = threading.Event()
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # threads started from now on inherit this

    def wait() -> None:
        signal.sigwait(signals)
        stopping.set()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stopping


def _tame_tensorflow() -> None:
    """Before its import: less noise (errors still come through), less time."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # TensorFlow imports Keras if it finds it, which takes a third of our start. We run graphs, not layers.
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]  # None: "not installed", to `import`


if __name__ == "__main__":
    sys.exit(main())

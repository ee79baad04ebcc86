"""`python -m services.serving.embedded`: TF Serving's flags, a line for each step."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from services.serving.embedded.config import ModelConfig, read_config_file, single_model
from services.serving.embedded.errors import ServingError, invalid_argument

STOP_GRACE_SECONDS = 10.0


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit status: 1 when there is nothing to serve."""
    flags = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    stopped = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopped.set())
    try:
        _serve(flags, _models(flags), stopped)
    except (ServingError, OSError) as error:
        print(f"Failed to start server. Error: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(flags: argparse.Namespace, models: tuple[ModelConfig, ...], stopped: threading.Event) -> None:
    _tame_tensorflow()
    # Imported only here: TensorFlow takes seconds, and wrong flags should be told at once.
    from services.serving.embedded.servable import ServableOptions
    from services.serving.embedded.server import Server, ServerOptions

    options = ServerOptions(
        models=models,
        host=flags.host,
        port=flags.port,
        allow_version_labels_for_unavailable_models=flags.allow_version_labels_for_unavailable_models,
        servables=ServableOptions(
            tensorflow_intra_op_parallelism=flags.tensorflow_intra_op_parallelism,
            tensorflow_inter_op_parallelism=flags.tensorflow_inter_op_parallelism,
            enable_model_warmup=flags.enable_model_warmup,
            enable_serialization_as_tensor_content=flags.enable_serialization_as_tensor_content,
        ),
    )
    server = Server(options)
    print(f"Serving on {server.address}", flush=True)
    stopped.wait()
    print("Stopping", flush=True)
    server.stop(STOP_GRACE_SECONDS)


def _models(flags: argparse.Namespace) -> tuple[ModelConfig, ...]:
    if flags.model_config_file:
        return read_config_file(Path(flags.model_config_file))
    if flags.model_base_path:
        return single_model(flags.model_name, flags.model_base_path)
    raise invalid_argument("Both server_options.model_base_path and server_options.model_config_file are empty!")


def _tame_tensorflow() -> None:
    """Before its import: less noise (errors still come through), less time."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # TensorFlow imports Keras if it finds it, which takes a third of our start. We run graphs, not layers.
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]  # None: "not installed", to `import`


def _parser() -> argparse.ArgumentParser:
    # allow_abbrev: a shortened flag must be an error here, as it would do nothing in TF Serving.
    parser = argparse.ArgumentParser(
        "embedded",
        usage="python -m services.serving.embedded [--flag=value ...]",
        description=__doc__,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on; ours, not TF Serving's (default: %(default)s)")
    add("--port", type=int, default=8500, help="gRPC port; 0 takes a free one and prints it (default: %(default)s)")
    add("--model_config_file", help="ModelServerConfig in protobuf text; overrides the next two")
    add("--model_name", default="default", help="name of the only model (default: %(default)s)")
    add("--model_base_path", help="absolute path of the only model; its children are versions")
    add("--tensorflow_intra_op_parallelism", type=int, default=0, help="threads within one op; 0: one for each core")
    add("--tensorflow_inter_op_parallelism", type=int, default=0, help="ops at the same time; 0: one for each core")
    switches = {
        "--allow_version_labels_for_unavailable_models": (False, "let new labels point at versions still to be loaded"),
        "--enable_model_warmup": (True, "replay assets.extra/tf_serving_warmup_requests before a version serves"),
        "--enable_serialization_as_tensor_content": (False, "answer tensors as bytes instead of lists of numbers"),
    }
    for flag, (default, explanation) in switches.items():
        add(flag, type=_switch, nargs="?", const=True, default=default, help=f"{explanation} (default: %(default)s)")
    return parser


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"expected true or false, not {text!r}")
    return text.lower() == "true"


if __name__ == "__main__":
    sys.exit(main())

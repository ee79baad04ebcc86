"""`tensorflow_model_server`'s flags, with its spelling and its defaults (`model_servers/main.cc`)."""

import argparse
import difflib
import os
from collections.abc import Sequence
from typing import NamedTuple, NoReturn


class Flag(NamedTuple):
    """The type of a flag is that of its default."""

    name: str
    default: bool | int | float | str
    explanation: str


_CPUS = os.cpu_count() or 1

OURS = (Flag("host", "127.0.0.1", "address to listen on; TF Serving listens on all"),)

SERVED = (
    # === Ports ===
    Flag("port", 8500, "gRPC port; 0 takes a free one and prints it (TF Serving refuses 0)"),
    Flag("grpc_socket_path", "", "listen for gRPC on this unix socket too"),
    Flag("grpc_max_threads", max(16, 4 * _CPUS), "threads for gRPC requests (TF Serving: 4 for each core)"),
    Flag("grpc_channel_arguments", "", "key=value,... for the gRPC server, like grpc.max_connection_age_ms=60000"),
    Flag("ssl_config_file", "", "SSLConfig in protobuf text (PEM inside it): gRPC over TLS"),
    Flag("enable_grpc_healthcheck_service", False, "grpc.health.v1.Health; SERVING until we stop"),
    Flag("rest_api_port", 0, "HTTP port; 0 for no REST API"),
    Flag("rest_api_num_threads", 4 * _CPUS, "threads for HTTP requests"),
    Flag("rest_api_timeout_in_ms", 30_000, "limit of a model's run for an HTTP request"),
    Flag("rest_api_enable_cors_support", False, "answer HTTP requests from other web pages"),
    Flag("monitoring_config_file", "", "MonitoringConfig in protobuf text: metrics on the HTTP port"),
    # === Models ===
    Flag("model_config_file", "", "ModelServerConfig in protobuf text; overrides the next two"),
    Flag("model_name", "default", "name of the only model"),
    Flag("model_base_path", "", "absolute path of the only model; its children are versions"),
    Flag("model_config_file_poll_wait_seconds", 0, "read model_config_file again every so often; 0: never"),
    Flag(
        "file_system_poll_wait_seconds", 1, "look for versions every so often; 0: once for each config; negative: never"
    ),
    Flag("allow_version_labels_for_unavailable_models", False, "let new labels point at versions still to be loaded"),
    Flag(
        "num_load_threads", 0, "load this many versions at a time; 0: one after the other, and nothing else meanwhile"
    ),
    Flag("num_unload_threads", 0, "the same for unloading, which waits for requests under way"),
    Flag("max_num_load_retries", 5, "try again to load a version that fails"),
    Flag("load_retry_interval_micros", 60_000_000, "wait before trying again; negative: do not"),
    Flag("saved_model_tags", "serve", "comma-separated tags of the graph to load"),
    Flag("enable_model_warmup", True, "replay assets.extra/tf_serving_warmup_requests before a version serves"),
    Flag("num_request_iterations_for_warmup", 0, "replay each warm-up request this often; 0: once"),
    # === Requests ===
    Flag("enable_batching", False, "run requests that wait at the same time as one"),
    Flag("batching_parameters_file", "", "BatchingParameters in protobuf text; needs enable_batching"),
    Flag("enable_per_model_batching_parameters", False, "take them from batching_params.pbtxt beside a SavedModel"),
    Flag("enable_serialization_as_tensor_content", False, "answer tensors as bytes instead of lists of numbers"),
    Flag("enable_signature_method_name_check", False, "refuse signatures whose method_name is not TF Serving's"),
    # === TensorFlow ===
    Flag("tensorflow_session_parallelism", 0, "threads of a session; 0: one for each core"),
    Flag("tensorflow_intra_op_parallelism", 0, "threads within one op"),
    Flag("tensorflow_inter_op_parallelism", 0, "ops at the same time"),
    Flag("tensorflow_session_config_file", "", "ConfigProto in protobuf text"),
)

WITHOUT_EFFECT = (
    Flag("per_process_gpu_memory_fraction", 0.0, "there is no GPU here; with one, use tensorflow_session_config_file"),
    Flag("flush_filesystem_caches", True, "the system's cache of files is left alone"),
    Flag("remove_unused_fields_from_bundle_metagraph", True, "the whole MetaGraphDef is kept"),
    Flag("enable_profiler", True, "there is no profiler service"),
    Flag("num_tflite_pools", _CPUS, "TensorFlow Lite is not used"),
    Flag("num_tflite_interpreters_per_pool", 1, "TensorFlow Lite is not used"),
    Flag("xla_cpu_compilation_enabled", False, "XLA is as TensorFlow has it"),
    Flag("xla_gpu_compilation_enabled", False, "XLA is as TensorFlow has it"),
    Flag("skip_initialize_tpu", False, "there is no TPU"),
)

# With any other value than the default, the server would not do what the flag asks for.
REFUSED = (
    Flag("use_alts_credentials", False, "Google ALTS"),
    Flag("platform_config_file", "", "a PlatformConfigMap"),
    Flag("prefer_tflite_model", False, "TensorFlow Lite models"),
    Flag("thread_pool_factory_config_file", "", "a ThreadPoolConfig"),
    Flag("mixed_precision", "", "mixed precision"),
)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """--flag=value or --flag value; a switch alone means true. Ends the process on a mistake, and after --help."""
    parser = _Parser()
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.refuse_unknown(unknown)
    for flag in REFUSED:
        if getattr(known, flag.name) != flag.default:
            parser.error(f"--{flag.name}: TF Serving has this flag, but {flag.explanation} cannot be used here")
    return known


class _Parser(argparse.ArgumentParser):
    def __init__(self) -> None:
        # allow_abbrev: a shortened flag must be an error here, as it would do nothing in TF Serving.
        super().__init__(
            "embedded",
            usage="python -m services.serving.embedded [--flag=value ...]",
            description="Serves TensorFlow models as tensorflow_model_server does, and takes its flags.",
            allow_abbrev=False,
        )
        self._add("flags of TF Serving", SERVED)
        self._add("flags of TF Serving that are accepted and have no effect here", WITHOUT_EFFECT)
        self._add("flags of TF Serving that are refused here unless they keep their default", REFUSED)
        self._add("our own flag", OURS)

    def refuse_unknown(self, unknown: Sequence[str]) -> NoReturn:
        """Name the first unknown argument and the flag it may have been meant to be."""
        name = unknown[0].partition("=")[0].lstrip("-")
        flags = [flag.name for flag in (*SERVED, *WITHOUT_EFFECT, *REFUSED, *OURS)]
        longer = [flag for flag in flags if name and flag.startswith(name)]
        alike = longer or difflib.get_close_matches(name, flags, n=1)
        hint = f"; did you mean --{alike[0]}?" if alike else "; --help lists all flags"
        self.error(f"unknown argument: {unknown[0]}{hint}")

    def _add(self, title: str, flags: Sequence[Flag]) -> None:
        group = self.add_argument_group(title)
        for name, default, explanation in flags:
            text = f"{explanation} (default: {str(default).lower() if default != '' else 'none'})"
            if isinstance(default, bool):
                group.add_argument(
                    f"--{name}", type=_switch, nargs="?", const=True, default=default, metavar="BOOL", help=text
                )
            else:
                group.add_argument(f"--{name}", type=type(default), default=default, metavar="", help=text)


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"expected true or false, not {text!r}")
    return text.lower() == "true"

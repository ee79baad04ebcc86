"""Flags -> what a Server takes."""

import argparse
import logging
from typing import Any

from tensorflow.core.protobuf import config_pb2

from services.serving.embedded import metrics, text_files
from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.errors import invalid_argument
from services.serving.embedded.grpc_server import GrpcOptions, parse_channel_arguments
from services.serving.embedded.manager import ManagerOptions
from services.serving.embedded.rest.app import AppOptions
from services.serving.embedded.rest.server import RestOptions
from services.serving.embedded.retries import RetryOptions
from services.serving.embedded.servable import ServableOptions
from services.serving.embedded.server import ServerOptions

log = logging.getLogger(__name__)


def server_options(flags: argparse.Namespace, config: Any, batching: BatchingParameters | None) -> ServerOptions:
    """Everything but the models and the batching parameters, which were read before.

    Raises:
        ServingError: a file is not there or not what it should be, or flags contradict each other.
    """
    return ServerOptions(
        config=config,
        config_file=flags.model_config_file,
        config_file_poll_wait_seconds=flags.model_config_file_poll_wait_seconds,
        file_system_poll_wait_seconds=flags.file_system_poll_wait_seconds,
        allow_version_labels_for_unavailable_models=flags.allow_version_labels_for_unavailable_models,
        grpc=_grpc(flags),
        rest=_rest(flags),
        manager=ManagerOptions(
            num_load_threads=flags.num_load_threads,
            num_unload_threads=flags.num_unload_threads,
            retries=RetryOptions(flags.max_num_load_retries, flags.load_retry_interval_micros),
        ),
        servables=_servables(flags, batching),
    )


def _grpc(flags: argparse.Namespace) -> GrpcOptions:
    return GrpcOptions(
        host=flags.host,
        port=flags.port,
        socket_path=flags.grpc_socket_path,
        max_threads=flags.grpc_max_threads,
        channel_arguments=parse_channel_arguments(flags.grpc_channel_arguments),
        ssl=text_files.read(flags.ssl_config_file, text_files.SSLConfig()) if flags.ssl_config_file else None,
        health_service=flags.enable_grpc_healthcheck_service,
    )


def _rest(flags: argparse.Namespace) -> RestOptions | None:
    if not flags.rest_api_port:
        return None
    if flags.rest_api_port == flags.port:
        log.error(
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API. "
            "Skipped exporting HTTP/REST API."
        )
        return None
    app = AppOptions(
        timeout_in_ms=flags.rest_api_timeout_in_ms,
        cors=flags.rest_api_enable_cors_support,
        monitoring_path=_monitoring_path(flags.monitoring_config_file),
    )
    return RestOptions(flags.host, flags.rest_api_port, flags.rest_api_num_threads, app)


def _monitoring_path(file: str) -> str:
    if not file:
        return ""
    prometheus = text_files.read(file, text_files.MonitoringConfig()).prometheus_config
    return (prometheus.path or metrics.PATH) if prometheus.enable else ""


def _servables(flags: argparse.Namespace, batching: BatchingParameters | None) -> ServableOptions:
    return ServableOptions(
        session_config=_session_config(flags),
        saved_model_tags=tuple(flags.saved_model_tags.split(",")),
        enable_model_warmup=flags.enable_model_warmup,
        num_request_iterations_for_warmup=flags.num_request_iterations_for_warmup,
        enable_serialization_as_tensor_content=flags.enable_serialization_as_tensor_content,
        enable_signature_method_name_check=flags.enable_signature_method_name_check,
        batching=batching,
        enable_per_model_batching_parameters=flags.enable_per_model_batching_parameters,
    )


def _session_config(flags: argparse.Namespace) -> config_pb2.ConfigProto:
    intra, inter = flags.tensorflow_intra_op_parallelism, flags.tensorflow_inter_op_parallelism
    both = flags.tensorflow_session_parallelism
    if intra > 0 and inter > 0 and both > 0:
        raise invalid_argument(
            "Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all."
        )
    config = config_pb2.ConfigProto()
    if flags.tensorflow_session_config_file:
        text_files.read(flags.tensorflow_session_config_file, config)
    if intra > 0 or inter > 0:
        both = 0
    # What the file says stays where no flag says otherwise.
    config.intra_op_parallelism_threads = intra or both or config.intra_op_parallelism_threads
    config.inter_op_parallelism_threads = inter or both or config.inter_op_parallelism_threads
    return config

"""Flags -> what the server is made of."""

import pytest
from tensorflow.core.protobuf import config_pb2

from services.serving.embedded.errors import ServingError
from services.serving.embedded.flags import parse
from services.serving.embedded.options import server_options


def options(*arguments):
    return server_options(parse(arguments), config=None, batching=None)


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "file").write_text(text, encoding="utf-8")
        return tmp_path / "file"

    return write


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ssl_config_file=/nowhere"], "NOT_FOUND: /nowhere; No such file or directory"),
        (
            ["--monitoring_config_file=/nowhere", "--rest_api_port=1"],
            "NOT_FOUND: /nowhere; No such file or directory",
        ),
        (["--tensorflow_session_config_file=/nowhere"], "NOT_FOUND: /nowhere; No such file or directory"),
        (
            ["--grpc_channel_arguments=grpc.max_connection_age_ms"],
            "INVALID_ARGUMENT: --grpc_channel_arguments: expected key=value, got 'grpc.max_connection_age_ms'",
        ),
        (
            [f"--tensorflow_{name}_parallelism=1" for name in ("session", "intra_op", "inter_op")],
            "INVALID_ARGUMENT: Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all.",
        ),
    ],
)
def test_flags_that_cannot_be_followed_are_refused(arguments, message):
    with pytest.raises(ServingError) as caught:
        options(*arguments)
    assert str(caught.value) == message


def test_channel_arguments_that_are_numbers_are_passed_as_numbers():
    text = "grpc.max_connection_age_ms=60000,grpc.max_connection_age_grace_ms=-1,a=b,c=1=2,d=,e=99999999999"
    assert options(f"--grpc_channel_arguments={text}").grpc.channel_arguments == {
        "grpc.max_connection_age_ms": 60000,
        "grpc.max_connection_age_grace_ms": -1,
        "a": "b",
        "c": "1=2",
        "d": "",
        "e": "99999999999",
    }


@pytest.mark.parametrize(
    ("arguments", "intra", "inter"),
    [
        ([], 5, 6),
        (["--tensorflow_session_parallelism=2"], 2, 2),
        (["--tensorflow_intra_op_parallelism=3"], 3, 6),
        (["--tensorflow_inter_op_parallelism=4", "--tensorflow_session_parallelism=2"], 5, 4),
    ],
)
def test_flags_override_the_session_config_file(write, arguments, intra, inter):
    file = write("intra_op_parallelism_threads: 5 inter_op_parallelism_threads: 6 allow_soft_placement: true")
    config = options(f"--tensorflow_session_config_file={file}", *arguments).servables.session_config
    assert config == config_pb2.ConfigProto(
        intra_op_parallelism_threads=intra, inter_op_parallelism_threads=inter, allow_soft_placement=True
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config { enable: true, path: "/metrics" }', "/metrics"),
        ('prometheus_config { enable: false, path: "/metrics" }', ""),
        ("", ""),
    ],
)
def test_the_monitoring_config_says_where_the_metrics_are(write, text, path):
    assert options("--rest_api_port=1", f"--monitoring_config_file={write(text)}").rest.app.monitoring_path == path


def test_there_is_no_rest_api_without_a_port_nor_on_grpcs(caplog):
    assert options().rest is None
    assert caplog.text == ""
    assert options("--rest_api_port=8500").rest is None
    assert "server_options.http_port cannot be same as grpc_port." in caplog.text


def test_the_other_flags_arrive():
    made = options(
        *("--host=0.0.0.0", "--port=1", "--rest_api_port=2", "--grpc_socket_path=/s", "--grpc_max_threads=3"),
        *("--rest_api_num_threads=4", "--rest_api_timeout_in_ms=5", "--rest_api_enable_cors_support"),
        *("--num_load_threads=6", "--num_unload_threads=7", "--max_num_load_retries=8"),
        *("--load_retry_interval_micros=9", "--model_config_file=/c", "--model_config_file_poll_wait_seconds=10"),
        *("--file_system_poll_wait_seconds=11", "--allow_version_labels_for_unavailable_models"),
        *("--enable_grpc_healthcheck_service", "--saved_model_tags=serve,gpu", "--enable_model_warmup=false"),
        *("--num_request_iterations_for_warmup=12", "--enable_serialization_as_tensor_content"),
        *("--enable_signature_method_name_check", "--enable_per_model_batching_parameters"),
    )
    grpc, rest, manager, servables = made.grpc, made.rest, made.manager, made.servables
    assert (grpc.host, grpc.port, grpc.socket_path, grpc.max_threads, grpc.health_service) == (
        "0.0.0.0",
        1,
        "/s",
        3,
        True,
    )
    assert (rest.host, rest.port, rest.num_threads, rest.app.timeout_in_ms, rest.app.cors) == ("0.0.0.0", 2, 4, 5, True)
    assert (manager.num_load_threads, manager.num_unload_threads) == (6, 7)
    assert (manager.retries.max_num_load_retries, manager.retries.load_retry_interval_micros) == (8, 9)
    assert (made.config_file, made.config_file_poll_wait_seconds, made.file_system_poll_wait_seconds) == ("/c", 10, 11)
    assert made.allow_version_labels_for_unavailable_models
    assert (servables.saved_model_tags, servables.enable_model_warmup) == (("serve", "gpu"), False)
    assert (servables.num_request_iterations_for_warmup, servables.enable_per_model_batching_parameters) == (12, True)
    assert servables.enable_serialization_as_tensor_content
    assert servables.enable_signature_method_name_check

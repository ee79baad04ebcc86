"""The command itself, as a process of its own."""

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

NOTICES = re.compile(
    r"^(WARNING: All log messages before absl|I0000 .*oneDNN custom operations are on).*\n", re.MULTILINE
)
COMMAND = [sys.executable, "-m", "services.serving.embedded"]


def run(*flags):
    return subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def start(*flags):
    process = subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
            assert process.returncode == 0
        finally:
            process.kill()


def stop(process):
    """SIGTERM; what it printed to stdout and stderr until its end."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    return out, without_notices(err)


def without_notices(stderr):
    """Without what TensorFlow says at its import, whatever its log level, where a processor has AVX512_VNNI."""
    return NOTICES.sub("", stderr)


def address_of(process):
    """Where it serves; reads what it prints up to there."""
    while not (match := re.fullmatch(r"Serving on (\S+)\n", process.stdout.readline())):
        assert process.poll() is None
    return match.group(1)


def test_it_says_what_it_loads_and_where_it_serves_and_stops_cleanly_on_sigterm(saved_models, kit, tmp_path):
    config = tmp_path / "models.config"
    entries = [kit.model_config("linear", saved_models / "linear", labels={"stable": 10})]
    entries += [kit.model_config("echo", saved_models / "echo")]
    config.write_text("model_config_list { " + " ".join(entries) + " }", encoding="utf-8")
    flags = [f"--model_config_file={config}", "--port", "0", "--allow_version_labels_for_unavailable_models"]
    flags += ["--enable_serialization_as_tensor_content=true", "--tensorflow_intra_op_parallelism=1"]
    with start(*flags) as process:
        loaded = sorted(process.stdout.readline() for _ in range(2))
        assert re.fullmatch(r"Loaded echo version 1 in \d+\.\d s\n", loaded[0])
        assert re.fullmatch(r"Loaded linear version 10 in \d+\.\d s\n", loaded[1])
        address = re.fullmatch(r"Serving on (127\.0\.0\.1:\d+)\n", process.stdout.readline()).group(1)
        client = kit.client(address)
        response = client.predict("linear", {"x": [2.0]}, label="stable")
        assert response.outputs["y"].tensor_content
        client.close()
        rest, errors = stop(process)
    assert rest.startswith("Stopping\n")
    assert errors == ""


def test_a_request_under_way_is_answered_after_sigterm(saved_models, kit):
    with start("--port=0", "--model_name=slow", f"--model_base_path={saved_models / 'slow'}") as process:
        client = kit.client(address_of(process))
        client.predict("slow", {"n": np.int64(1)})
        request = kit.predict_request("slow", {"n": np.int64(300_000)})
        under_way = client.prediction.Predict.future(request, timeout=60)
        time.sleep(0.3)  # it has to have arrived
        assert not under_way.done()
        process.send_signal(signal.SIGTERM)
        assert under_way.result().outputs["counted"].int64_val[0] == 300_000
        client.close()
        process.communicate(timeout=30)


def test_a_missing_base_path_is_waited_for_with_ports_closed_until_sigterm(tmp_path):
    base = tmp_path / "m"
    with start("--port=0", "--model_name=m", f"--model_base_path={base}") as process:
        said = [process.stdout.readline() for _ in range(2)]  # once a second
        rest, errors = stop(process)
    assert said == 2 * [
        "FileSystemStoragePathSource encountered a filesystem access error: Could not find base path "
        f"{base} for servable m with error NOT_FOUND: {base}; No such file or directory\n"
    ]
    assert "Serving on" not in rest
    assert errors == ""


def test_a_model_config_file_is_read_again(saved_models, kit, tmp_path):
    config = tmp_path / "models.config"

    def write(*entries):
        config.with_suffix(".new").write_text("model_config_list { " + " ".join(entries) + " }", encoding="utf-8")
        config.with_suffix(".new").rename(config)

    one, two = (kit.model_config("linear", saved_models / "linear", f"specific {{ versions: {n} }}") for n in (1, 2))
    write(one)
    flags = ["--port=0", f"--model_config_file={config}", "--model_config_file_poll_wait_seconds=1"]
    with start(*flags) as process:
        client = kit.client(address_of(process))
        assert client.states("linear") == {1: 30}
        write(two)
        client.wait_for("linear", {2: 30, 1: 50})
        config.write_text("model_config_list { confg {} }", encoding="utf-8")
        line = process.stdout.readline()
        while "Failed to read" not in line:
            line = process.stdout.readline()
        assert line.startswith(f"Failed to read ModelServerConfig file: Invalid protobuf file: '{config}' (1:")
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 2
        client.close()
        stop(process)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "INVALID_ARGUMENT: Both server_options.model_base_path and server_options.model_config_file are empty!"),
        (["--model_config_file=/nowhere"], "NOT_FOUND: /nowhere; No such file or directory"),
        (
            ["--model_name=reader", "--model_base_path=models/reader"],
            "INVALID_ARGUMENT: Expected model reader to have an absolute path or URI; got base_path()=models/reader",
        ),
        (
            ["--model_base_path=/m", "--batching_parameters_file=/batching.config"],
            "INVALID_ARGUMENT: server_options.batching_parameters_file is set without setting "
            "server_options.enable_batching to true.",
        ),
    ],
)
def test_nothing_to_serve_is_one_line(flags, message):
    result = run(*flags)
    assert (result.returncode, result.stdout) == (1, "")
    assert without_notices(result.stderr) == f"Failed to start server. Error: {message}\n"


def test_a_port_in_use_is_told_after_grpcs_own_line(saved_models, kit):
    with kit.serving(kit.model_config("echo", saved_models / "echo")) as client:
        port = client.address.rpartition(":")[2]
        result = run("--model_name=echo", f"--model_base_path={saved_models / 'echo'}", f"--port={port}")
    assert result.returncode == 1
    assert result.stderr.endswith(
        f"Failed to start server. Error: Cannot listen on {client.address}: the port is taken, or the address is not "
        "this machine's. Choose another --port, or --port=0 for a free one.\n"
    )


def test_a_rest_port_in_use_is_told(saved_models, kit):
    with kit.serving(kit.model_config("echo", saved_models / "echo")) as client:
        port = client.server.rest_address.rpartition(":")[2]
        base = f"--model_base_path={saved_models / 'echo'}"
        result = run("--port=0", "--model_name=echo", base, f"--rest_api_port={port}")
    assert result.returncode == 1
    assert without_notices(result.stderr) == (
        f"Failed to start server. Error: Cannot listen on {client.server.rest_address}: Address already in use. "
        "Choose another --rest_api_port.\n"
    )

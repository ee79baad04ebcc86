"""The command itself, as a process of its own."""

import re
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "services.serving.embedded"]


def run(*flags):
    return subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=60, check=False)


def test_it_says_what_it_loads_and_where_it_serves_and_stops_cleanly_on_sigterm(saved_models, kit, tmp_path):
    config = tmp_path / "models.config"
    entries = [kit.model_config("linear", saved_models / "linear", labels={"stable": 10})]
    entries += [kit.model_config("echo", saved_models / "echo")]
    config.write_text("model_config_list { " + " ".join(entries) + " }", encoding="utf-8")
    flags = [f"--model_config_file={config}", "--port", "0", "--allow_version_labels_for_unavailable_models"]
    flags += ["--enable_serialization_as_tensor_content=true", "--tensorflow_intra_op_parallelism=1"]
    with subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        loaded = sorted(process.stdout.readline() for _ in range(2))
        assert re.fullmatch(r"Loaded echo version 1 in \d+\.\d s\n", loaded[0])
        assert re.fullmatch(r"Loaded linear version 10 in \d+\.\d s\n", loaded[1])
        address = re.fullmatch(r"Serving on (127\.0\.0\.1:\d+)\n", process.stdout.readline()).group(1)
        client = kit.client(address)
        response = client.predict("linear", {"x": [2.0]}, label="stable")
        assert response.outputs["y"].tensor_content
        client.channel.close()
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest.startswith("Stopping\n")
    assert errors == ""


def test_an_unknown_flag_is_named():
    result = run("--model_base_path=/models", "--portt=8500")
    assert result.returncode == 2
    assert "unrecognized arguments: --portt=8500" in result.stderr


def test_a_shortened_flag_is_unknown():
    assert "unrecognized arguments: --model_base=/models" in run("--model_base=/models").stderr


def test_a_switch_that_is_neither_true_nor_false_is_refused():
    assert "expected true or false, not 'maybe'" in run("--enable_model_warmup=maybe").stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "INVALID_ARGUMENT: Both server_options.model_base_path and server_options.model_config_file are empty!"),
        (["--model_config_file=/nowhere"], "NOT_FOUND: /nowhere; No such file or directory"),
        (
            ["--model_name=reader", "--model_base_path=models/reader"],
            "INVALID_ARGUMENT: Expected model reader to have an absolute path or URI; got base_path()=models/reader",
        ),
    ],
)
def test_nothing_to_serve_is_one_line(flags, message):
    result = run(*flags)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"Failed to start server. Error: {message}\n"


def test_a_port_in_use_is_told_after_grpcs_own_line(saved_models, kit):
    with kit.serving(kit.model_config("echo", saved_models / "echo")) as client:
        port = client.address.rpartition(":")[2]
        result = run("--model_name=echo", f"--model_base_path={saved_models / 'echo'}", f"--port={port}")
    assert result.returncode == 1
    assert result.stderr.endswith(
        f"Failed to start server. Error: Cannot listen on {client.address}: the port is taken, or the address is not "
        "this machine's. Choose another --port, or --port=0 for a free one.\n"
    )

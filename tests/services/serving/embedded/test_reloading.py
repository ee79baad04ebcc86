"""Versions come, go and change names while requests flow."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from tensorflow_serving.config import model_server_config_pb2

from services.serving.embedded.errors import ServingError
from services.serving.embedded.server import Server, ServerOptions

AVAILABLE, UNLOADING, END = 30, 40, 50


@pytest.fixture
def linear(saved_models):
    return saved_models / "linear"


@pytest.mark.parametrize(
    ("policy", "served"),
    [
        ("", [10]),
        ("latest { num_versions: 2 }", [10, 2]),
        ("all {}", [10, 2, 1]),
        ("specific { versions: 1 versions: 10 versions: 77 }", [10, 1]),
    ],
)
def test_a_policy_chooses_among_the_versions_on_disk(kit, linear, policy, served):
    with kit.serving(kit.model_config("linear", linear, policy)) as client:
        client.wait_for("linear", dict.fromkeys(served, AVAILABLE))
        assert list(client.states("linear")) == served


def test_a_new_version_replaces_the_old_one_and_the_old_ones_end_is_remembered(kit, linear):
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        client.reload(kit.models_config(kit.model_config("linear", linear, "specific { versions: 2 }")))
        client.wait_for("linear", {2: AVAILABLE, 1: END})
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 2
        with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 1)"):
            client.predict("linear", {"x": [0.0]}, version=1)


def test_a_model_left_out_is_unloaded_and_a_new_one_serves_when_the_call_returns(kit, linear, saved_models):
    with kit.serving(kit.model_config("linear", linear)) as client:
        client.reload(kit.models_config(kit.model_config("echo", saved_models / "echo")))
        assert client.states("echo") == {1: AVAILABLE}
        client.wait_for("linear", {10: END})
        with kit.refused("NOT_FOUND", "Servable not found for request: Latest(linear)"):
            client.predict("linear", {"x": [0.0]})


def test_a_version_can_come_back(kit, linear):
    one, two = (kit.models_config(kit.model_config("linear", linear, f"specific {{ versions: {n} }}")) for n in (1, 2))
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        client.reload(two)
        client.wait_for("linear", {2: AVAILABLE, 1: END})
        client.reload(one)
        client.wait_for("linear", {2: END, 1: AVAILABLE})
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 1


def test_a_version_that_failed_is_tried_again_only_after_it_was_left_out(kit, tmp_path):
    kit.save_linear(tmp_path / "1", add=1.0)
    (tmp_path / "2").mkdir()
    both = kit.model_config("linear", tmp_path, "all {}")
    only_one = kit.model_config("linear", tmp_path, "specific { versions: 1 }")
    with kit.serving(only_one) as client:
        client.reload(kit.models_config(both))
        client.wait_for("linear", {2: END, 1: AVAILABLE})
        kit.save_linear(tmp_path / "2", add=2.0)
        client.reload(kit.models_config(both))
        time.sleep(0.3)  # some polls
        assert client.states("linear") == {2: END, 1: AVAILABLE}
        client.reload(kit.models_config(only_one))
        time.sleep(0.1)  # the file system is polled meanwhile
        client.reload(kit.models_config(both))
        client.wait_for("linear", {2: AVAILABLE, 1: AVAILABLE})


def test_a_version_in_use_is_unloaded_only_after_its_last_request(kit, linear):
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        request = kit.predict_request("linear", {"x": [0.0]}, version=1)
        with client.server.core.serving(request.model_spec) as servable:  # as a request under way does
            client.reload(kit.models_config(kit.model_config("linear", linear, "specific { versions: 2 }")))
            client.wait_for("linear", {2: AVAILABLE, 1: UNLOADING})
            with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 1)"):
                client.prediction.Predict(request)
            assert servable.predict(request).model_spec.version.value == 1
        client.wait_for("linear", {2: AVAILABLE, 1: END})


def test_no_request_fails_while_versions_roll(kit, linear):
    labelled = [kit.model_config("linear", linear, "all {}", {"stable": version}) for version in (1, 2)]
    with kit.serving(kit.model_config("linear", linear, "all {}")) as client, ThreadPoolExecutor() as pool:
        client.reload(kit.models_config(labelled[0]))
        done = threading.Event()

        def ask():
            answers = []
            while not done.is_set():
                response = client.predict("linear", {"x": [0.0]}, label="stable")
                answers.append((response.model_spec.version.value, response.outputs["y"].float_val[0]))
            return answers

        asking = [pool.submit(ask) for _ in range(4)]
        for version in (2, 1) * 5:
            both = "specific { versions: 1 versions: 2 }"
            only = f"specific {{ versions: {version} }}"
            client.reload(kit.models_config(kit.model_config("linear", linear, both, {"stable": 3 - version})))
            client.wait_for("linear", {10: END, 2: AVAILABLE, 1: AVAILABLE})
            client.reload(kit.models_config(kit.model_config("linear", linear, only, {"stable": version})))
            client.wait_for("linear", {10: END, version: AVAILABLE, 3 - version: END})
        done.set()
        answers = [answer for one in asking for answer in one.result()]
    assert {version for version, _ in answers} == {1, 2}
    assert all(value == version for version, value in answers)


def test_a_label_cannot_move_to_a_version_that_does_not_serve(kit, linear):
    one = "specific { versions: 1 }"
    with kit.serving(kit.model_config("linear", linear, one)) as client:
        client.reload(kit.models_config(kit.model_config("linear", linear, one, {"stable": 1})))
        two = "specific { versions: 2 }"
        message = "Request to assign label to version 2 of model linear, which is not currently available for inference"
        with kit.refused("FAILED_PRECONDITION", message):
            client.reload(kit.models_config(kit.model_config("linear", linear, two, {"stable": 2})))
        assert client.states("linear") == {1: AVAILABLE}
        assert client.predict("linear", {"x": [0.0]}, label="stable").model_spec.version.value == 1


def test_labels_in_the_first_config_need_the_flag_that_allows_them(kit, linear):
    with (
        pytest.raises(ServingError, match="FAILED_PRECONDITION: Request to assign label to version 10 of model linear"),
        kit.serving(kit.model_config("linear", linear, labels={"stable": 10})),
    ):
        pass


def test_labels_may_wait_for_their_version_where_that_is_allowed_but_a_working_one_never_moves_early(kit, linear):
    def config(versions, labels):
        policy = "specific { " + " ".join(f"versions: {version}" for version in versions) + " }"
        return kit.model_config("linear", linear, policy, labels)

    start = config([1], {"stable": 1, "next": 2})
    with kit.serving(start, allow_version_labels_for_unavailable_models=True) as client:
        with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 2)"):
            client.predict("linear", {"x": [0.0]}, label="next")
        with pytest.raises(Exception, match="Request to assign label to version 2"):
            client.reload(kit.models_config(config([1, 2], {"stable": 2})))
        client.reload(kit.models_config(config([1, 2], {"stable": 1, "next": 2})))
        client.wait_for("linear", {2: AVAILABLE, 1: AVAILABLE})
        client.reload(kit.models_config(config([1, 2], {"stable": 2})))
        assert client.predict("linear", {"x": [0.0]}, label="stable").model_spec.version.value == 2
        with kit.refused("INVALID_ARGUMENT", "Unrecognized servable version label: next"):
            client.predict("linear", {"x": [0.0]}, label="next")


def test_only_a_list_of_models_can_be_reloaded(kit, linear):
    with kit.serving(kit.model_config("linear", linear)) as client:
        message = (
            "ServerModelConfig type not supported by HandleReloadConfigRequest. "
            "Only ModelConfigList is currently supported"
        )
        with kit.refused("INVALID_ARGUMENT", message):
            client.reload(model_server_config_pb2.ModelServerConfig())


def test_a_model_keeps_its_platform(kit, linear):
    with kit.serving(kit.model_config("linear", linear)) as client:
        other = kit.model_config("linear", linear).replace('"tensorflow"', '"caffe"')
        message = (
            "Illegal to change a model's platform. For model linear platform was tensorflow "
            "and new platform requested is caffe"
        )
        with kit.refused("INVALID_ARGUMENT", message):
            client.reload(kit.models_config(other))
        with kit.refused("INVALID_ARGUMENT", "Model new requests unsupported platform caffe"):
            client.reload(kit.models_config(other.replace('name: "linear"', 'name: "new"')))
        assert client.states("linear") == {10: AVAILABLE}


def test_a_new_model_that_does_not_load_is_told_and_the_others_serve_on(kit, linear, tmp_path):
    (tmp_path / "m" / "1").mkdir(parents=True)
    with kit.serving(kit.model_config("linear", linear)) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.reload(kit.models_config(kit.model_config("linear", linear), kit.model_config("m", tmp_path / "m")))
        assert caught.value.code() is grpc.StatusCode.UNKNOWN
        start = "1 model(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND: Could not find "
        assert caught.value.details().startswith(start)
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 10


def test_a_new_model_with_a_missing_base_path_is_waited_for_as_long_as_the_client_waits(kit, linear, tmp_path):
    """TF Serving would wait for ever, and take no other config meanwhile."""
    models = kit.models_config(kit.model_config("linear", linear), kit.model_config("m", tmp_path / "m"))
    with kit.serving(kit.model_config("linear", linear)) as client, ThreadPoolExecutor() as pool:
        with pytest.raises(grpc.RpcError) as caught:
            client.reload(models, timeout=0.3)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        client.reload(kit.models_config(kit.model_config("linear", linear)))
        waiting = pool.submit(client.reload, models)
        time.sleep(0.2)
        assert not waiting.done()
        kit.save_linear(tmp_path / "new" / "1", add=1.0)
        (tmp_path / "new").rename(tmp_path / "m")
        waiting.result()
        assert client.states("m") == {1: AVAILABLE}


def test_the_second_of_two_reloads_waits_for_the_first(kit, linear, tmp_path):
    missing = kit.models_config(kit.model_config("m", tmp_path / "m"), kit.model_config("linear", linear))
    with kit.serving(kit.model_config("linear", linear)) as client, ThreadPoolExecutor() as pool:
        first = pool.submit(client.reload, missing)
        while not client.server.core._reloading.locked():
            time.sleep(0.01)
        with pytest.raises(grpc.RpcError) as caught:
            client.reload(kit.models_config(kit.model_config("linear", linear)), timeout=0.3)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert not first.done()
        kit.save_linear(tmp_path / "new" / "1", add=1.0)
        (tmp_path / "new").rename(tmp_path / "m")
        first.result()


def test_a_server_may_start_with_nothing_and_get_its_models_later(kit, linear):
    with kit.serving() as client:
        with kit.refused("NOT_FOUND", "Servable not found for request: Latest(linear)"):
            client.predict("linear", {"x": [0.0]})
        client.reload(kit.models_config(kit.model_config("linear", linear)))
        assert client.states("linear") == {10: AVAILABLE}


def test_before_the_first_config_labels_are_unavailable(kit, linear):
    empty = ServerOptions(config=model_server_config_pb2.ModelServerConfig(), manager=kit.quick)
    server = Server(empty)
    client = kit.client(server.address)
    with kit.refused("UNAVAILABLE", "Model labels does not init yet.stable"):
        client.predict("linear", {"x": [0.0]}, label="stable")
    client.reload(kit.models_config(kit.model_config("linear", linear)))
    assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 10
    client.close()
    assert server.stop(grace=5)


def test_a_config_of_another_kind_is_refused(kit, linear):
    with kit.serving(kit.model_config("linear", linear)) as client:
        custom = model_server_config_pb2.ModelServerConfig()
        custom.custom_model_config.SetInParent()
        for config in (custom, model_server_config_pb2.ModelServerConfig()):
            with pytest.raises(ServingError, match="FAILED_PRECONDITION: Cannot transition to requested config"):
                client.server.core.reload(config, give_up=lambda: False)
        assert client.states("linear") == {10: AVAILABLE}


def test_a_config_file_that_is_polled_is_applied_again_and_again(kit, linear, tmp_path, caplog):
    """Over an RPC's config too; and a label that may not move is refused at every poll until it may."""
    file = tmp_path / "models.config"

    def write(policy, labels):
        entry = kit.model_config("linear", linear, policy, labels)
        file.with_suffix(".new").write_text(f"model_config_list {{ {entry} }}", encoding="utf-8")
        file.with_suffix(".new").rename(file)

    one, both = "specific { versions: 1 }", "specific { versions: 1 versions: 2 }"
    write(one, {})
    polling = {"config_file": str(file), "config_file_poll_wait_seconds": 0.05}
    with kit.serving(kit.model_config("linear", linear, one), **polling) as client:
        client.reload(kit.models_config(kit.model_config("linear", linear, both)))
        client.wait_for("linear", {2: END, 1: AVAILABLE})
        write(both, {"stable": 2})
        refusal = (
            "PollFilesystemAndReloadConfig failed to ReloadConfig: Request to assign label to version 2 "
            "of model linear, which is not currently available for inference"
        )
        deadline = time.monotonic() + 20
        while caplog.messages.count(refusal) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert client.states("linear") == {2: END, 1: AVAILABLE}
        write(both, {})
        client.wait_for("linear", {2: AVAILABLE, 1: AVAILABLE})
        write(both, {"stable": 2})
        while not _answers(client, "stable"):
            assert time.monotonic() < deadline


def _answers(client, label):
    try:
        return client.predict("linear", {"x": [0.0]}, label=label).model_spec.version.value == 2
    except grpc.RpcError:
        return False

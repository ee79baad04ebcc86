"""Versions come, go and change names while requests flow."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tensorflow_serving.config import model_server_config_pb2

from services.serving.embedded.errors import ServingError

AVAILABLE, UNLOADING, END = 30, 40, 50


@pytest.fixture
def linear(saved_models):
    return saved_models / "linear"


def wait_for(client, model, states):
    """Poll until GetModelStatus shows `states`; fails when they are not reached."""
    deadline = time.monotonic() + 20
    while client.states(model) != states:
        assert time.monotonic() < deadline, client.states(model)
        time.sleep(0.01)


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
        assert list(client.states("linear").items()) == [(version, AVAILABLE) for version in served]


def test_a_new_version_replaces_the_old_one_and_the_old_ones_end_is_remembered(kit, linear):
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        client.reload(kit.models_config(kit.model_config("linear", linear, "specific { versions: 2 }")))
        wait_for(client, "linear", {2: AVAILABLE, 1: END})
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 2
        with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 1)"):
            client.predict("linear", {"x": [0.0]}, version=1)


def test_a_model_left_out_is_unloaded_and_a_new_one_serves_when_the_call_returns(kit, linear, saved_models):
    with kit.serving(kit.model_config("linear", linear)) as client:
        client.reload(kit.models_config(kit.model_config("echo", saved_models / "echo")))
        assert client.states("echo") == {1: AVAILABLE}
        wait_for(client, "linear", {10: END})
        with kit.refused("NOT_FOUND", "Servable not found for request: Latest(linear)"):
            client.predict("linear", {"x": [0.0]})


def test_a_version_can_come_back(kit, linear):
    one, two = (kit.models_config(kit.model_config("linear", linear, f"specific {{ versions: {n} }}")) for n in (1, 2))
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        client.reload(two)
        client.reload(one)
        wait_for(client, "linear", {2: END, 1: AVAILABLE})
        assert client.predict("linear", {"x": [0.0]}).model_spec.version.value == 1


def test_a_version_that_failed_is_tried_again_only_after_it_was_left_out(kit, tmp_path):
    kit.save_linear(tmp_path / "1", add=1.0)
    (tmp_path / "2").mkdir()
    both = kit.model_config("linear", tmp_path, "all {}")
    with kit.serving(both) as client:
        (tmp_path / "2").rmdir()
        kit.save_linear(tmp_path / "2", add=2.0)
        client.reload(kit.models_config(both))
        assert client.states("linear") == {2: END, 1: AVAILABLE}
        client.reload(kit.models_config(kit.model_config("linear", tmp_path, "specific { versions: 1 }")))
        client.reload(kit.models_config(both))
        wait_for(client, "linear", {2: AVAILABLE, 1: AVAILABLE})


def test_a_version_in_use_is_unloaded_only_after_its_last_request(kit, linear):
    with kit.serving(kit.model_config("linear", linear, "specific { versions: 1 }")) as client:
        request = kit.predict_request("linear", {"x": [0.0]}, version=1)
        with client.manager.serving(request.model_spec) as servable:  # as a request under way does
            client.reload(kit.models_config(kit.model_config("linear", linear, "specific { versions: 2 }")))
            wait_for(client, "linear", {2: AVAILABLE, 1: UNLOADING})
            with kit.refused("NOT_FOUND", "Servable not found for request: Specific(linear, 1)"):
                client.prediction.Predict(request)
            assert servable.predict(request).model_spec.version.value == 1
        wait_for(client, "linear", {2: AVAILABLE, 1: END})


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
            wait_for(client, "linear", {10: END, 2: AVAILABLE, 1: AVAILABLE})
            client.reload(kit.models_config(kit.model_config("linear", linear, only, {"stable": version})))
            wait_for(client, "linear", {10: END, version: AVAILABLE, 3 - version: END})
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
        wait_for(client, "linear", {2: AVAILABLE, 1: AVAILABLE})
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


def test_a_reload_with_a_missing_base_path_changes_nothing(kit, linear, tmp_path):
    with kit.serving(kit.model_config("linear", linear)) as client:
        nowhere = kit.model_config("m", tmp_path / "nowhere")
        with pytest.raises(Exception, match="Could not find base path"):
            client.reload(kit.models_config(kit.model_config("linear", linear, "all {}"), nowhere))
        assert client.states("linear") == {10: AVAILABLE}

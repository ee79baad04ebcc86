"""What the chart tells our processes is what they take: read with their own code."""

import json
import re
from pathlib import Path

import pytest

from services.api.keys import parse_keys
from services.api.settings import Settings
from services.desired import parse_desired_state
from services.rollout.__main__ import _parser as controller_parser
from services.serving.agent.__main__ import _parser as agent_parser
from services.serving.embedded import flags, text_files
from services.serving.embedded.batching import parameters
from services.store.options import StoreOptions
from tests.chart.rendering import ROOT, Rendered, environment, render


def test_the_api_takes_its_environment(rendered: Rendered) -> None:
    names = [each["name"] for each in rendered.container("api", "api")["env"]]
    assert len(names) == len(set(names))
    settings = Settings.from_env(environment(rendered.container("api", "api")))
    assert settings.bind == "0.0.0.0:8000"
    assert settings.admin_address == ("0.0.0.0", 8001)
    assert settings.attempt_seconds <= settings.deadline_seconds <= settings.graceful_seconds
    assert bool(settings.api_keys_file) != settings.allow_no_keys
    service = rendered.one("Service", "serving")
    assert service["spec"]["clusterIP"] == "None"
    assert settings.serving_target == f"dns:///{service['metadata']['name']}.cards.svc:8500"


def test_settings_arrive_as_they_were_written() -> None:
    settings = Settings.from_env(environment(render("everything").container("api", "api")))
    assert (settings.max_image_bytes, settings.client_burst, settings.max_pixels) == (10485760, 50, 50_000_000)
    assert settings.cors_origins.split() == ["https://shop.example", "https://bank.example:8443"]
    assert settings.gate.refuse == {"blurred", "dark"}
    options = StoreOptions.from_env(environment(render("everything").container("serving", "agent")))
    assert (options.parallel, options.retry_seconds) == (8, 12.5)
    assert options.endpoint_url == "https://s3.example:9443"


def test_the_agent_takes_its_environment_and_flags(rendered: Rendered) -> None:
    agent = rendered.container("serving", "agent")
    StoreOptions.from_env(environment(agent))
    flags_ = agent_parser().parse_args(agent["args"])
    assert flags_.host == "0.0.0.0", "the kubelet probes from outside"
    assert flags_.config.parent == flags_.models
    server = flags.parse(rendered.container("serving", "serving")["args"])
    assert server.model_config_file == str(flags_.config)
    mounts = {mount["mountPath"] for mount in agent["volumeMounts"]}
    assert {str(flags_.models), str(flags_.desired.parent)} <= mounts
    assert flags_.store.startswith(("s3://", "gs://")) or flags_.store in mounts


def test_the_controller_of_rollouts_takes_its_environment_and_flags(rendered: Rendered) -> None:
    if not any(name.endswith("-rollout") for name, _ in rendered.pods()):
        return
    controller, agent = rendered.container("rollout", "rollout"), rendered.container("serving", "agent")
    taken, of_agent = controller_parser().parse_args(controller["args"]), agent_parser().parse_args(agent["args"])
    assert (taken.host, taken.store) == ("0.0.0.0", of_agent.store)
    asked = StoreOptions.from_env(environment(controller))
    assert asked == StoreOptions.from_env(environment(agent))
    assert taken.port in {port["containerPort"] for port in controller["ports"]}
    api = Settings.from_env(environment(rendered.container("api", "api")))
    assert taken.serving == api.serving_target
    state = next(v for v in rendered.pod("api")["spec"]["volumes"] if v["name"] == "desired-state")
    assert taken.desired_configmap == state["configMap"]["name"]


def test_the_controller_of_rollouts_looks_at_this_releases_metrics_and_golden_set() -> None:
    def taken(values: str) -> tuple[str, str, int | None, float]:
        flags_ = controller_parser().parse_args(render(values).container("rollout", "rollout")["args"])
        return flags_.prometheus, flags_.matchers, flags_.golden, flags_.interval_seconds

    assert taken("rollout") == ("http://prometheus.monitoring.svc:9090", 'namespace="cards"', 3, 2.5)
    assert taken("annotations") == ("https://prometheus.example/ocr", 'cluster="a"', None, 5)
    assert taken("service-monitor") == ("http://10.0.0.1:9090", 'namespace="cards"', None, 5)


def test_a_replica_that_hangs_delays_a_card_where_there_are_others() -> None:
    def attempt(*settings: str) -> float:
        return Settings.from_env(environment(render("minimal", *settings).container("api", "api"))).attempt_seconds

    assert attempt() == 3
    assert attempt("serving.replicas=1") == 10
    assert attempt("api.attemptSeconds=2.5") == 2.5


def dockerfile_flags(name: str) -> set[str]:
    text = (ROOT / "services" / "serving" / name).read_text(encoding="utf-8")
    return set(json.loads(re.search(r"^CMD (\[.*?\])$", text, re.MULTILINE | re.DOTALL)[1].replace("\\\n", "")))


@pytest.mark.parametrize(("values", "dockerfile"), [("minimal", "Dockerfile"), ("gpu", "Dockerfile.gpu")])
def test_the_model_server_gets_the_flags_of_its_image_and_those_that_follow_from_values(
    values: str, dockerfile: str
) -> None:
    given = render(values).container("serving", "serving")["args"]
    assert {each.partition("=")[0] for each in set(given) ^ dockerfile_flags(dockerfile)} == {
        "--batching_parameters_file",
        "--monitoring_config_file",
        "--grpc_channel_arguments",
        "--tensorflow_intra_op_parallelism",
        "--tensorflow_inter_op_parallelism",
    }


def test_the_model_server_knows_its_flags_and_files(rendered: Rendered, tmp_path: Path) -> None:
    """TF Serving would print a flag that it does not know, and go on."""
    server = rendered.container("serving", "serving")
    parsed = flags.parse(server["args"])
    files = rendered.one("ConfigMap", "serving")["data"]
    folder = next(each["mountPath"] for each in server["volumeMounts"] if each["name"] == "config")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        assert f"{folder}/{name}" in (parsed.batching_parameters_file, parsed.monitoring_config_file)
    assert text_files.read(str(tmp_path / "monitoring.config"), text_files.MonitoringConfig()).prometheus_config.enable
    if parsed.enable_batching:
        batching = parameters.read(str(tmp_path / "batching.config"))
        assert batching.num_batch_threads == parsed.tensorflow_intra_op_parallelism


def test_requests_are_batched_as_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "batching.config").write_text(render("minimal").one("ConfigMap", "serving")["data"]["batching.config"])
    ours = parameters.read(str(tmp_path / "batching.config"))
    assert ours == parameters.read(str(ROOT / "services" / "serving" / "batching.config"))


@pytest.mark.parametrize(
    ("resources", "cores"),
    [("requests.cpu=3", 3), ("limits.cpu=2500m", 3), ("limits.cpu=500m", 1), ("requests.cpu=1.2", 2)],
)
def test_the_model_server_computes_with_as_many_threads_as_it_has_cores(resources: str, cores: int) -> None:
    rendered = render("minimal", f"serving.resources.{resources}")
    assert flags.parse(rendered.container("serving", "serving")["args"]).tensorflow_intra_op_parallelism == cores


def test_the_desired_state_can_be_read(rendered: Rendered) -> None:
    written = [each for each in rendered.all("ConfigMap") if "models.yaml" in each["data"]]
    for each in written:
        assert set(parse_desired_state(each["data"]["models.yaml"])) == {"cropper", "detector", "reader"}
    named = {
        volume["configMap"]["name"]
        for component in ("api", "serving")
        for volume in rendered.pod(component)["spec"]["volumes"]
        if volume["name"] == "desired-state"
    }
    assert named == ({each["metadata"]["name"] for each in written} or {"ocr-versions"})


def test_the_desired_state_says_what_the_values_say() -> None:
    text = render("everything").one("ConfigMap", "desired-state")["data"]["models.yaml"]
    reader = parse_desired_state(text)["reader"]
    assert (reader.stable, reader.canary, reader.traffic, reader.shadow) == (10, 11, 2.5, 20)


def test_a_canary_under_way_survives_upgrades_and_rollbacks_unless_git_is_the_truth() -> None:
    """As a hook the document is no part of the release; the release may take it over later all the same."""
    kept = render("minimal").one("ConfigMap", "desired-state")["metadata"]["annotations"]
    assert kept["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert kept["meta.helm.sh/release-name"] == "fvi-ocr"
    written = render("everything").one("ConfigMap", "desired-state")["metadata"]["annotations"]
    assert written == {"helm.sh/resource-policy": "keep"}


def test_the_keys_can_be_read() -> None:
    keys = parse_keys(render("everything").one("Secret", "api-keys")["stringData"]["keys"])
    assert len(keys) == 2


def test_pods_do_not_restart_when_versions_or_keys_change() -> None:
    one = render("minimal")
    other = render("minimal", "models.reader.stable=7")
    for component in ("api", "serving"):
        assert one.pod(component) == other.pod(component)


def test_serving_pods_restart_when_what_they_read_at_the_start_changes() -> None:
    assert render("minimal").pod("serving") != render("minimal", "serving.batching.maxEnqueuedBatches=9").pod("serving")

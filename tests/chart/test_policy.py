"""What every pod and every object must be like, whatever the values."""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from services.rollout.__main__ import _parser as controller_parser
from tests.chart.rendering import CHART, HELMS, Manifest, Rendered, arguments_of, containers, render, run


def test_images_have_a_tag_or_a_digest_and_never_latest(rendered: Rendered) -> None:
    for _, pod in rendered.pods():
        for each in containers(pod):
            _, _, tag = each["image"].rpartition("/")[2].partition("@" if "@" in each["image"] else ":")
            assert tag not in ("", "latest"), each["image"]


def test_pods_meet_the_restricted_pod_security_standard(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        assert set(violations(pod["spec"])) == set(), name


def violations(spec: Manifest) -> Iterator[str]:
    """Of kubernetes.io/docs/concepts/security/pod-security-standards, "restricted", and of a read-only root."""
    pod = spec.get("securityContext", {})
    if any(spec.get(host) for host in ("hostNetwork", "hostPID", "hostIPC")):
        yield "host namespaces"
    allowed = {"name", "configMap", "emptyDir", "secret", "persistentVolumeClaim", "projected", "ephemeral"}
    if any(set(volume) - allowed for volume in spec["volumes"]):
        yield "volumes"
    for each in containers({"spec": spec}):
        context = pod | each.get("securityContext", {})
        if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
            yield f"{each['name']}: privileges"
        if context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{each['name']}: capabilities"
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{each['name']}: root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{each['name']}: seccomp"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{each['name']}: writable root"
        if any("hostPort" in port for port in each.get("ports", [])):
            yield f"{each['name']}: host ports"


def test_pods_get_no_service_links_and_only_the_controller_of_rollouts_gets_a_token(rendered: Rendered) -> None:
    """Service links would be variables such as FVI_OCR_API_PORT, and the API refuses FVI_ names it does not know."""
    for name, pod in rendered.pods():
        assert pod["spec"]["automountServiceAccountToken"] is name.endswith("-rollout"), name
        assert pod["spec"]["enableServiceLinks"] is False, name
    for account in rendered.all("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    assert not any(each["kind"].startswith("ClusterRole") for each in rendered.objects)


def test_the_controller_of_rollouts_may_touch_only_what_is_its_own(rendered: Rendered) -> None:
    if not rendered.all("Role"):
        assert not any("rollout" in name for name, _ in rendered.pods())
        assert not rendered.all("RoleBinding")
        return
    (role,), (binding,) = rendered.all("Role"), rendered.all("RoleBinding")
    flags = controller_parser().parse_args(rendered.container("rollout", "rollout")["args"])
    assert flags.namespace == binding["metadata"]["namespace"] == role["metadata"]["namespace"]
    names = {"configmaps": {flags.desired_configmap, flags.state_configmap}, "leases": {flags.lease}}
    verbs = {"configmaps": {"get", "patch"}, "leases": {"get", "update"}}
    for rule in role["rules"]:
        if rule["verbs"] == ["create"]:  # which Kubernetes cannot limit to names
            assert set(rule["resources"]) <= {"configmaps", "events", "leases"}
            continue
        (resource,) = rule["resources"]
        assert set(rule["resourceNames"]) == names.pop(resource)
        assert set(rule["verbs"]) == verbs[resource]
    assert not names
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert subject["name"] == rendered.pod("rollout")["spec"]["serviceAccountName"]


def test_containers_ask_for_what_they_need_and_have_a_limit_of_memory(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        for each in containers(pod):
            assert {"cpu", "memory"} <= each["resources"]["requests"].keys(), (name, each["name"])
            assert "memory" in each["resources"]["limits"], (name, each["name"])


def test_containers_that_run_on_have_probes_on_ports_of_theirs(rendered: Rendered) -> None:
    for _, pod in rendered.pods():
        for each in containers(pod):
            if each["name"] == "prepare" or "ports" not in each:
                continue
            ports = {port["name"]: port["containerPort"] for port in each["ports"]}
            for kind in ("livenessProbe", "readinessProbe"):
                probe = each[kind]
                target = (probe.get("httpGet") or probe["grpc"])["port"]
                assert target in ports.keys() | set(ports.values()), (each["name"], kind)
                assert probe["periodSeconds"] * probe["failureThreshold"] >= (30 if kind == "livenessProbe" else 5)


def test_mounts_have_volumes_and_volumes_have_mounts(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        volumes = [volume["name"] for volume in pod["spec"]["volumes"]]
        mounted = {mount["name"] for each in containers(pod) for mount in each.get("volumeMounts", [])}
        assert sorted(volumes) == sorted(mounted), name
        for each in containers(pod):
            paths = [mount["mountPath"] for mount in each.get("volumeMounts", [])]
            assert len(paths) == len(set(paths))
            assert not any("subPath" in mount for mount in each.get("volumeMounts", [])), "it would never change"


def test_config_maps_and_secrets_that_pods_need_are_rendered_or_named_in_the_values(rendered: Rendered) -> None:
    ours = {each["metadata"]["name"] for kind in ("ConfigMap", "Secret") for each in rendered.all(kind)}
    named = {"ocr-keys", "fvi-ocr-api-keys", "ocr-versions", "s3-ca", "publisher", "test-key", "s3"}
    for name, pod in rendered.pods():
        for volume in pod["spec"]["volumes"]:
            source = volume.get("configMap", {}).get("name") or volume.get("secret", {}).get("secretName")
            assert source is None or source in ours | named, (name, source)


def test_no_two_objects_have_the_same_name(rendered: Rendered) -> None:
    names = Counter((each["kind"], each["metadata"]["name"]) for each in rendered.objects)
    assert [name for name, times in names.items() if times > 1] == []
    assert all(each["metadata"]["namespace"] == "cards" for each in rendered.objects)


def test_objects_carry_the_recommended_labels(rendered: Rendered) -> None:
    wanted = {f"app.kubernetes.io/{name}" for name in "name instance component part-of version managed-by".split()}
    for each in rendered.objects:
        assert wanted | {"helm.sh/chart"} <= each["metadata"]["labels"].keys(), each["metadata"]["name"]
    for deployment in rendered.all("Deployment"):
        selector = deployment["spec"]["selector"]["matchLabels"]
        assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & selector.keys(), "a selector can never change"


def test_what_selects_pods_selects_those_of_one_component(rendered: Rendered) -> None:
    pods = dict(rendered.pods())
    for each in rendered.objects:
        labels = selector_of(each)
        if labels is None:
            continue
        component = each["metadata"]["labels"]["app.kubernetes.io/component"]
        chosen = [name for name, pod in pods.items() if labels.items() <= pod["metadata"]["labels"].items()]
        assert len(chosen) == 1, (each["kind"], each["metadata"]["name"], chosen)
        assert chosen[0].endswith(f"-{component}")


def selector_of(each: Manifest) -> dict[str, str] | None:
    """Labels of the pods it is about, if it is about pods."""
    spec = each.get("spec", {})
    match each["kind"]:
        case "Service":
            return dict(spec["selector"])
        case "PodDisruptionBudget" | "PodMonitor":
            return dict(spec["selector"]["matchLabels"])
        case "NetworkPolicy":
            return dict(spec["podSelector"]["matchLabels"])
        case _:
            return None


def ports_of(pod: Manifest) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for each in containers(pod) for port in each.get("ports", [])}


def test_services_reach_ports_of_their_pods(rendered: Rendered) -> None:
    for service in rendered.all("Service"):
        ports = ports_of(rendered.pod(service["metadata"]["labels"]["app.kubernetes.io/component"]))
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in (port["name"], ports[port["name"]])


def test_routes_lead_to_a_port_of_the_api(rendered: Rendered) -> None:
    service = rendered.one("Service", "api")
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    for ingress in rendered.all("Ingress"):
        for path in itertools.chain(*(rule["http"]["paths"] for rule in ingress["spec"]["rules"])):
            assert path["backend"]["service"]["name"] == service["metadata"]["name"]
            assert path["backend"]["service"]["port"]["name"] in ports
    for route in rendered.all("HTTPRoute"):
        assert route["spec"]["rules"][0]["backendRefs"] == [
            {"name": service["metadata"]["name"], "port": ports["http"]}
        ]


def test_monitors_find_ports_with_metrics(rendered: Rendered) -> None:
    for monitor in rendered.all("PodMonitor"):
        ports = ports_of(rendered.pod(monitor["metadata"]["labels"]["app.kubernetes.io/component"]))
        assert {each["port"] for each in monitor["spec"]["podMetricsEndpoints"]} <= ports.keys()
    for monitor in rendered.all("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        services = [each for each in rendered.all("Service") if wanted <= each["metadata"]["labels"].items()]
        assert len(services) == 1
        offered = {port["name"] for port in services[0]["spec"]["ports"]}
        assert {each["port"] for each in monitor["spec"]["endpoints"]} <= offered


def test_an_autoscaler_owns_the_number_of_its_pods(rendered: Rendered) -> None:
    for hpa in rendered.all("HorizontalPodAutoscaler"):
        target = hpa["spec"]["scaleTargetRef"]["name"]
        deployment = next(each for each in rendered.all("Deployment") if each["metadata"]["name"] == target)
        assert "replicas" not in deployment["spec"], "each upgrade would set it back"
        assert hpa["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300
        for metric in hpa["spec"]["metrics"]:
            if metric["type"] == "ContainerResource":
                names = {each["name"] for each in deployment["spec"]["template"]["spec"]["containers"]}
                assert metric["containerResource"]["container"] in names


@pytest.mark.parametrize("which", HELMS)
@pytest.mark.parametrize("upgrade", [[], ["--is-upgrade"]])
def test_without_a_cluster_to_look_at_an_autoscaled_number_is_not_said(which: str, upgrade: list[str]) -> None:
    settings = arguments_of("minimal", "serving.autoscaling.enabled=true")
    text = run(which, "template", "fvi-ocr", str(CHART), *upgrade, *settings)
    specs = [each["spec"] for each in yaml.safe_load_all(text) if each and each["kind"] == "Deployment"]
    assert len(specs) == 2
    assert not any("replicas" in spec for spec in specs)


def test_the_network_lets_only_ours_to_the_model_server(rendered: Rendered) -> None:
    for policy in rendered.all("NetworkPolicy"):
        rules = {rule["ports"][0]["port"]: rule.get("from") for rule in policy["spec"]["ingress"]}
        if 8500 in rules:
            peers = [peer["podSelector"]["matchLabels"] for peer in rules[8500]]
            assert [peer["app.kubernetes.io/component"] for peer in peers] == ["api", "rollout"]
            assert all(peer["app.kubernetes.io/instance"] == "fvi-ocr" for peer in peers)
        else:
            assert rules.get(8001) or rules.get(8503), "probes and metrics ask for no key: never for everybody"


def test_others_may_be_let_to_the_model_server() -> None:
    policy = render("minimal", 'networkPolicy.servingFrom=[{"podSelector":{"matchLabels":{"app":"mine"}}}]')
    rule = policy.one("NetworkPolicy", "serving")["spec"]["ingress"][0]
    assert rule["ports"] == [{"port": 8500}]
    assert rule["from"][2:] == [{"podSelector": {"matchLabels": {"app": "mine"}}}]


@pytest.mark.parametrize(
    ("settings", "ports"),
    [
        ([], [443]),
        (["modelStore.endpointUrl=https://s3.example"], [443]),
        (["modelStore.endpointUrl=http://s3"], [80]),
        (["modelStore.endpointUrl=http://s3.store.svc:9000"], [9000]),
        (["modelStore.endpointUrl=https://[fd00::1]:9443/path"], [9443]),
        (["modelStore.endpointUrl=http://s3:80", "networkPolicy.storePorts=[9000,9001]"], [9000, 9001]),
    ],
)
def test_the_network_lets_agents_to_the_store(settings: list[str], ports: list[int]) -> None:
    policy = render("minimal", *settings).one("NetworkPolicy", "serving")
    assert [port["port"] for port in policy["spec"]["egress"][1]["ports"]] == ports


@pytest.mark.parametrize(
    ("settings", "ports"),
    [
        ([], [443, 6443, 9090]),
        (["rollout.prometheus.url=https://prometheus.example/ocr"], [443, 6443]),
        (["networkPolicy.apiServerPorts=[8443]", "networkPolicy.prometheusPorts=[9091]"], [8443, 9091, 443]),
    ],
)
def test_the_network_lets_the_controller_of_rollouts_to_what_it_asks(settings: list[str], ports: list[int]) -> None:
    enabled = ["rollout.enabled=true", "rollout.prometheus.url=http://prometheus:9090"]
    policy = render("minimal", *enabled, *settings).one("NetworkPolicy", "rollout")
    _, serving, others = policy["spec"]["egress"]
    assert serving["ports"] == [{"port": 8500}]
    assert [port["port"] for port in others["ports"]] == ports


def test_gpu_pods_ask_for_the_gpu_and_go_only_where_there_are_some() -> None:
    for values, resource in (("gpu", "nvidia.com/gpu"), ("mig", "nvidia.com/mig-1g.10gb")):
        rendered = render(values)
        server = rendered.container("serving", "serving")
        assert server["image"].endswith("-gpu")
        assert server["resources"]["limits"][resource] == 1
        tolerations = rendered.pod("serving")["spec"]["tolerations"]
        assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in tolerations
        assert not any("nvidia" in name for name in rendered.container("serving", "agent")["resources"]["limits"])
        assert "tolerations" not in rendered.pod("api")["spec"]
    spec = rendered.pod("serving")["spec"]
    assert spec["nodeSelector"] == {"pool": "gpu", "nvidia.com/gpu.product": "A100-SXM4-80GB-MIG-1g.10gb"}
    assert spec["runtimeClassName"] == "nvidia"


def test_pods_stay_within_the_time_to_stop(rendered: Rendered) -> None:
    environment: dict[str, Any] = {each["name"]: each.get("value") for each in rendered.container("api", "api")["env"]}
    needed = float(environment["FVI_DRAIN_SECONDS"]) + float(environment["FVI_GRACEFUL_SECONDS"]) + 2
    assert rendered.pod("api")["spec"]["terminationGracePeriodSeconds"] > needed
    sleep = rendered.container("serving", "serving").get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})
    grace = rendered.pod("serving")["spec"]["terminationGracePeriodSeconds"]
    assert grace >= sleep["preStop"]["sleep"]["seconds"] + 10


def test_names_stay_within_63_letters_in_a_release_with_a_long_name() -> None:
    rendered = render("minimal", "fullnameOverride=" + "a-very-long-name-" * 5)
    assert max(len(each["metadata"]["name"]) for each in rendered.objects) <= 63

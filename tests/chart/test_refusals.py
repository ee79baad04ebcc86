"""What cannot work is refused when it is rendered, with a sentence; what does not exist, by the schema."""

import pytest

from tests.chart.rendering import HELMS, Refused, render

WRONG_FOR_THE_SCHEMA = [
    ("api.replica=2", "replica"),
    ("replicas=2", "replicas"),
    ("api.replicas=two", "integer"),
    ("image.pullPolicy=always", "pullPolicy"),
    ("api.service.port=70000", "/api/service/port"),
    ("api.settings.FVI_TREADS=8", "FVI_TREADS"),
    ("api.settings.FVI_THREADS=8", "FVI_THREADS"),
    ("api.settings.FVI_BIND=x", "FVI_BIND"),
    ("modelStore.settings.FVI_STORE_CA_FILE=x", "FVI_STORE_CA_FILE"),
    ("modelStore.settings.FVI_STORE_SIGNING_KEY_FILE=x", "FVI_STORE_SIGNING_KEY_FILE"),
    ("models.reader.stable=0", "stable"),
    ("models.reader.stabel=1", "stabel"),
    ("models.reader.traffic=101", "traffic"),
    ("models.rea/der.stable=1", "rea/der"),
    ("apiKeys.lines[0]=bank fvi_abc", "lines"),
    ("serving.resources.limits.memory=2gb", "memory"),
    ("serving.resources.limit.memory=2Gi", "limit"),
    ("serving.gpu.memoryFraction=1.5", "memoryFraction"),
    ("serving.agent.sidecar=yes", "sidecar"),
    ("rollout.golden.version=0", "version"),
    ("rollout.prometheus=http://p:9090", "prometheus"),
    ("serving.connections.maxAgeSeconds=1", "maxAgeSeconds"),
    ("monitoring.discovery=both", "discovery"),
    ("api.image.digest=abc", "digest"),
    ("ingress.hosts[0].paths[0].pathTyp=Prefix", "pathTyp"),
]


@pytest.mark.parametrize(("setting", "named"), WRONG_FOR_THE_SCHEMA)
def test_the_schema_refuses(setting: str, named: str) -> None:
    with pytest.raises(Refused, match=r"(?s)don't meet the specifications of the schema.*" + named):
        render("minimal", setting)


@pytest.mark.parametrize("which", HELMS)
def test_both_helms_ask_the_schema(which: str) -> None:
    with pytest.raises(Refused, match="don't meet the specifications of the schema"):
        render("minimal", "api.replica=2", which=which)


def test_values_of_a_parent_chart_may_have_global_ones() -> None:
    assert render("minimal", "global.anything=1").objects


IMPOSSIBLE = [
    (["modelStore.url="], "modelStore.url is empty: say where the models are"),
    (["modelStore.url=/srv/models"], "is a folder, and no modelStore.existingClaim puts one into the pods"),
    (["apiKeys.existingSecret="], "there are no API keys: set apiKeys.existingSecret or apiKeys.lines"),
    (["apiKeys.allowNone=true"], "set only one of existingSecret, lines and allowNone"),
    (["models.reader.traffic=5"], "models.reader has traffic or shadow and no canary"),
    (["models.stamp.stable=1"], "serving.memory.models does not say what a version of stamp takes"),
    (["api.autoscaling.minReplicas=11"], "minReplicas 11 is more than maxReplicas 10"),
    (["api.resources.requests.cpu=null"], "scales by CPU, which needs api.resources.requests.cpu"),
    (["api.autoscaling.targetCPU=0"], "has nothing to scale by: set targetCPU or inFlight.enabled"),
    (["api.podDisruptionBudget.minAvailable=1"], "set one of minAvailable and maxUnavailable"),
    (["api.podDisruptionBudget.maxUnavailable=null"], "set one of minAvailable and maxUnavailable"),
    (["api.podDisruptionBudget.maxUnavailable=0"], "maxUnavailable 0 would keep nodes from ever being drained"),
    (["serving.podDisruptionBudget.maxUnavailable=2"], "maxUnavailable 2 of 2 pods would let a drain take all of them"),
    (["serving.podDisruptionBudget.maxUnavailable=100%"], "maxUnavailable 100% of 2 pods would let a drain take all"),
    (
        ["serving.podDisruptionBudget.maxUnavailable=null", "serving.podDisruptionBudget.minAvailable=2"],
        "minAvailable 2 of 2 pods would keep nodes from ever being drained",
    ),
    (
        ["api.podDisruptionBudget.maxUnavailable=null", "api.podDisruptionBudget.minAvailable=100%"],
        "minAvailable 100% of 2 pods would keep nodes from ever being drained",
    ),
    (["serving.resources.limits.memory=1200Mi"], "serving.resources.limits.memory 1200Mi is too little"),
    (["models.detector.keep=[2,3]", "serving.resources.limits.memory=1800Mi"], "1856Mi are needed"),
    (["api.resources.limits.memory=2Gi"], "at worst 6671Mi are needed"),
    (["api.threads=9", "api.resources.limits.memory=6Gi"], "at worst 6997Mi are needed"),
    (["api.queue=48"], "1120Mi for the files of threads + queue"),
    (["api.settings.FVI_MAX_IMAGE_BYTES=41943040"], "960Mi for the files of threads + queue = 24 requests"),
    (["api.workers=4"], "for each of 4 workers 918Mi for itself and two PDFs"),
    (["api.deadlineSeconds=31"], "api.gracefulSeconds 30 is less than api.deadlineSeconds 31"),
    (["api.terminationGracePeriodSeconds=40"], "closing idle connections take 43"),
    (["api.attemptSeconds=11"], "api.attemptSeconds 11 is more than api.deadlineSeconds 10"),
    (["serving.drainSeconds=40"], "clients leave a pod that is to go within 52 seconds"),
    (["serving.connections.maxAgeSeconds=60"], "clients leave a pod that is to go within 96 seconds"),
    (["serving.connections.maxAgeGraceSeconds=5"], "maxAgeGraceSeconds 5 is less than api.deadlineSeconds 10"),
    (["serving.terminationGracePeriodSeconds=60"], "draining (55) and 10 seconds to end take 65"),
    (["serving.agent.lingerSeconds=10"], "lingerSeconds 10 must be more than api.deadlineSeconds 10"),
    (["serving.gpu.enabled=true", "serving.embedded.enabled=true"], "the embedded server computes on CPUs only"),
    (["serving.gpu.enabled=true", "serving.autoscaling.enabled=true"], "says nothing of a GPU's load"),
    (["serving.gpu.enabled=true"], "start from helm/fvi-ocr/profiles/gpu.yaml"),
    (["serving.batching.maxBatchSize=16"], "maxExecutionBatchSize is more than maxBatchSize"),
    (["serving.batching.allowedBatchSizes=[1,2,4]"], "the last of allowedBatchSizes must be maxExecutionBatchSize"),
    (["rollout.enabled=true"], 'rollout.prometheus.url is "": the evidence is in the API\'s metrics'),
    (["rollout.enabled=true", "rollout.prometheus.url=prometheus:9090"], 'is "prometheus:9090"'),
    (
        ["rollout.enabled=true", "rollout.prometheus.url=http://p:9090", "desiredState.keepChanges=false"],
        "with desiredState.keepChanges=false each upgrade would write over it",
    ),
    (['rollout.extraEnv=[{"name":"FVI_STORE_PARALLEL"}]'], "rollout.extraEnv: FVI_STORE_PARALLEL"),
    (["httpRoute.enabled=true"], "httpRoute.parentRefs is empty"),
    (['api.extraEnv=[{"name":"FVI_THREADS","value":"4"}]'], "api.extraEnv: FVI_THREADS is a setting of ours"),
    (['serving.agent.extraEnv=[{"name":"FVI_STORE_PARALLEL"}]'], "serving.agent.extraEnv: FVI_STORE_PARALLEL"),
]


@pytest.mark.parametrize(("settings", "sentence"), IMPOSSIBLE, ids=[" ".join(each[0]) for each in IMPOSSIBLE])
def test_what_cannot_work_is_refused_with_a_sentence(settings: list[str], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        render("minimal", *settings)
    assert "these values cannot work" in str(refused.value)
    assert sentence in " ".join(str(refused.value).split())


def test_a_native_sidecar_is_refused_where_there_is_none() -> None:
    with pytest.raises(Refused, match=r"native sidecars need Kubernetes 1.29, and this is v1.28.0"):
        render("minimal", "serving.agent.sidecar=native", version="1.28.0")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Refused) as refused:
        render("minimal", "modelStore.url=", "api.attemptSeconds=11")
    assert "modelStore.url is empty" in str(refused.value)
    assert "api.attemptSeconds 11" in str(refused.value)


@pytest.mark.parametrize("memory", ["7Gi", "7168Mi", "7516192768", "7340032Ki", "7.2G", "0.007Ti"])
def test_memory_may_be_written_in_any_unit(memory: str) -> None:
    assert render("minimal", f'api.resources.limits={{"memory":"{memory}"}}').objects


@pytest.mark.parametrize("memory", ["6670Mi", "6.5Gi", "6994000000", "6990000k", "6.9G", "0.006T"])
def test_too_little_memory_is_seen_in_any_unit(memory: str) -> None:
    with pytest.raises(Refused, match="is too little"):
        render("minimal", f'api.resources.limits={{"memory":"{memory}"}}')

"""What the chart renders is what Kubernetes takes, by its published schemas; `make test-cluster` asks a real server."""

import kubernetes_validate
import pytest

from tests.chart.rendering import CHART, HELMS, NEWEST, OLDEST, VALUES, VERSIONS, Refused, arguments_of, render, run

# Kinds of others: their schemas come with CRDs, which are not here.
FOREIGN = {"PodMonitor", "ServiceMonitor", "PrometheusRule", "HTTPRoute"}


@pytest.mark.parametrize(
    ("values", "version"),
    [(values, version) for values in VALUES for version in (VERSIONS if values == "everything" else (OLDEST, NEWEST))],
)
def test_every_object_fits_the_strict_schema_of_kubernetes(values: str, version: str) -> None:
    rendered = render(values, version=version)
    assert len(rendered.objects) > 5
    for each in rendered.objects:
        if each["kind"] not in FOREIGN:
            assert kubernetes_validate.validate(each, version, strict=True)


def test_the_schemas_would_find_a_field_that_does_not_exist() -> None:
    deployment = render("minimal").one("Deployment", "api")
    deployment["spec"]["replicaz"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replicaz"):
        kubernetes_validate.validate(deployment, OLDEST, strict=True)
    del deployment["spec"]["replicaz"]


@pytest.mark.parametrize("values", VALUES)
def test_helm_3_and_helm_4_render_the_same(values: str) -> None:
    assert render(values, which="helm3").objects == render(values, which="helm4").objects


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("which", HELMS)
def test_helm_lint_has_nothing_to_say(which: str, values: str) -> None:
    said = run(which, "lint", "--strict", str(CHART), *arguments_of(values))
    assert "[WARNING]" not in said
    assert "0 chart(s) failed" in said


@pytest.mark.parametrize("which", HELMS)
def test_an_older_kubernetes_is_refused(which: str) -> None:
    with pytest.raises(Refused, match="kubeVersion"):
        render("minimal", which=which, version="1.26.9")


@pytest.mark.parametrize("version", [OLDEST, "1.28.0", "1.29.0", "1.30.0", "1.31.2-gke.100"])
def test_older_clusters_get_what_they_have(version: str) -> None:
    """Native sidecars from 1.29, the sleep of preStop from 1.30."""
    rendered = render("minimal", version=version)
    initial = {each["name"] for each in rendered.pod("serving")["spec"]["initContainers"]}
    assert ("agent" in initial) == (version >= "1.29")
    stop = rendered.container("serving", "serving")["lifecycle"]["preStop"]
    assert stop == ({"sleep": {"seconds": 55}} if version >= "1.30" else {"exec": {"command": ["sleep", "55"]}})
    assert rendered.container("serving", "agent").get("restartPolicy") == ("Always" if version >= "1.29" else None)

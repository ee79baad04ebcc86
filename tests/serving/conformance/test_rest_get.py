"""Status, metadata, metrics and mistakes over HTTP."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


def error(response):
    assert response.headers["Content-Type"] == "application/json"
    (key,) = response.json()
    assert key == "error"
    return response.status_code, response.json()["error"]


def available(version):
    return {"version": str(version), "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}


def test_status_lists_all_versions_highest_first(http):
    response = http.get("/v1/models/linear")
    statuses = response.json()["model_version_status"]
    assert [entry for entry in statuses if entry["state"] != "END"] == [available(2), available(1)]
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")


def test_status_of_one_version(http):
    assert http.get("/v1/models/linear/versions/1").json() == {"model_version_status": [available(1)]}


@pytest.mark.parametrize(
    ("path", "version"), [("", "2"), ("/versions/1", "1"), ("/labels/stable", "1"), ("/labels/canary", "2")]
)
def test_metadata_names_the_version_and_its_signatures(http, path, version):
    metadata = http.get(f"/v1/models/linear{path}/metadata").json()
    assert metadata["model_spec"] == {"name": "linear", "signature_name": "", "version": version}
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {"serving_default", "double"}
    x = signatures["serving_default"]["inputs"]["x"]
    assert (x["dtype"], x["name"], x["tensor_shape"]["dim"][0]["size"]) == ("DT_FLOAT", "x:0", "-1")
    assert signatures["serving_default"]["method_name"] == "tensorflow/serving/predict"


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/v1/models/foo", 404, "Could not find any versions of model foo"),
        ("/v1/models/a%20b", 404, "Could not find any versions of model a b"),
        ("/v1/models/linear/versions/9", 404, "Could not find version 9 of model linear"),
        ("/v1/models/foo/metadata", 404, "Servable not found for request: Latest(foo)"),
        ("/v1/models/linear/versions/9/metadata", 404, "Servable not found for request: Specific(linear, 9)"),
        ("/v1/models/linear/labels/gone/metadata", 404, "Servable not found for request: Specific(linear, 5)"),
        ("/v1/models/linear/labels/nope/metadata", 400, "Unrecognized servable version label: nope"),
        ("/v1/models", 400, "Missing model name in request."),
    ],
)
def test_what_is_not_there_is_not_found(http, path, status, message):
    assert error(http.get(path)) == (status, message)


def test_the_status_of_a_model_is_200_even_if_no_version_of_a_label_serves(http):
    """Why readiness must ask for a label's metadata, not for a status."""
    assert http.get("/v1/models/linear/labels/gone").status_code == 200
    assert http.get("/v1/models/linear/labels/gone/metadata").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/foo"),
        ("GET", "/v1/models/linear/"),
        ("GET", "/v1/models/linear/versions/x"),
        ("GET", "/v1/models/linear:predict"),
        ("POST", "/v1/models/linear"),
        ("POST", "/v1/models/linear:guess"),
        ("DELETE", "/v1/models/linear"),
        ("PUT", "/v1/models/linear:predict"),
    ],
)
def test_a_request_that_makes_no_sense_is_named(http, method, path):
    assert error(http.request(method, path)) == (400, f"Malformed request: {method} {path}")


@pytest.mark.parametrize("path", ["/", "/v1", "/favicon.ico", "/monitoring", "/monitoring/prometheus/metrics/x"])
def test_outside_of_the_api_there_is_nothing(http, path):
    assert http.get(path).status_code == 404


def test_the_metrics_are_where_the_monitoring_config_says(http):
    http.post("/v1/models/linear:predict", json={"instances": [1.0]})
    response = http.get("/monitoring/prometheus/metrics")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    latency = families[":tensorflow:serving:request_latency"].samples
    labels = {"model_name": "linear", "API": "predict", "entrypoint": "REST"}
    (count,) = (s.value for s in latency if s.name.endswith("_count") and s.labels == labels)
    assert count >= 1


def test_every_request_below_v1_is_counted_also_those_that_fail(http):
    def count(**labels):
        families = text_string_to_metric_families(http.get("/monitoring/prometheus/metrics").text)
        samples = (sample for family in families for sample in family.samples)
        name = ":tensorflow:serving:request_count"
        return sum(s.value for s in samples if s.name.startswith(name) and s.labels == labels)

    labels = {"model_name": "nobody", "status": "NOT_FOUND"}
    before = count(**labels)
    http.get("/v1/models/nobody")
    http.post("/v1/models/nobody:predict", json={"instances": [1.0]})
    assert count(**labels) == before + 2

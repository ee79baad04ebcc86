"""What is counted, and that docs/metrics.md says so."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.api.errors import ServingTimeout
from services.api.metrics import Metrics
from services.api.trip import STAGES

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
DOCS = PAGE.partition("## The API")[2].partition("\n## ")[0]


def samples(admin: FlaskClient) -> dict[str, float]:
    """Every sample of /metrics."""
    lines = admin.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_the_documented_metrics_are_the_exported_ones() -> None:
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \|(.*?)\|", DOCS, re.MULTILINE)
    exported = [
        (f"{metric._name}_total" if metric._type == "counter" else metric._name, metric._type, metric._labelnames)
        for metric in Metrics().registry._collector_to_names
    ]

    assert {(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in documented} == set(exported)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_documented_and_measured(client: FlaskClient, admin: FlaskClient, photo, stage: str) -> None:
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert f"`{stage}`" in DOCS
    assert samples(admin)[f'fvi_api_stage_seconds_count{{stage="{stage}"}}'] == 1


def test_a_card_is_counted(client: FlaskClient, admin: FlaskClient, photo) -> None:
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    counted = samples(admin)
    assert counted['fvi_api_requests_total{route="/v1/cards",status="200"}'] == 1
    assert counted['fvi_api_request_seconds_count{route="/v1/cards"}'] == 1
    assert counted['fvi_api_model_call_seconds_count{label="stable",model="reader",version="5"}'] == 1
    assert counted["fvi_api_words_per_card_sum"] == 3
    assert counted['fvi_api_checks_total{check="id_has_right_length",result="pass"}'] == 1
    assert counted["fvi_api_in_flight"] == 0


def test_a_card_whose_words_are_read_again_counts_once(client, admin, photo, card_outputs) -> None:
    card_outputs["reader"]["confidence"][2] = 0.4
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    counted, reader = samples(admin), 'label="stable",model="reader",version="5"'
    assert counted[f"fvi_api_model_call_seconds_count{{{reader}}}"] == 2
    assert counted[f"fvi_api_answers_total{{{reader}}}"] == 1


def test_fields_are_counted_by_what_they_hold_and_by_the_version_that_read_them(client, admin, photo) -> None:
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    counted = samples(admin)
    assert counted['fvi_api_fields_total{field="full_name",result="valid",version="5"}'] == 1
    assert counted['fvi_api_fields_total{field="date_of_birth",result="empty",version="5"}'] == 1
    assert counted['fvi_api_field_confidence_sum{field="full_name",version="5"}'] == 0.8125  # its least sure word's
    assert 'fvi_api_field_confidence_count{field="date_of_birth",version="5"}' not in counted


def test_a_number_that_is_none_is_invalid(client, admin, photo, card_outputs) -> None:
    card_outputs["reader"]["text"][0] = "00000?"

    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert samples(admin)['fvi_api_fields_total{field="id_number",result="invalid",version="5"}'] == 1


def test_a_card_without_words_counts_as_read_by_no_version(client, admin, photo, card_outputs) -> None:
    card_outputs["detector"]["count"][0] = 0

    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert samples(admin)['fvi_api_fields_total{field="full_name",result="empty",version="none"}'] == 1


def test_overhead_is_the_time_without_models_decode_and_warp(client, admin, photo) -> None:
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    client.post("/v1/corners", data=photo(), content_type="image/jpeg")

    counted = samples(admin)
    stages = {stage: counted.get(f'fvi_api_stage_seconds_sum{{stage="{stage}"}}', 0.0) for stage in STAGES}
    assert counted["fvi_api_overhead_seconds_count"] == 1  # of whole cards
    assert 0 < counted["fvi_api_overhead_seconds_sum"] < sum(stages.values()) - stages["warp"]


def test_a_failure_is_counted_by_its_code(client: FlaskClient, admin: FlaskClient, predictor, photo) -> None:
    predictor.fail["detector"] = ServingTimeout()

    client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    client.post("/v1/cards", data=b"no image", content_type="image/jpeg")
    client.get("/some/path/of/a/scanner")

    counted = samples(admin)
    assert counted['fvi_api_errors_total{code="serving_timeout"}'] == 1
    assert counted['fvi_api_errors_total{code="unsupported_image"}'] == 1
    assert counted['fvi_api_requests_total{route="none",status="404"}'] == 1
    assert counted['fvi_api_stage_seconds_count{stage="detector"}'] == 1
    assert 'fvi_api_model_call_seconds_count{label="stable",model="detector",version="4"}' not in counted

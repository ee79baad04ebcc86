"""Who is let in, how often, and with how much."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.api import reach
from services.api.access import TokenBucket
from services.api.admin import create_admin_app
from services.api.app import create_app
from services.api.keys import BadKeys, new_key
from services.api.metrics import Metrics
from services.api.settings import BadSetting, Settings

KEY, LINE = new_key("bank")
OTHER_KEY, OTHER_LINE = new_key("kiosk-7")


@pytest.fixture
def locked(predictor, metrics: Metrics, tmp_path: Path) -> Callable[..., FlaskClient]:
    """locked(lines…, **settings) -> an API with these lines in its file of keys."""

    def client(*lines: str, **settings) -> FlaskClient:
        path = tmp_path / "keys"
        path.write_text("\n".join(lines))
        return create_app(Settings(api_keys_file=str(path), **settings), predictor, metrics).test_client()

    return client


def send(client: FlaskClient, body: bytes, **headers: str):
    return client.post("/v1/cards", data=body, content_type="image/jpeg", headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {KEY} "},
        {"X-API-Key": KEY},
        {"X-API-Key": KEY, "Authorization": "Basic b3BlcmF0b3I6c2VjcmV0"},
    ],
)
def test_a_key_lets_its_client_in(locked, photo, headers: dict[str, str]) -> None:
    answer = locked(LINE).post("/v1/cards", data=photo(), content_type="image/jpeg", headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, 'Bearer realm="fvi-ocr"'),
        ({"X-API-Key": ""}, 'Bearer realm="fvi-ocr"'),
        ({"Authorization": "Basic b3BlcmF0b3I6c2VjcmV0"}, 'Bearer realm="fvi-ocr"'),
        ({"X-API-Key": OTHER_KEY}, 'Bearer realm="fvi-ocr", error="invalid_token"'),
        ({"Authorization": f"Bearer {OTHER_KEY}", "X-API-Key": KEY}, 'Bearer realm="fvi-ocr", error="invalid_token"'),
        ({"Authorization": f"Bearer {LINE.split(':')[1]}"}, 'Bearer realm="fvi-ocr", error="invalid_token"'),
    ],
)
def test_without_a_known_key_nobody_is_let_in(locked, predictor, photo, headers, challenge: str) -> None:
    answer = locked(LINE).post("/v1/cards", data=photo(), content_type="image/jpeg", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == challenge
    assert predictor.calls == []


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/static/page.js", 200), ("/v1/models", 401), ("/no", 401)])
def test_only_the_page_is_open(locked, path: str, status: int) -> None:
    with locked(LINE).get(path) as answer:
        assert answer.status_code == status


def test_a_worker_that_starts_while_the_file_is_bad_lets_nobody_in(locked, photo) -> None:
    assert send(locked("bank my-secret-key"), photo(), **{"X-API-Key": "my-secret-key"}).status_code == 401


def test_neither_logs_nor_metrics_have_a_key(locked, predictor, metrics, photo, caplog) -> None:
    client = locked(LINE)
    caplog.set_level("INFO")
    send(client, photo(), **{"X-API-Key": KEY})
    send(client, photo(), **{"X-API-Key": OTHER_KEY})

    fields = [record.fields for record in caplog.records if record.message == "request"]
    shown = create_admin_app(Settings(), predictor, metrics).test_client().get("/metrics").text
    assert [(line["client"], line["status"]) for line in fields] == [("bank", 200), (None, 401)]
    assert 'fvi_api_client_requests_total{client="bank",status="200"} 1.0' in shown
    for secret in (KEY, OTHER_KEY, LINE.split(":")[1]):
        assert secret not in json.dumps(fields) + shown


def test_a_client_that_sends_too_much_is_told_when_to_go_on(locked, photo) -> None:
    client = locked(
        f"{LINE} burst=2 requests_per_second=0.01", OTHER_LINE, client_burst=1, client_requests_per_second=0.01
    )

    answers = [send(client, photo(), **{"X-API-Key": KEY}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "rate_limited"
    assert 90 <= int(answers[2].headers["Retry-After"]) <= 100
    assert [send(client, photo(), **{"X-API-Key": OTHER_KEY}).status_code for _ in range(2)] == [200, 429]


def test_tokens_grow_back_up_to_the_burst() -> None:
    clock = [0.0]
    bucket = TokenBucket(lambda: clock[0])

    assert [bucket.take(2.0, 3) for _ in range(4)] == [0, 0, 0, 0.5]
    clock[0] += 0.5
    assert [bucket.take(2.0, 3) for _ in range(2)] == [0, 0.5]
    clock[0] += 1000
    assert [bucket.take(2.0, 3) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_new_limit_holds_at_once() -> None:
    bucket = TokenBucket(lambda: 0.0)
    assert [bucket.take(1.0, 10) for _ in range(5)] == [0] * 5

    assert bucket.take(1.0, 2) == 4.0


@pytest.mark.parametrize("form", ["raw", "json", "multipart"])
def test_a_client_may_have_a_smaller_limit_than_others(locked, photo, form: str) -> None:
    data = photo("BMP", size=(300, 200))  # 180 kB
    client = locked(f"{LINE} max_body_bytes=100000", OTHER_LINE)

    def status(key: str) -> tuple[int, str | None]:
        headers = {"X-API-Key": key}
        match form:
            case "raw":
                answer = client.post("/v1/cards", data=data, content_type="image/bmp", headers=headers)
            case "json":
                body = {"image": base64.b64encode(data).decode()}
                answer = client.post("/v1/cards", json=body, headers=headers)
            case _:
                import io

                answer = client.post("/v1/cards", data={"image": (io.BytesIO(data), "a.bmp")}, headers=headers)
        return answer.status_code, answer.json.get("code")

    assert status(KEY) == (413, "body_too_large")
    assert status(OTHER_KEY) == (200, None)


LOOPBACK = [("127.0.0.1", 8000), ("::1", 8000, 0, 0), "/run/api.sock"]
OUTSIDE = [("0.0.0.0", 8000), ("::", 8000, 0, 0), ("10.1.2.3", 8000), ("fe80::1%eth0", 8000, 0, 2)]


@pytest.mark.parametrize("address", OUTSIDE)
def test_other_machines_may_not_reach_an_api_without_keys(address, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="FVI_API_KEYS_FILE, or FVI_ALLOW_NO_KEYS=true"):
        reach.check(Settings(), [LOOPBACK[0], address])

    assert "FVI_ALLOW_NO_KEYS" in (reach.check(Settings(allow_no_keys=True), [address]) or "")
    (tmp_path / "keys").write_text(LINE)
    assert reach.check(Settings(api_keys_file=str(tmp_path / "keys")), [address]) is None


def test_keys_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadKeys, match="No such file"):
        reach.check(Settings(api_keys_file=str(tmp_path / "keys")), LOOPBACK)


def test_this_machine_may_and_the_log_says_so() -> None:
    assert "No API keys" in (reach.check(Settings(), LOOPBACK) or "")


ORIGIN = "https://shop.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def test_without_the_setting_no_other_page_can_call(client: FlaskClient, photo) -> None:
    preflight = client.options("/v1/cards", headers={"Origin": ORIGIN, **PREFLIGHT})
    answer = send(client, photo(), Origin=ORIGIN)

    for each in (preflight, answer):
        assert not [name for name in each.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_a_named_origin_may_ask_without_a_key_and_call_with_one(locked, photo) -> None:
    client = locked(LINE, cors_origins=f"https://other.example {ORIGIN}")
    preflight = client.options("/v1/cards", headers={"Origin": ORIGIN, **PREFLIGHT})
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]

    for key, status in ((KEY, 200), ("wrong", 401)):
        answer = send(client, photo(), Origin=ORIGIN, **{"X-API-Key": key})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://shop.example.evil", "http://shop.example", "null", ""])
def test_other_origins_may_not(locked, photo, origin: str) -> None:
    client = locked(LINE, cors_origins=ORIGIN)

    assert client.options("/v1/cards", headers={"Origin": origin, **PREFLIGHT}).status_code == 401
    answer = send(client, photo(), Origin=origin, **{"X-API-Key": KEY})
    assert "Access-Control-Allow-Origin" not in answer.headers

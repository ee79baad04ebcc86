"""Settings are read once, refused when wrong, and documented."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from models.image import MAX_PIXELS
from services.api.settings import ENVIRONMENT, BadSetting, Settings, setting

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_environment_overrides_the_defaults_and_other_names_do_not_matter() -> None:
    settings = Settings.from_env(
        {"FVI_BIND": "0.0.0.0:80", "FVI_DEADLINE_SECONDS": "2.5", "FVI_THREADS": "3", "X": "y"}
    )

    assert settings == Settings(bind="0.0.0.0:80", deadline_seconds=2.5, threads=3)


def test_without_settings_the_api_can_only_be_reached_from_this_machine() -> None:
    assert Settings.from_env({}).bind == "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"FVI_DEADLINE": "2"}, "FVI_DEADLINE: no such setting. There are FVI_BIND, "),
        ({"FVI_THREADS": "many"}, "FVI_THREADS: 'many' is not a whole number."),
        ({"FVI_THREADS": "2.5"}, "FVI_THREADS: '2.5' is not a whole number."),
        ({"FVI_DEADLINE_SECONDS": ""}, "FVI_DEADLINE_SECONDS: '' is not a number."),
        ({"FVI_DEADLINE_SECONDS": "nan"}, "FVI_DEADLINE_SECONDS: 'nan' is no finite number."),
        ({"FVI_DEADLINE_SECONDS": "0"}, "FVI_DEADLINE_SECONDS is 0.0; it must be above 0."),
        ({"FVI_WORKERS": "-1"}, "FVI_WORKERS is -1; it must be above 0."),
        ({"FVI_DRAIN_SECONDS": "-1"}, "FVI_DRAIN_SECONDS is -1.0; it must be at least 0."),
        ({"FVI_ALLOW_NO_KEYS": "yes"}, "FVI_ALLOW_NO_KEYS: 'yes' is neither true nor false."),
        ({"FVI_ADMIN_BIND": "8001"}, "FVI_ADMIN_BIND: '8001' is not HOST:PORT."),
        ({"FVI_ADMIN_BIND": "localhost:http"}, "FVI_ADMIN_BIND: 'localhost:http' is not HOST:PORT."),
        ({"FVI_ADMIN_BIND": "unix:/run/admin"}, "FVI_ADMIN_BIND: 'unix:/run/admin' is not HOST:PORT."),
        ({"FVI_CORS_ORIGINS": "*"}, "FVI_CORS_ORIGINS: '*' is no origin such as https://shop.example."),
        ({"FVI_CORS_ORIGINS": "https://a.example,https://b.example"}, "FVI_CORS_ORIGINS: "),
        ({"FVI_CORS_ORIGINS": "https://a.example/"}, "FVI_CORS_ORIGINS: "),
        ({"FVI_ATTEMPTS": "6"}, "FVI_ATTEMPTS is 6; gRPC makes at most 5."),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env(environ)

    assert str(refused.value).startswith(sentence)


def test_yes_no_and_nothing_can_be_said() -> None:
    settings = Settings.from_env({"FVI_ALLOW_NO_KEYS": "true", "FVI_MAX_REQUESTS": "0", "FVI_DRAIN_SECONDS": "0"})

    assert settings == Settings(allow_no_keys=True, max_requests=0, drain_seconds=0.0)
    assert not Settings.from_env({"FVI_ALLOW_NO_KEYS": "false"}).allow_no_keys


@pytest.mark.parametrize(
    ("text", "address"), [("127.0.0.1:8001", ("127.0.0.1", 8001)), ("[::1]:0", ("::1", 0)), ("::1:9", ("::1", 9))]
)
def test_the_admin_address_has_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert Settings(admin_bind=text).admin_address == address


def test_a_secret_is_not_shown() -> None:
    @dataclass(frozen=True, repr=False)
    class WithSecret(Settings):
        api_key: str = setting("", "A secret.", secret=True)

    assert repr(WithSecret(api_key="hush")).endswith("api_key=***)")
    assert "bind='127.0.0.1:8000'" in repr(Settings())


def test_the_body_may_hold_the_largest_image_in_base64() -> None:
    settings = Settings(max_image_bytes=3_000_000)

    assert settings.max_body_bytes > 4_000_000


def test_the_largest_photo_is_the_one_the_models_allow() -> None:
    assert Settings().max_pixels == MAX_PIXELS


@pytest.mark.parametrize("setting", fields(Settings), ids=ENVIRONMENT.name)
def test_every_setting_is_documented(setting) -> None:
    name = ENVIRONMENT.name(setting)
    row = next((line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{name}` |")), None)

    assert row == f"| `{name}` | `{setting.default}` | {setting.metadata['help']} |"

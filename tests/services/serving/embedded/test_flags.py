"""TF Serving's flags: spelling, defaults, and what is wrong with the others."""

from pathlib import Path

import pytest

from services.serving.embedded.flags import OURS, REFUSED, SERVED, WITHOUT_EFFECT, parse


def error(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_flag_takes_its_value_after_an_equals_sign_or_a_space():
    flags = parse(["--port=1", "--rest_api_port", "2", "--load_retry_interval_micros", "-1"])
    assert (flags.port, flags.rest_api_port, flags.load_retry_interval_micros) == (1, 2, -1)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ([], False),
        (["--enable_batching"], True),
        (["--enable_batching=true"], True),
        (["--enable_batching=False"], False),
    ],
)
def test_a_switch_alone_means_true(arguments, value):
    assert parse(arguments).enable_batching is value


def test_defaults_are_tf_servings():
    flags = parse([])
    names = ("port", "rest_api_port", "model_name", "max_num_load_retries", "load_retry_interval_micros")
    assert [getattr(flags, name) for name in names] == [8500, 0, "default", 5, 60_000_000]
    names = ("num_load_threads", "file_system_poll_wait_seconds", "model_config_file_poll_wait_seconds")
    assert [getattr(flags, name) for name in names] == [0, 1, 0]
    assert (flags.enable_model_warmup, flags.saved_model_tags) == (True, "serve")


def test_an_unknown_flag_is_named_and_what_it_may_have_meant(capsys):
    message = error(capsys, "--model_base_path=/m", "--portt=8500")
    assert message == "embedded: error: unknown argument: --portt=8500; did you mean --port?"


def test_what_looks_like_nothing_we_know_is_named_too(capsys):
    assert error(capsys, "8500") == "embedded: error: unknown argument: 8500; --help lists all flags"


def test_a_shortened_flag_is_unknown(capsys):
    message = error(capsys, "--model_base=/models")
    assert message == "embedded: error: unknown argument: --model_base=/models; did you mean --model_base_path?"


def test_a_switch_that_is_neither_true_nor_false_is_refused(capsys):
    assert "expected true or false, not 'maybe'" in error(capsys, "--enable_model_warmup=maybe")


def test_what_we_cannot_do_is_refused_rather_than_ignored(capsys):
    message = error(capsys, "--platform_config_file=/p")
    assert message == (
        "embedded: error: --platform_config_file: TF Serving has this flag, but a PlatformConfigMap cannot be used here"
    )
    assert parse(["--use_alts_credentials=false"])


def test_help_lists_every_flag_and_says_which_have_no_effect(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    served, without_effect = text.split("flags of TF Serving that are accepted and have no effect here:")
    without_effect, refused = without_effect.split("flags of TF Serving that are refused here")
    assert all(f"--{flag.name} " in served for flag in SERVED)
    assert all(f"--{flag.name} " in without_effect for flag in WITHOUT_EFFECT)
    assert all(f"--{flag.name} " in refused for flag in (*REFUSED, *OURS))


def test_every_flag_is_on_the_page_about_the_server():
    page = (Path(__file__).parents[4] / "docs" / "serving.md").read_text(encoding="utf-8")
    missing = [flag.name for flag in (*SERVED, *WITHOUT_EFFECT, *REFUSED, *OURS) if f"`--{flag.name}`" not in page]
    assert missing == []

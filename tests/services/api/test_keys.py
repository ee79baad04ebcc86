"""The file of the API keys: what it may hold, what is refused, and that no key is in it."""

import hashlib
import re
import time
from pathlib import Path

import pytest

from services.api.key_file import _LOOK_SECONDS, KeyFile
from services.api.keys import MAX_CLIENTS, BadKeys, Client, new_key, parse_keys, read_keys
from services.cli import main

ONE, OTHER = (hashlib.sha256(key.encode()).hexdigest() for key in ("one", "other"))


def test_a_new_key_opens_for_its_client_alone() -> None:
    key, line = new_key("bank")
    other, other_line = new_key("kiosk-7")
    keys = parse_keys(f"{line}\n{other_line}")

    assert keys.client_of(key) == Client("bank")
    assert keys.client_of(other) == Client("kiosk-7")
    for wrong in ("", key[:-1], f"{key}a", key.upper(), line, line.split(":")[1], "\udcff", "ß"):
        assert keys.client_of(wrong) is None


def test_the_line_of_a_new_key_does_not_hold_it() -> None:
    key, line = new_key("bank")

    assert re.fullmatch(r"fvi_[\w-]{43}", key)
    assert re.fullmatch("bank sha256:[0-9a-f]{64}", line)
    assert key[4:] not in line


def test_a_client_may_have_several_keys_and_its_limits_on_any_line() -> None:
    keys = parse_keys(
        f"# a comment\n\nbank sha256:{ONE} burst=3  # the old one\n"
        f"bank sha256:{OTHER} requests_per_second=0.5 burst=3\n"
    )

    assert keys.client_of("one") == keys.client_of("other") == Client("bank", requests_per_second=0.5, burst=3)
    assert len(keys) == 2


def test_a_file_without_keys_lets_nobody_in() -> None:
    assert parse_keys("# none yet").client_of("one") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bank", "line 1: must be `CLIENT sha256:HASH`"),
        ("bank one", "line 1: must be `CLIENT sha256:HASH`"),
        (f"\nBank sha256:{ONE}", "line 2: must be `CLIENT sha256:HASH`"),
        (f"bank sha256:{ONE[:-1]}", "line 1: must be"),
        (f"bank sha512:{ONE}", "line 1: must be"),
        (f"{'a' * 33} sha256:{ONE}", "line 1: must be"),
        (f"bank sha256:{ONE}\nshop sha256:{ONE}", "line 2: this key is another client's already."),
        (f"bank sha256:{ONE} burst=2\nbank sha256:{OTHER} burst=3", "line 2: burst differs"),
        (f"bank sha256:{ONE} burst=0", "line 1: a limit is one of requests_per_second, burst, max_body_bytes"),
        (f"bank sha256:{ONE} burst=1.5", "line 1: a limit is"),
        (f"bank sha256:{ONE} requests_per_second=nan", "line 1: a limit is"),
        (f"bank sha256:{ONE} requests_per_second=inf", "line 1: a limit is"),
        (f"bank sha256:{ONE} colour=3", "line 1: a limit is"),
        (f"bank sha256:{ONE} burst", "line 1: a limit is"),
        ("\n".join(f"c{n} sha256:{n:064x}" for n in range(MAX_CLIENTS + 1)), "there are 201 clients"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_not_quoted(text: str, sentence: str) -> None:
    with pytest.raises(BadKeys) as refused:
        parse_keys(text)

    assert str(refused.value).startswith(sentence)
    assert ONE[:16] not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * 300_000])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "keys").write_bytes(content)

    with pytest.raises(BadKeys, match="keys"):
        read_keys(tmp_path / "keys")


class FollowedKeys:
    """A KeyFile whose clock need not be waited for."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        path.write_text(text)
        self.is_good: bool | None = None
        self.file = KeyFile(path, lambda is_good: setattr(self, "is_good", is_good))
        assert len(self.file.keys) > 0

    def client_of(self, key: str) -> Client | None:
        self.file._next_look = time.monotonic()
        return self.file.keys.client_of(key)

    def replace(self, text: str) -> None:
        """As Kubernetes and careful editors do."""
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.path)


@pytest.fixture
def followed(tmp_path: Path) -> FollowedKeys:
    return FollowedKeys(tmp_path / "keys", f"bank sha256:{ONE}\n")


def test_keys_are_exchanged_without_a_restart(followed: FollowedKeys) -> None:
    followed.replace(f"bank sha256:{ONE}\nbank sha256:{OTHER}\n")
    assert followed.client_of("one") == followed.client_of("other") == Client("bank")

    followed.replace(f"bank sha256:{OTHER}\n")
    assert followed.client_of("one") is None
    assert followed.client_of("other") == Client("bank")


def test_the_last_good_keys_stay_while_the_file_is_bad_or_gone(followed: FollowedKeys, caplog) -> None:
    followed.replace("not a key\n")
    assert followed.client_of("one") == Client("bank")
    assert followed.client_of("one") == Client("bank")
    assert [line.message for line in caplog.records] == ["The API keys cannot be read; those read before stay"]
    assert followed.is_good is False

    followed.path.unlink()
    assert followed.client_of("one") == Client("bank")

    followed.replace(f"bank sha256:{OTHER}\n")
    assert followed.client_of("one") is None
    assert followed.is_good is True


def test_the_keys_of_the_start_stay_if_the_file_turns_bad_before_the_first_request(tmp_path: Path) -> None:
    key, line = new_key("bank")
    path = tmp_path / "keys"
    path.write_text(line)
    file = KeyFile(path)
    path.write_text("bank no-hash")

    found = file.keys.client_of(key)

    assert found
    assert found.name == "bank"


def test_a_file_that_was_emptied_lets_nobody_in(followed: FollowedKeys) -> None:
    followed.replace("")

    assert followed.client_of("one") is None


def test_the_file_is_not_looked_at_for_every_request(followed: FollowedKeys) -> None:
    assert followed.client_of("one")
    followed.path.write_text("")

    assert followed.file.keys.client_of("one")
    assert 0.1 <= _LOOK_SECONDS <= 5


def test_the_command_prints_a_key_and_the_line_for_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "new", "bank"]) == 0

    key, line = (text.split(": ", 1)[1] for text in capsys.readouterr().out.splitlines())
    assert parse_keys(line).client_of(key) == Client("bank")


def test_the_command_refuses_a_name_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "new", "The Bank"]) == 1
    assert capsys.readouterr().err.startswith("fvi-ocr: a client is named with")

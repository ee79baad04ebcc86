"""An edit of the desired state rolls a version while clients send cards."""

import threading
import time
from pathlib import Path

import httpx
import pytest
import yaml

from services.local import System
from services.store.store import ModelStore

PHOTO = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))[0]
SECONDS = 120


@pytest.fixture
def clients(url: str):
    """Two clients that send a card after the other; the answers so far as (status, reader's version)."""
    answers: list[tuple[int, int | None]] = []
    stop = threading.Event()

    def send() -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                photo, headers = PHOTO.read_bytes(), {"Content-Type": "image/jpeg"}
                answer = client.post(f"{url}/v1/cards", content=photo, headers=headers)
                reader = answer.json().get("models", {}).get("reader", {})
                answers.append((answer.status_code, reader.get("version")))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield answers
    stop.set()
    for thread in threads:
        thread.join()


def roll(system: System, answers: list, version: int) -> None:
    """Desire a version of the reader and wait until it answers."""
    document = yaml.safe_load(system.desired.read_text())
    document["models"]["reader"]["stable"] = version
    unfinished = system.desired.with_suffix(".new")
    unfinished.write_text(yaml.safe_dump(document))
    unfinished.replace(system.desired)
    deadline, sent = time.monotonic() + SECONDS, len(answers)
    while (200, version) not in answers[sent:]:
        assert time.monotonic() < deadline, f"version {version} never answered"
        system.wait(seconds=0.2)


def test_a_new_reader_takes_over_and_gives_back_without_a_failed_card(system: System, store: Path, clients) -> None:
    with ModelStore.open(str(store)) as opened:
        opened.publish(store / "reader" / "1", "reader", 2)
    roll(system, clients, 2)
    roll(system, clients, 1)
    assert {status for status, _ in clients} == {200}
    assert {version for _, version in clients} == {1, 2}

"""An edit of the desired state rolls a version, or tries it on some cards, while clients send cards."""

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
    """Two clients that send a card after the other; the answers so far as (status, reader's version, its label)."""
    answers: list[tuple[int, int | None, str | None]] = []
    stop = threading.Event()

    def send() -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                photo, headers = PHOTO.read_bytes(), {"Content-Type": "image/jpeg"}
                answer = client.post(f"{url}/v1/cards", content=photo, headers=headers)
                reader = answer.json().get("models", {}).get("reader", {})
                answers.append((answer.status_code, reader.get("version"), reader.get("label")))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield answers
    stop.set()
    for thread in threads:
        thread.join()


def desire(system: System, answers: list, reader: dict, label: str, version: int) -> None:
    """Desire `reader` and wait until a card is answered by that version under that label."""
    document = yaml.safe_load(system.desired.read_text())
    document["models"]["reader"] = reader
    unfinished = system.desired.with_suffix(".new")
    unfinished.write_text(yaml.safe_dump(document))
    unfinished.replace(system.desired)
    deadline, sent = time.monotonic() + SECONDS, len(answers)
    while (200, version, label) not in answers[sent:]:
        assert time.monotonic() < deadline, f"version {version} never answered as {label}"
        system.wait(seconds=0.2)


def test_a_new_reader_is_tried_takes_over_and_gives_back_without_a_failed_card(
    system: System, store: Path, clients
) -> None:
    with ModelStore.open(str(store)) as opened:
        opened.publish(store / "reader" / "1", "reader", 2)
    desire(system, clients, {"stable": 1, "canary": 2, "traffic": 100}, "canary", 2)
    desire(system, clients, {"stable": 2, "keep": [1]}, "stable", 2)
    desire(system, clients, {"stable": 1}, "stable", 1)
    assert {status for status, _, _ in clients} == {200}

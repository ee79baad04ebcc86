"""What the platform costs: one client, one card at a time, and what is left when the models' time is taken off."""

import http.client
import itertools
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.apis import ModelServer, model_server, ours
from benchmarks.cards import photos, post
from benchmarks.report import Report, table

WARM_UP = 10
MOST_P50_MS, MOST_P99_MS = 5.0, 15.0
# Stages of the answer's timing_ms: those that touch pixels of the photo, and those that wait for a model.
PIXELS, MODELS = ("decode", "warp"), ("cropper", "detector", "reader")


def measure(report: Report, store: Path, quick: bool) -> None:
    """End to end less the time in which models ran, as the model server counts it; decode and warp apart."""
    with model_server(store) as server, ours(server, FVI_WORKERS="1") as api:
        cards = _read_cards(server, api.card, 40 if quick else 400)[WARM_UP:]
    overhead = sorted(card["overhead"] for card in cards)
    quantiles = statistics.quantiles(overhead, n=100)
    rows = [(name, *_described([card.get(name, 0.0) for card in cards])) for name in _names(cards)]
    table(f"One client, {len(cards)} cards, milliseconds", ("part", "p50", "p99", "mean"), rows)
    report.figure("overhead_ms", {name: [card.get(name, 0.0) for card in cards] for name in _names(cards)})
    report.bar("api_overhead_p50_ms", quantiles[49], "<=", MOST_P50_MS)
    report.bar("api_overhead_p99_ms", quantiles[98], "<=", MOST_P99_MS)


def _names(cards: list[dict[str, float]]) -> list[str]:
    return ["end to end", "models", *PIXELS, "overhead", "HTTP", "gRPC", *_other_stages(cards)]


def _other_stages(cards: list[dict[str, float]]) -> list[str]:
    known = {"end to end", "models", "overhead", "HTTP", "gRPC", "total", *PIXELS, *MODELS}
    return sorted({name for card in cards for name in card} - known)


def _read_cards(server: ModelServer, card: str, count: int) -> list[dict[str, float]]:
    """Each card's parts in milliseconds: what the client saw, the models, the stages, and what is left."""
    url, field = card.split()
    address, found = urlsplit(url), []
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    for photo in itertools.islice(itertools.cycle(photos()), count):
        models = server.model_seconds()
        started = time.perf_counter()
        document = post(connection, address.path, field, photo)
        seconds = time.perf_counter() - started
        parts = {**document["timing_ms"], "end to end": 1000 * seconds}
        parts["models"] = 1000 * (server.model_seconds() - models)
        parts["overhead"] = parts["end to end"] - parts["models"] - sum(parts[name] for name in PIXELS)
        parts["HTTP"] = parts["end to end"] - parts["total"]
        parts["gRPC"] = sum(parts[name] for name in MODELS) - parts["models"]
        found.append(parts)
    connection.close()
    return found


def _described(values: list[float]) -> list[str]:
    quantiles = statistics.quantiles(values, n=100)
    return [f"{quantiles[49]:.2f}", f"{quantiles[98]:.2f}", f"{statistics.mean(values):.2f}"]

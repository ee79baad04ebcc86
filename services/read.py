"""`fvi-ocr read`: photos to a running API, answers to the terminal."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.image import BadImage, decode_image
from services.cli import CommandError


def run_file() -> Path:
    """Where a running `fvi-ocr up` leaves its address: a folder nobody else can write to."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or Path.home() / ".cache") / "fvi-ocr"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "up.json"


def read(
    images: Sequence[Path], url: str | None, output: str, annotate: Path | None, key_file: Path | None = None
) -> int:
    """Send each photo, print each answer as `table`, `json` or `jsonl`; 1 if any could not be read."""
    if annotate is not None and len(images) != 1:
        raise CommandError("--annotate draws one photo: name exactly one image")
    url = (url or str(announced("url", "an API with --url"))).rstrip("/")
    failed = 0
    with _client(url, key_file) as client:
        for image in images:
            data = _bytes_of(image)
            status, document = _post(client, data)
            failed += status != 200
            _print(image, status, document, output)
            if annotate is not None and status == 200:
                _write_annotated(data, document, annotate)
    return 1 if failed else 0


def _client(url: str, key_file: Path | None) -> httpx.Client:
    # In a file, for what is in arguments can be seen by everyone on the machine.
    headers = {"X-API-Key": _bytes_of(key_file).decode().strip()} if key_file else {}
    try:
        # A proxy of the environment is not meant for this machine, which httpx would ask it for.
        is_local = httpx.URL(url).host in ("127.0.0.1", "::1", "localhost")
        return httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=not is_local)
    except (httpx.InvalidURL, ValueError) as error:
        raise CommandError(f"{url} is no address: {error}") from None


def announced(key: str, instead: str) -> Any:
    """What a running `fvi-ocr up` says of itself: `url` of the API, `metrics` of all processes.

    Raises:
        CommandError: nothing is running; `instead` says what to name then.
    """
    try:
        return json.loads(run_file().read_text())[key]
    except (OSError, ValueError, KeyError):
        raise CommandError(f"nothing is running here: start `fvi-ocr up`, or name {instead}") from None


def _bytes_of(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise CommandError(f"{image}: {error.strerror}") from None


def _post(client: httpx.Client, data: bytes) -> tuple[int, dict[str, Any]]:
    try:
        answer = client.post("/v1/cards", content=data, headers={"Content-Type": "application/octet-stream"})
        return answer.status_code, answer.json()
    except (httpx.TransportError, httpx.UnsupportedProtocol) as error:
        raise CommandError(f"no answer from {client.base_url}: {error}") from None
    except ValueError:
        raise CommandError(f"{client.base_url} does not answer like this API: is the address right?") from None


def _print(image: Path, status: int, document: dict[str, Any], output: str) -> None:
    if output == "json":
        print(json.dumps(document, ensure_ascii=False, indent=2))
    elif output == "jsonl":
        print(json.dumps({"image": str(image), **document}, ensure_ascii=False))
    elif status == 200:
        _print_table(image, document)
    else:
        print(f"{image}: {document.get('detail', 'failed')} [{document.get('code', status)}]")


def _print_table(image: Path, document: dict[str, Any]) -> None:
    card, timing = document["card"], document["timing_ms"]
    title = f"{image.name}: {card['type']} {card['side']}, {timing['total']:.0f} ms"
    table = Table("field", "text", "value", "confidence", title=title, title_justify="left")
    for name, field in document["fields"].items():
        text, value = field["text"], field["value"] or "-"
        if name == "mrz":
            text = text.replace(" ", "\n")
        if name in ("mrz", "qr") and value == text:  # too wide to be there twice
            value = "as read"
        table.add_row(name, Text(text), Text(value), f"{field['confidence']:.2f}")
    console = Console()
    console.print(table)
    failed = [check["name"] for check in document["checks"] if check["result"] == "fail"]
    for line in (*document["warnings"], *(f"check failed: {name}" for name in failed)):
        console.print(f"  {line}", highlight=False)


def _write_annotated(data: bytes, document: dict[str, Any], path: Path) -> None:
    """The photo with the card outlined in red and every word in green."""
    try:
        picture = decode_image(data)[..., ::-1].copy()
    except BadImage as error:
        raise CommandError(str(error)) from None
    thickness = max(1, round(max(picture.shape) / 600))
    _outline(picture, document["card"]["corners"], (40, 40, 220), thickness * 2)
    for field in document["fields"].values():
        for word in field["words"] or [field]:  # a QR code has no words
            _outline(picture, word["polygon"], (60, 180, 60), thickness)
    try:
        written = cv2.imwrite(str(path), picture)
    except cv2.error:
        written = False
    if not written:
        raise CommandError(f"{path}: cannot be written; use a name that ends in .png or .jpg in a folder that exists")


def _outline(picture: np.ndarray, polygon: list[list[float]], colour: tuple[int, int, int], thickness: int) -> None:
    points = np.round(np.array(polygon)).astype(np.int32)
    cv2.polylines(picture, [points], isClosed=True, color=colour, thickness=thickness, lineType=cv2.LINE_AA)

"""The page at `/`, in a real Chromium, against the real application with a dictionary for a predictor."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import make_server

from services.api.app import create_app
from services.api.settings import Settings


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """serve(app) -> its address."""
    servers = []

    def start(app: Flask) -> str:
        servers.append(make_server("127.0.0.1", 0, app, threaded=True))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def url(serve, predictor) -> str:
    return serve(create_app(Settings(), predictor))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """visit(url, **context) -> the page there, in a browser that speaks English unless told otherwise. In the end:
    it asked nobody but its server, and reported no error but answers that were no success."""
    contexts, asked, reported = [], set(), []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            reported.append(message.text)

    def open_page(url: str, **options) -> Page:
        contexts.append(browser.new_context(**{"locale": "en-GB", **options}))
        contexts[-1].grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        page = contexts[-1].new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: reported.append(str(error)))
        page.on("request", lambda sent: asked.add(re.sub(r"^(blob:)?(https?://[^/]+).*", r"\2", sent.url)))
        page.goto(url)
        asked.discard(url)
        return page

    yield open_page
    urls = {re.match(r"https?://[^/]+", page.url)[0] for context in contexts for page in context.pages}
    for context in contexts:
        context.close()
    assert asked <= urls
    assert reported == []


@pytest.fixture
def jpeg(photo, tmp_path: Path) -> Path:
    path = tmp_path / "it's a card.jpg"
    path.write_bytes(photo())
    return path

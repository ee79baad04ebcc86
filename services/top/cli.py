"""`fvi-ocr top`: one frame after the other, until Ctrl-C."""

import argparse
import contextlib
import time
from collections.abc import Sequence
from typing import Protocol

import httpx
from rich.console import Console
from rich.live import Live

from services.cli import CommandError
from services.read import announced
from services.top import view
from services.top.asked import Asked
from services.top.figures import figures
from services.top.picture import Picture
from services.top.scraper import Scraper

_WINDOW_SECONDS = 10.0
_PROMETHEUS_WINDOW_SECONDS = 60.0  # two scrapes or more
_CONTROLLER = "127.0.0.1:8503"  # where one on this machine listens, unless told otherwise


class Source(Protocol):
    """Where pictures come from."""

    def look(self) -> Picture:
        """One of now."""

    def close(self) -> None:
        """Ends its connections."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, or for one frame.

    Raises:
        CommandError: there is nothing to look at; says what to do in one line.
    """
    arguments = _parser().parse_args(argv)
    window = arguments.window or (_PROMETHEUS_WINDOW_SECONDS if arguments.prometheus else _WINDOW_SECONDS)
    with contextlib.closing(_source(arguments, window)) as source:
        if arguments.once:
            return _once(source, arguments, window)
        with contextlib.suppress(KeyboardInterrupt):
            _watch(source, arguments.interval, window)
    return 0


def _once(source: Source, arguments: argparse.Namespace, window: float) -> int:
    """1 if nobody answers: for scripts."""
    if not arguments.prometheus:  # rates take two looks
        source.look()
        time.sleep(arguments.interval)
        window = arguments.interval
    picture = source.look()
    Console().print(view.frame(figures(picture), window))
    return 0 if picture.series else 1


def _watch(source: Source, interval: float, window: float) -> None:
    console = Console()
    if not console.is_terminal:
        while True:
            console.print(view.frame(figures(source.look()), window))
            time.sleep(interval)
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            live.update(view.frame(figures(source.look()), window), refresh=True)
            time.sleep(interval)


def _source(arguments: argparse.Namespace, window: float) -> Source:
    try:
        if arguments.prometheus:
            return Asked(arguments.prometheus, window, arguments.matchers)
        if arguments.urls:
            return Scraper(arguments.urls, window)
        return Scraper(announced("metrics", "an address of metrics"), window, optional=[_CONTROLLER])
    except (httpx.InvalidURL, ValueError) as error:
        raise CommandError(f"that is no address: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fvi-ocr top", description="What a running system does, from its own metrics.")
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="where /metrics is, of the API, agents, model servers and rollout controller: HOST:PORT, or with a path "
        "(default: those of the system that `fvi-ocr up` started here)",
    )
    parser.add_argument("--prometheus", metavar="URL", help="ask this Prometheus instead")
    parser.add_argument("--matchers", default="", help='with --prometheus: label matchers, such as namespace="ocr"')
    parser.add_argument("--once", action="store_true", help="print one frame, after one interval; 1 if nobody answers")
    parser.add_argument("--interval", type=_seconds, default=2.0, metavar="SECONDS", help="(default: %(default)s)")
    parser.add_argument(
        "--window",
        type=_seconds,
        metavar="SECONDS",
        help="how long rates and times look back (default: 10; with --prometheus 60, at least two scrapes)",
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError("must be above 0 and less than a day")
    return seconds

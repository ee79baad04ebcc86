"""Figures as a person sees them in a terminal."""

import math
import time

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.top.canary import Canary
from services.top.figures import Figures, Served, Times


def frame(seen: Figures, seconds: float) -> RenderableType:
    """Everything, as far as it is there. `seconds`: how long the rates and times looked back."""
    parts: list[RenderableType] = [_head(seen, seconds)]
    parts += [Text(f"! {trouble}", style="bold red") for trouble in seen.troubles]
    if "API" in seen.tiers:
        parts += [Text(), _requests(seen)]
    for headers, rows in (
        (("route",), seen.routes),
        (("stage",), seen.stages),
        (("model", "version", "label"), seen.calls),
    ):
        if rows:
            parts += [Text(), _times(headers, rows)]
    if seen.served:
        parts += [Text(), _served(seen.served)]
    for canary in seen.canaries:
        parts += [Text(), _canary(canary)]
    return Group(*parts)


def _head(seen: Figures, seconds: float) -> Text:
    head = Text("fvi-ocr", style="bold")
    head.append(f"  {time.strftime('%H:%M:%S', time.localtime(seen.at))}, last {seconds:g} s", style="not bold")
    for tier, count in seen.tiers.items():
        head.append(f"  {count} {tier}{'' if count == 1 else 's'}", style="not bold")
    return head


def _requests(seen: Figures) -> Text:
    line = Text(f"{seen.requests:.1f} requests/s, {seen.in_flight:.0f} in flight, ")
    failed = seen.failed / seen.requests if seen.requests else 0.0
    refused = seen.refused / seen.requests if seen.requests else 0.0
    line.append(f"{failed:.2%} failed", style="bold red" if failed else "")
    line.append(f", {refused:.2%} refused")
    if seen.codes:
        line.append(f"  ({', '.join(f'{code} {rate:.2g}/s' for code, rate in seen.codes[:5])})")
    return line


def _times(headers: tuple[str, ...], rows: tuple[Times, ...]) -> Table:
    table = _table(headers, ("per second", "p50 ms", "p99 ms"))
    for row in rows:
        table.add_row(*row.name, f"{row.per_second:.1f}", _milliseconds(row.p50), _milliseconds(row.p99))
    return table


def _served(served: tuple[Served, ...]) -> Table:
    table = _table(("replica", "model", "version", "label", "state"))
    for each in served:
        style = "" if each.state == "AVAILABLE" else "yellow"
        table.add_row(each.replica, each.model, each.version, each.label or "-", each.state, style=style)
    return table


def _canary(canary: Canary) -> RenderableType:
    head = Text(f"canary of {canary.model}", style="bold")
    if canary.versions:
        head.append(f" {canary.versions}")
    head.append(f": {canary.phase or 'no controller is asked'}", style="not bold cyan" if canary.phase else "not bold")
    if canary.traffic is not None:
        head.append(f", should answer {canary.traffic:g} % of the cards", style="not bold")
    if canary.answered is not None:
        head.append(f", answers {canary.answered:.0%} of the calls", style="not bold")
    if not canary.measures:
        return head
    table = _table(("measure",), ("pairs", "worse", "better", "of harm", "of no harm"))
    for each in canary.measures:
        pairs = each.same + each.worse + each.better
        counts = (f"{count:.0f}" for count in (pairs, each.worse, each.better))
        table.add_row(each.name, *counts, _evidence(each.of_harm, "red"), _evidence(each.of_no_harm, "green"))
    return Group(head, table)


def _evidence(share: float | None, style: str) -> Text:
    """What there is of what is needed."""
    return Text("-") if share is None else Text(f"{max(0.0, share):.0%}", style=style if share >= 1 else "")


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return "over" if math.isinf(seconds) else f"{seconds * 1000:.0f}"


def _table(names: tuple[str, ...], numbers: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table

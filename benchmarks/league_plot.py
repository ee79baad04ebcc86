"""The league as a picture."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.league_scores import ALL
from benchmarks.league_table import Setting, Standing
from models.card import FIELDS


def plot(settings: Mapping[str, Setting], file: Path) -> None:
    """A row for each setting: fields exact with intervals, and all fields exact against CPU time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4 * len(settings)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(settings), 2, width_ratios=(3, 1), squeeze=False)
    colours: dict[str, str] = {}
    for (left, right), (title, found) in zip(axes, settings.items(), strict=True):
        for one in (found.ours, *found.peers):
            colours.setdefault(one.name, f"C{len(colours)}")
        _bars(left, title, found, colours)
        _costs(right, found, colours)
    figure.savefig(file, dpi=80, metadata={"Software": None})


def _bars(axes, title: str, found: Setting, colours: Mapping[str, str]) -> None:  # type: ignore[no-untyped-def]
    fields = [field for field in (*FIELDS, ALL) if field in found.ours.counts]
    everybody = [found.ours, *found.peers]
    for number, one in enumerate(everybody):
        shares = [one.share(field, "exact") for field in fields]
        values = np.array([share.value for share in shares])
        reach = [values - [share.low for share in shares], [share.high for share in shares] - values]
        x = np.arange(len(fields)) + (number - (len(everybody) - 1) / 2) * 0.8 / len(everybody)
        style = {"color": colours[one.name], "label": one.name, "error_kw": {"lw": 0.8}}
        axes.bar(x, values, 0.8 / len(everybody), yerr=np.maximum(0, reach), **style)
    axes.set(title=title, ylabel="exact", ylim=(0, 1.02))
    axes.set_xticks(range(len(fields)), [field.replace("_", "\n") for field in fields], fontsize=8)
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=len(everybody))


def _costs(axes, found: Setting, colours: Mapping[str, str]) -> None:  # type: ignore[no-untyped-def]
    everybody = [found.ours, *found.peers]
    for one in everybody:
        _point(axes, one, colours[one.name])
    costs = [one.cpu_ms for one in everybody]
    axes.set(xlabel="CPU ms a card, one core", ylabel="all fields: exact", xscale="log", ylim=(0, 1.02))
    axes.set(xlim=(min(costs) / 2, 8 * max(costs)))  # names stand to the right
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")


def _point(axes, one: Standing, colour: str) -> None:  # type: ignore[no-untyped-def]
    exact = one.share(ALL, "exact")
    reach = [[exact.value - exact.low], [exact.high - exact.value]]
    axes.errorbar([one.cpu_ms], [exact.value], yerr=reach, fmt="o", color=colour)
    axes.annotate(one.name, (one.cpu_ms, exact.value), fontsize=7, xytext=(4, 4), textcoords="offset points")

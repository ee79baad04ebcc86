"""Pictures of dashboards for docs/, drawn by matplotlib from what a live Prometheus said. They are not Grafana's."""

import io
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LinearLocator, MaxNLocator
from PIL import Image

from scripts.dashboards.live import Answer, Series
from scripts.dashboards.panel import Board, Kind, Panel, Row

_COLUMNS, _INCHES, _DPI = 24, (0.5, 0.29), 80
_COLOURS = colormaps["tab20"](range(20))
_LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MOST_NAMES = 10


def draw(answers: Sequence[Answer], folder: Path) -> None:
    """A picture of each dashboard as it is before anything is unfolded, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for board in dict.fromkeys(answer.board for answer in answers):
        file = folder / f"{board.uid}.webp"
        said = {panel: [each for each in answers if each.panel is panel] for panel in board.panels()}
        _draw_board(board, said).save(file, "WEBP", quality=45, method=6)
        print(f"{file.name}: {file.stat().st_size // 1000} kB")


def _draw_board(board: Board, said: dict[Panel, list[Answer]]) -> Image.Image:
    rows = [row for row in board.rows if not row.folded]
    headings, places, height = _places(rows)
    wide, high = _COLUMNS * _INCHES[0], height * _INCHES[1]
    figure = Figure(figsize=(wide, high))
    FigureCanvasAgg(figure)
    figure.text(0.008, 1 - 0.5 / height, board.title, fontsize=13, weight="bold", va="center")
    for title, top in headings:
        figure.text(0.008, 1 - (top + 0.5) / height, title, fontsize=10, color="0.35", weight="bold", va="center")
    for panel, (left, top) in places.items():
        # Room for the title above, the numbers beside, and the legend below.
        beside = 1.3 if panel.kind is Kind.LINES else 2.2 if panel.kind in (Kind.STATES, Kind.HEATMAP) else 0.4
        box = (
            left + beside,
            top + 1.3,
            panel.width - beside - 0.3,
            panel.height - (3.1 if panel.kind is Kind.LINES else 1.9),
        )
        axes = figure.add_axes((box[0] / _COLUMNS, 1 - (box[1] + box[3]) / height, box[2] / _COLUMNS, box[3] / height))
        axes.set_title(panel.title, fontsize=8, loc="left", weight="bold")
        if _named(said[panel]):
            _DRAWERS[panel.kind](axes, panel, said[panel])
        else:
            axes.set_axis_off()
            axes.text(0.02, 0.6, panel.needs or "Nothing in this time.", fontsize=7, style="italic", color="0.4")
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=_DPI)
    return Image.open(buffer).convert("RGB")


def _places(rows: Sequence[Row]) -> tuple[list[tuple[str, float]], dict[Panel, tuple[float, float]], float]:
    """Headings with their tops, left and top of each panel in Grafana's grid, and the whole height."""
    headings: list[tuple[str, float]] = []
    places: dict[Panel, tuple[float, float]] = {}
    top = 1.2
    for row in rows:
        headings.append((row.title, top))
        top, left, tallest = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > _COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            places[panel] = (left, top)
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest
    return headings, places, top


def _name(answer: Answer, series: Series) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: series.labels.get(found[1], ""), answer.query.legend).strip()


def _named(answers: Sequence[Answer]) -> list[tuple[str, Series]]:
    return [(_name(answer, series), series) for answer in answers for series in answer.series if series.is_finite]


def _said(value: float, unit: str) -> str:
    """A value as a person reads it."""
    if unit == "percentunit":
        return f"{100 * value:,.0f} %" if abs(value) >= 10 or abs(value) < 1e-4 else f"{100 * value:.3g} %"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{1000 * value:.3g} ms"
    for size, letter in _LARGE:
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}{'' if unit in ('short', 'none') else _SAID.get(unit, unit)}"
    return f"{value:.3g} {_SAID.get(unit, unit)}".strip()


_SAID = {"short": "", "none": "", "reqps": "/s", "cps": "/s", "ops": "/s", "bytes": "B", "percent": "%"}


def _lines(axes: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    named = _named(answers)
    if panel.stack and named:
        _stack(axes, named)
    else:
        for number, (name, series) in enumerate(named):
            times, values = _points(series)
            axes.plot(times, values, lw=1, color=_COLOURS[2 * number % 20 + number // 10 % 2], label=name)
    for limit, colour in panel.limits:
        axes.axhline(limit, color=colour, lw=0.8, ls="--")
    if not panel.signed:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _said(value, panel.unit)))
    _time_axis(axes)
    axes.grid(color="0.9", lw=0.5)
    handles, names = axes.get_legend_handles_labels()
    if len(names) > _MOST_NAMES:
        handles, names = (
            handles[: _MOST_NAMES - 1],
            [*names[: _MOST_NAMES - 2], f"… and {len(names) - _MOST_NAMES + 2}"],
        )
    columns = max(1, min(len(names), panel.width // 3 + 1))
    axes.legend(
        handles,
        names,
        fontsize=5.5,
        ncols=columns,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(-0.04, -0.1),
        handlelength=1,
        columnspacing=0.8,
        labelspacing=0.2,
    )


def _stack(axes: Axes, named: Sequence[tuple[str, Series]]) -> None:
    times = sorted({at for _, series in named for at, _ in series.points})
    found = [dict(series.points) for _, series in named]
    values = np.nan_to_num([[each.get(at, 0.0) for at in times] for each in found])
    colours = [_COLOURS[2 * number % 20 + number // 10 % 2] for number in range(len(named))]
    axes.stackplot(_clock(times), values, labels=[name for name, _ in named], colors=colours, alpha=0.75)


def _points(series: Series) -> tuple[list[datetime], list[float]]:
    return _clock([at for at, _ in series.points]), [value for _, value in series.points]


def _clock(times: Sequence[float]) -> list[datetime]:
    return [datetime.fromtimestamp(at, UTC) for at in times]


def _time_axis(axes: Axes) -> None:
    axes.xaxis.set_major_locator(LinearLocator(4))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M:%S"))
    axes.tick_params(labelsize=6, length=2)
    axes.set_xmargin(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _number(axes: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    axes.set_axis_off()
    named = _named(answers)
    for number, (name, series) in enumerate(named):
        value = [value for _, value in series.points if math.isfinite(value)][-1]
        colour = next((colour for limit, colour in reversed(panel.limits) if value >= limit), "green")
        value = round(value) if panel.unit == "short" else value
        axes.text(
            0.5,
            1 - (number + 0.45) / len(named),
            _said(value, panel.unit),
            fontsize=17,
            color=colour,
            ha="center",
            va="center",
        )
        if len(panel.queries[0].labels):
            axes.text(0.5, 0.95 - (number + 0.9) / len(named), name, fontsize=6, ha="center")


def _table(axes: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    axes.set_axis_off()
    labels = re.findall(r"\{\{(\w+)\}\}", panel.queries[0].legend)
    last = [
        each for _, each in _named(answers) if each.points[-1][0] >= max(s.points[-1][0] for _, s in _named(answers))
    ]
    cells = [[*(each.labels.get(label, "") for label in labels), f"{each.points[-1][1]:g}"] for each in last]
    made = axes.table(
        sorted(cells)[:9], colLabels=[*labels, "count"], loc="upper left", cellLoc="left", edges="horizontal"
    )
    made.auto_set_font_size(False)
    made.set_fontsize(6.5)


def _states(axes: Axes, _: Panel, answers: Sequence[Answer]) -> None:
    named = _named(answers)
    for number, (_, series) in enumerate(named):
        times = _clock([at for at, value in series.points if math.isfinite(value)])
        axes.plot(times, [number] * len(times), "s", color="tab:blue", ms=5)
    axes.set_yticks(range(len(named)), [name for name, _ in named])
    _time_axis(axes)


def _heatmap(axes: Axes, panel: Panel, answers: Sequence[Answer]) -> None:
    found = sorted(
        ((float(series.labels["le"]), dict(series.points)) for series in answers[0].series), key=lambda e: e[0]
    )
    times = sorted({at for _, points in found for at in points})
    below = np.nan_to_num([[points.get(at, 0.0) for at in times] for _, points in found])
    each = np.diff(below, axis=0, prepend=0)
    axes.pcolormesh(_clock(times), range(len(found) + 1), each[:, :-1], cmap="Blues")
    axes.set_yticks(range(1, len(found) + 1, 2), [_said(le, panel.unit) for le, _ in found][::2])
    _time_axis(axes)


_DRAWERS = {Kind.LINES: _lines, Kind.NUMBER: _number, Kind.TABLE: _table, Kind.STATES: _states, Kind.HEATMAP: _heatmap}

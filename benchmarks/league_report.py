"""What came of the league: tables for people, bars and figures for machines, docs/league.md and its plot."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.league_run import Reader
from benchmarks.league_scores import ALL, Share
from benchmarks.league_table import Setting, Standing, setting, standing
from benchmarks.report import Report, table, write_between
from models.card import FIELDS

MARKS = ("<!-- measured: make league -->", "<!-- end of measured -->")
TITLES = {"card": "The whole card, laid flat from its true corners", "lines": "The true lines of each field"}


@dataclass(frozen=True)
class League:
    """All readers, with what they read."""

    ours: Reader
    peers: Sequence[Reader]

    def setting(self, name: str) -> Setting:
        """The standings in "card" or "lines"."""
        return setting(self.ours, self.peers, name)


@dataclass(frozen=True)
class Table:
    """Rows under headers, for a screen or for Markdown."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def markdown(self) -> str:
        """The title as a heading, then the table."""
        lines = [self.headers, ("---",) * len(self.headers), *self.rows]
        return "\n".join([f"### {self.title}\n", *(f"| {' | '.join(line)} |" for line in lines)])


def show(report: Report, league: League) -> None:
    """Print the tables, keep the figures, and hold ours to the bars."""
    for shown in tables(league):
        table(shown.title, shown.headers, shown.rows)
    report.figure("versions", {reader.name: reader.versions for reader in (league.ours, *league.peers)})
    report.figure("ours_photo", _figures(standing(league.ours, "photo")))
    for name in TITLES:
        found = league.setting(name)
        for one in (found.ours, *found.peers, found.mix):
            report.figure(f"{name}_{one.name}", _figures(one))
        report.figure(f"{name}_taken_from", found.taken_from)
        for field in _fields(found):
            report.bar(f"league_{name}_{field}_lead", found.ours.lead(field, found.mix).value, ">=", 0)
        report.bar(f"league_{name}_cpu_ratio", found.ours.cpu_ms / found.rival().cpu_ms, "<=", 1)


def write(league: League, file: Path, what: str) -> None:
    """What was read, and the tables, between the marks of `file`, and the plot beside it."""
    from benchmarks.league_plot import plot

    parts = [
        what,
        *(one.markdown() for one in tables(league)),
        f"![The same as a picture]({file.stem}.png)",
    ]
    write_between(file, MARKS, "\n\n".join(parts))
    plot({title: league.setting(name) for name, title in TITLES.items()}, file.with_suffix(".png"))


def tables(league: League) -> list[Table]:
    """Everything worth reading."""
    found = []
    for name, title in TITLES.items():
        here = league.setting(name)
        everybody = [here.ours, *here.peers, here.mix]
        photo = replace(standing(league.ours, "photo"), name="ours, from the photo itself")
        found.append(_summary(title, [photo, *everybody] if name == "card" else everybody))
        found.append(_exact(f"{title}: fields exact", here, everybody))
        found.append(_errors(f"{title}: CER / CER without diacritics", here, everybody))
    versions = [
        (one.name, ", ".join(f"{package} {version}" for package, version in one.versions.items()))
        for one in (league.ours, *league.peers)
    ]
    return [
        *found,
        Table("What each reader is made of, ours by the digest of its weights", ("reader", "versions"), versions),
    ]


def _summary(title: str, everybody: list[Standing]) -> Table:
    headers = (
        "reader",
        "fields exact",
        "values exact",
        "CER",
        "CER without diacritics",
        "CPU ms a card",
        "MiB at most",
    )
    rows = [
        (
            one.name,
            _percent(one.share(ALL, "exact")),
            _percent(one.share(ALL, "value")),
            _percent(one.share(ALL, "edits", "letters")),
            _percent(one.share(ALL, "bare_edits", "letters")),
            f"{one.cpu_ms:.0f}",
            f"{one.peak_mib:.0f}",
        )
        for one in everybody
    ]
    return Table(title, headers, rows)


def _exact(title: str, here: Setting, everybody: list[Standing]) -> Table:
    rows = []
    for field in _fields(here):
        count = int(here.ours.counts[field][:, 0].sum())
        shares = (_percent(one.share(field, "exact")) for one in everybody)
        rows.append(
            (f"`{field}`", str(count), *shares, here.taken_from[field], _points(here.ours.lead(field, here.mix)))
        )
    headers = ("field", "n", *(one.name for one in everybody), "the mix takes", "our lead over the mix, points")
    return Table(title, headers, rows)


def _errors(title: str, here: Setting, everybody: list[Standing]) -> Table:
    rows = []
    for field in _fields(here):
        cells = (
            f"{one.share(field, 'edits', 'letters').value:.2%} / {one.share(field, 'bare_edits', 'letters').value:.2%}"
            for one in everybody
        )
        rows.append((f"`{field}`", *cells))
    return Table(title, ("field", *(one.name for one in everybody)), rows)


def _fields(here: Setting) -> list[str]:
    return [field for field in FIELDS if field in here.taken_from]


def _percent(one: Share) -> str:
    return f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"


def _points(one: Share) -> str:
    return f"{100 * one.value:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})"


def _figures(one: Standing) -> dict[str, object]:
    fields = {
        field: {
            "exact": asdict(one.share(field, "exact")),
            "value": asdict(one.share(field, "value")),
            "cer": asdict(one.share(field, "edits", "letters")),
            "cer_without_diacritics": asdict(one.share(field, "bare_edits", "letters")),
        }
        for field in one.counts
    }
    return {"cpu_ms": one.cpu_ms, "peak_mib": one.peak_mib, "fields": fields}

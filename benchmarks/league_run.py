"""Runs the readers of the league, each in a process of its own, and turns what they answer into readings."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.league_cards import Case
from benchmarks.league_parser import fields_of, finish
from benchmarks.league_scores import Reading
from benchmarks.venvs import ROOT, locked_venv
from models import mrz
from models.geometry import RECTIFIED_SIZE
from models.values import value_of

OURS = "ours"
# Peer -> what it is called in tables; the names are those of benchmarks.league_engines.
PEERS = {
    "tesseract": "Tesseract",
    "rapidocr": "rapidocr",
    "asterocr": "asterocr",
    "tesseract-on-boxes": "Tesseract, rapidocr's boxes",
}


@dataclass(frozen=True)
class Run:
    """What one reader did with all cards in one setting: "photo", "card" or "lines"."""

    readings: list[dict[str, Reading]]  # one for each card
    cpu_ms: list[float]


@dataclass(frozen=True)
class Reader:
    """A reader, its runs by setting, the most memory it held and the versions of what it is made of."""

    name: str
    runs: dict[str, Run]
    peak_mib: float
    versions: dict[str, str]


def run_ours(store: Path, folder: Path, cases: Sequence[Case]) -> Reader:
    """Ours, over the exported models of `store`."""
    answers = _answers(sys.executable, "benchmarks.league_ours", [str(store), str(folder)], folder, {})
    runs = {setting: our_run(cases, answers[setting]) for setting in ("photo", "card")}
    lines = Run(from_lines(cases, answers["lines"]["read"], tidy=False), answers["lines"]["cpu_ms"])
    return Reader(OURS, runs | {"lines": lines}, answers["peak_mib"], answers["versions"])


def run_peers(folder: Path, cases: Sequence[Case]) -> list[Reader]:
    """All peers.

    Raises:
        OSError, subprocess.CalledProcessError: they cannot be installed, for instance without a package index.
    """
    python = locked_venv("league", "450 MB")
    script = subprocess.run([ROOT / "scripts" / "tessdata"], check=True, capture_output=True, text=True)
    tessdata = Path(script.stdout.strip())
    data = {"tesseract-ocr-script-viet": (tessdata / "version").read_text().strip()}
    environ = {"FVI_LEAGUE_TESSDATA": str(tessdata)}
    return [_run_peer(peer, str(python), folder, cases, environ, data) for peer in PEERS]


def _run_peer(
    peer: str, python: str, folder: Path, cases: Sequence[Case], environ: Mapping[str, str], data: Mapping[str, str]
) -> Reader:
    answers = _answers(python, "benchmarks.league_engines", [peer, str(folder)], folder, environ)
    runs = {"card": parsed(cases, answers["card"])}
    if lines := answers.get("lines"):
        runs["lines"] = Run(from_lines(cases, lines["read"], tidy=True), lines["cpu_ms"])
    versions = answers["versions"] | (data if "tesserocr" in answers["versions"] else {})
    return Reader(PEERS[peer], runs, answers["peak_mib"], versions)


def parsed(cases: Sequence[Case], answers: Mapping[str, Any]) -> Run:
    """Fields found in what an engine read on whole cards; finding them costs CPU time, too."""
    readings, milliseconds = [], []
    for case, pieces, spent in zip(cases, answers["read"], answers["cpu_ms"], strict=True):
        started = time.process_time()
        fields = fields_of([(piece["text"], piece["box"]) for piece in pieces], *RECTIFIED_SIZE)
        milliseconds.append(spent + 1000 * (time.process_time() - started))
        readings.append({name: _reading(name, truth, fields.get(name, "")) for name, truth in case.fields.items()})
    return Run(readings, milliseconds)


def _answers(python: str, module: str, arguments: list[str], folder: Path, environ: Mapping[str, str]) -> Any:
    """What the process wrote; what it says is only shown where it fails: Leptonica complains of every second card."""
    file = folder / "answers.json"
    command = [python, "-m", module, *arguments, str(file)]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT), **environ}, capture_output=True, text=True
    )
    if ended.returncode:
        raise RuntimeError(f"{module} {arguments[0]} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return json.loads(file.read_text(encoding="utf-8"))


def our_run(cases: Sequence[Case], answers: Mapping[str, Any]) -> Run:
    """Our fields, with the values that we answer; what is missing was not read."""
    readings = []
    for case, card in zip(cases, answers["read"], strict=True):
        found = {name: card.get(name, {"text": "", "value": None}) for name in case.fields}
        readings.append(
            {
                name: Reading(truth, found[name]["text"], value_of(name, truth), found[name]["value"])
                for name, truth in case.fields.items()
            }
        )
    return Run(readings, answers["cpu_ms"])


def from_lines(cases: Sequence[Case], read: Sequence[Sequence[str]], tidy: bool) -> list[dict[str, Reading]]:
    """The lines of each field joined; with `tidy`, as the field parser would take them if there is anything to take."""
    readings = []
    for case, lines in zip(cases, read, strict=True):
        texts: dict[str, list[str]] = {}
        for name, line in zip(case.line_fields, lines, strict=True):
            texts.setdefault(name, []).append(line.replace(" ", "") if name == mrz.FIELD else line)
        joined = {name: " ".join(parts) for name, parts in texts.items()}
        readings.append(
            {
                name: _reading(name, truth, (tidy and finish(name, joined[name])) or joined[name])
                for name, truth in case.fields.items()
            }
        )
    return readings


def _reading(name: str, truth: str, text: str) -> Reading:
    return Reading(truth, text, value_of(name, truth), value_of(name, text))

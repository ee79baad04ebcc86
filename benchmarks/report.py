"""Tables for people, BAR lines and JSON for machines."""

import json
import operator
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

_OPERATORS = {"<=": operator.le, ">=": operator.ge}


class Report:
    """What a benchmark found: figures, and the bars they are held to."""

    def __init__(self, name: str, **conditions: Any) -> None:
        """`conditions`: whatever somebody needs to know to read the figures."""
        conditions |= {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
        self._result: dict[str, Any] = {"benchmark": name, "conditions": conditions, "figures": {}, "bars": {}}

    def figure(self, name: str, value: Any) -> None:
        """Keep a figure for the JSON."""
        self._result["figures"][name] = value

    def bar(self, name: str, value: float, op: str, limit: float) -> None:
        """Hold a figure to a limit; `op` is "<=" or ">="."""
        passed = bool(_OPERATORS[op](value, limit))
        self._result["bars"][name] = {"value": value, "op": op, "limit": limit, "passed": passed}
        print(f"BAR {name} {value:.3f} {op} {limit:g} {'PASS' if passed else 'FAIL'}", flush=True)

    def finish(self, file: Path | None) -> int:
        """Write the JSON, if wanted. Returns the exit status: 1 if a bar was missed."""
        if file is not None:
            file.write_text(json.dumps(self._result, indent=1) + "\n", encoding="utf-8")
        return 0 if all(bar["passed"] for bar in self._result["bars"].values()) else 1


def write_between(file: Path, marks: tuple[str, str], text: str) -> None:
    """Put `text` between the two marks of a document, in place of what is there.

    Raises:
        ValueError: the document has not both marks once.
    """
    document = file.read_text(encoding="utf-8")
    head, start, rest = document.partition(marks[0])
    _, end, tail = rest.partition(marks[1])
    if not (start and end) or document.count(marks[0]) > 1:
        raise ValueError(f"{file} has not `{marks[0]}` and then `{marks[1]}`: put both where the tables belong")
    file.write_text(f"{head}{start}\n\n{text}\n\n{end}{tail}", encoding="utf-8")


def publish(
    rows: Iterable[Any], text: str, json_file: Path | None, document: Path | None, marks: tuple[str, str]
) -> None:
    """Print the text, and put it between the marks of a document; keep the rows, of a dataclass, as JSON: if wanted."""
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(text)
    if document is not None:
        write_between(document, marks, text)


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title, the first column to the left, the others to the right."""
    cells = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    print(f"\n{title}")
    for row in cells:
        aligned = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *aligned[1:]]).rstrip())
    print(flush=True)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median and, in brackets, the least and the most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"

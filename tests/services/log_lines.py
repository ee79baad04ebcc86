"""What docs/logs.md says of the lines of our logs, and whether a line is so."""

import re
from functools import cache
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(\w+)` \| ([\w ]+) \|(?: ([\w ',]+) \|)?", re.MULTILINE)
_MESSAGE = re.compile(r"^\| `([^`]+)` \| (info|warning|error) \| (.*) \|$", re.MULTILINE)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "string or null": lambda value: value is None or isinstance(value, str),
    "array of strings": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "object of numbers": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
}


@cache
def section(name: str) -> dict[str, tuple[str, str]]:
    """Member -> (type, when) of a section."""
    text = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    return {member: (kind, when) for member, kind, when in _ROW.findall(text)}


@cache
def messages() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Message -> (level, members) of the API's other lines."""
    return {text: (level, tuple(re.findall(r"`(\w+)`", members))) for text, level, members in _MESSAGE.findall(PAGE)}


def check(line: dict[str, Any]) -> None:
    """Fails unless the page says all of this line, and the line all that the page says of each such line."""
    known = dict(section("Every line"))
    if line.get("logger") == "fvi.api" and line["message"] == "request":
        known |= section("Requests")
    elif line.get("logger") == "fvi.api":
        level, members = messages()[line["message"]]
        assert line["level"] == level, line
        others = section("Other lines of the API")
        known |= {member: (others[member][0], "always") for member in members if member in others}
    for member, value in line.items():
        assert _IS[known[member][0]](value), (member, value)
    missing = {member for member, (_, when) in known.items() if when == "always"} - set(line)
    assert not missing, (missing, line)

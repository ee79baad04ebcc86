import re
from pathlib import Path

from services.top.cli import _parser

PAGE = (Path(__file__).parents[3] / "docs" / "top.md").read_text(encoding="utf-8")


def test_the_documented_flags_are_those_there_are() -> None:
    there = {flag for action in _parser()._actions for flag in action.option_strings if flag.startswith("--")}
    assert set(re.findall(r"^\| `(--[a-z]+)`", PAGE, re.MULTILINE)) == there - {"--help"}

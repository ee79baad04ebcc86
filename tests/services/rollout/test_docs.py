"""docs/rollout.md and docs/metrics.md say what there is."""

import re
from pathlib import Path

import pytest
import yaml

from models.oracles import MEASURES
from services.rollout import cli
from services.rollout.__main__ import _parser, main
from services.rollout.metrics import Metrics
from services.rollout.policy import RolloutPolicy
from services.rollout.state import Phase

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "rollout.md").read_text()


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [
        [cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in section.splitlines() if "| `" in line
    ]


def test_every_number_of_a_policy_is_documented_with_its_default() -> None:
    documented = {name: default for name, default, _ in rows("The numbers")}
    real = RolloutPolicy().to_mapping()
    assert documented.keys() == real.keys()
    assert documented.pop("measures") == "all four"
    assert len(MEASURES) == 4
    assert {name: yaml.safe_load(default) for name, default in documented.items()} == {
        name: value for name, value in real.items() if name != "measures"
    }


def test_every_flag_is_documented_with_its_default() -> None:
    documented = {flag.removeprefix("--"): default for flag, default, _ in rows("The controller")}
    flags = {action.dest: action.default for action in _parser()._actions if action.dest != "help"}
    assert documented == {flag: "" if default is None else str(default) for flag, default in flags.items()}


def test_every_phase_measure_and_verb_is_documented() -> None:
    verbs = ("start", "status", "pause", "resume", "promote", "abort", "history")
    assert set(cli._CHANGES) < set(verbs)
    for name in (*Phase, *MEASURES):
        assert f"`{name}`" in PAGE
    for verb in verbs:
        assert re.search(rf"\b{verb}\b", PAGE)


def test_every_metric_is_documented() -> None:
    page = (DOCS / "metrics.md").read_text().partition("## The rollout controller")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", page, re.MULTILINE)
    exported = [
        (f"{metric._name}_total" if metric._type == "counter" else metric._name, metric._type, metric._labelnames)
        for metric in Metrics().registry._collector_to_names
    ]
    assert {(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in documented} == set(exported)


@pytest.mark.parametrize(
    ("flags", "status", "told"),
    [
        (["--prometheus=http://127.0.0.1:9"], 2, "--namespace"),
        (["--prometheus=http://127.0.0.1:9", "--desired=x", "--golden=1"], 2, "--store"),
        (["--prometheus=http://127.0.0.1:9", "--desired=x", "--store=ftp://a/b"], 1, "a store is a folder"),
    ],
)
def test_a_controller_that_cannot_start_says_why_in_one_line(flags, status: int, told: str, capsys) -> None:
    assert main(flags) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line

"""The dashboards: as code, as files, as ConfigMaps, and as Grafana's own linter and schema see them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.dashboards.boards import BOARDS
from scripts.dashboards.panel import Needs, Panel, anchor
from tests.chart.rendering import CHART, ROOT, render

FILES = sorted(CHART.glob("dashboards/*.json"))
LINTER = ROOT / "tests" / "chart" / "dashboard-linter" / "lint.yaml"
SCHEMA = ROOT / "tests" / "chart" / "grafana-schema"
PANELS = [pytest.param(panel, id=f"{board.uid}: {panel.title}") for board in BOARDS for panel in board.panels()]
# Of Prometheus itself, Kubernetes and NVIDIA.
FOREIGN = r"ALERTS|container_[a-z_]+|kube_[a-z_]+|DCGM_[A-Z_]+"


def test_the_files_are_as_make_dashboards_writes_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.dashboards", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def tool(name: str) -> str:
    """Where scripts/NAME has put it; skips the test where it was not built."""
    found = subprocess.run(
        [ROOT / "scripts" / name, "--path"], check=True, capture_output=True, text=True
    ).stdout.strip()
    if not Path(found).exists():
        pytest.skip(f"{name} is not here: scripts/{name} fetches or builds it")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_grafanas_linter_has_nothing_to_say(file: Path) -> None:
    command = [tool("dashboard-linter"), "lint", "--strict", "--config", LINTER, file]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def types_of(text: str, folder: Path) -> str:
    """What the compiler says about a dashboard as a value of Grafana's types."""
    there = Path(tool("grafana-schema"))
    for name in ("types.ts", "tsconfig.json"):
        (folder / name).write_text((SCHEMA / name).read_text())
    (folder / "node_modules").symlink_to(there / "node_modules")
    (folder / "dashboard.ts").write_text(f'import type {{ File }} from "./types";\nexport const file: File = {text}')
    compiler = there / "node_modules" / ".bin" / "tsc"
    return subprocess.run([compiler, "--project", folder], capture_output=True, text=True).stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_are_what_grafanas_schema_says(file: Path, tmp_path: Path) -> None:
    assert types_of(file.read_text(), tmp_path) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"type": "timeseries"', '"type": "lines"'),
        ('"mode": "multi"', '"mode": "many"'),
        ('"fillOpacity"', '"opacity"'),
        ('"refresh": 2', '"refresh": 3'),
    ],
)
def test_the_schema_refuses_what_grafana_does_not_know(right: str, wrong: str, tmp_path: Path) -> None:
    text = next(file for file in FILES if "overview" in file.name).read_text()
    assert right in text
    assert types_of(text.replace(right, wrong, 1), tmp_path) != ""


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_looks_at_one_namespace(panel: Panel) -> None:
    assert panel.description.endswith((".", "…"))
    for query in panel.queries:
        selectors = re.findall(r"[A-Za-z_:0-9]\{([^}]*)\}", query.expression)
        assert selectors
        assert all('namespace="$namespace"' in selector for selector in selectors), query.expression


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_for_metrics_that_exist(panel: Panel) -> None:
    documented = re.findall(r"^\| `([A-Za-z_:]+)`", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    suffixes = "(_bucket|_sum|_count)?"
    known = rf"({'|'.join(map(re.escape, documented))}){suffixes}|{FOREIGN}"
    if panel.needs is Needs.RULES:
        known = "|".join(recorded())
    for query in panel.queries:
        for name in re.findall(r"([A-Za-z_:0-9]+)\{", query.expression):
            assert re.fullmatch(known, name), name


def recorded() -> set[str]:
    """The series that the chart's rules record."""
    groups = render("everything").one("PrometheusRule", "rules")["spec"]["groups"]
    return {re.escape(rule["record"]) for group in groups for rule in group["rules"] if "record" in rule}


def test_links_lead_to_sections_of_the_runbook_and_to_dashboards() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    sections = {f"docs/runbook.md#{anchor(heading)}" for heading in headings}
    boards = {f"/d/{board.uid}" for board in BOARDS}
    links = [link["url"].partition("?")[0] for file in FILES for link in links_of(json.loads(file.read_text()))]
    assert len(links) > 50
    assert set(links) <= sections | boards


def links_of(whole: dict[str, Any]) -> list[dict[str, Any]]:
    panels = [each for panel in whole["panels"] for each in (panel, *panel.get("panels", []))]
    return [link for panel in panels for link in panel.get("links", [])]


def test_panels_are_told_apart_and_dashboards_lead_to_each_other() -> None:
    for board, file in zip(sorted(BOARDS, key=lambda board: board.uid), FILES, strict=True):
        whole = json.loads(file.read_text())
        titles = [panel.title for panel in board.panels()]
        assert len(set(titles)) == len(titles)
        numbers = [each["id"] for panel in whole["panels"] for each in (panel, *panel.get("panels", []))]
        assert len(set(numbers)) == len(numbers)
        assert whole["uid"] == file.stem
        assert whole["links"][0]["tags"] == whole["tags"]


def test_the_chart_brings_each_dashboard_in_a_config_map_for_the_sidecar() -> None:
    there = "https://wiki.example/runbook"
    objects = render("everything", f"monitoring.rules.runbookUrl={there}").all("ConfigMap")
    found = {name: each for each in objects for name in each["data"] if name.startswith("fvi-ocr-")}
    assert sorted(found) == [file.name for file in FILES]
    for file in FILES:
        metadata = found[file.name]["metadata"]
        assert metadata["labels"]["grafana_dashboard"] == "1"
        assert metadata["annotations"] == {"grafana_folder": "OCR"}
        text = found[file.name]["data"][file.name]
        assert json.loads(text) == json.loads(file.read_text().replace("docs/runbook.md", there))
        assert len(yaml.safe_dump(found[file.name])) < 900_000


def test_without_being_asked_for_there_are_no_dashboards() -> None:
    names = {name for each in render("minimal").all("ConfigMap") for name in each["data"]}
    assert not names & {file.name for file in FILES}


def test_there_is_a_small_picture_of_each() -> None:
    pictures = sorted(ROOT.glob("docs/dashboards/*"))
    assert [picture.name for picture in pictures] == [f"{file.stem}.webp" for file in FILES]
    assert sum(picture.stat().st_size for picture in pictures) < 300_000

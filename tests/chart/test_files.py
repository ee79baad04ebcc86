"""Files of the chart that follow from something else, and those that people read."""

import re
import subprocess
import sys
import tomllib

import yaml

from tests.chart.rendering import CHART, ROOT, arguments_of, run


def test_schema_table_and_specimen_are_as_make_chart_writes_them() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / "chart", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_chart_has_the_version_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert chart["appVersion"] == chart["version"] == project["version"]


def test_every_value_is_used_in_a_template() -> None:
    """A value that is documented and never rendered is the usual disease of charts."""
    templates = "".join(path.read_text() for path in CHART.glob("templates/**/*") if path.is_file())
    documented = re.findall(r"^\| `([A-Za-z.]+)`", (CHART / "README.md").read_text(), re.MULTILINE)
    assert len(documented) > 100
    for value in documented:
        last = value.rpartition(".")[2]
        assert re.search(rf"\.{last}\b|\"{last}\"", templates), value


def notes_of(values: str, *flags: str) -> str:
    """What Helm 4 prints after an installation; Helm 3 would want to see a cluster even for a dry run."""
    said = run("helm4", "install", "fvi-ocr", str(CHART), "--dry-run=client", *flags, *arguments_of(values))
    return said.partition("\nNOTES:\n")[2]


def test_the_notes_say_the_next_commands() -> None:
    notes = notes_of("everything", "--namespace", "cards")
    assert "kubectl -n cards wait --for=condition=Available --timeout=15m deployment/fvi-ocr-serving" in notes
    assert "helm -n cards test fvi-ocr --logs" in notes
    assert "https://ocr.example/" in notes
    assert "https://id.example/v1" in notes
    assert "Authorization: Bearer" in notes
    assert "Change `models` in the values and upgrade." in notes


def test_the_notes_tell_what_is_unusual() -> None:
    notes = notes_of("dev-embedded")
    assert "NO API KEY IS ASKED FOR" in notes
    assert "The model server is the embedded one" in notes
    notes = notes_of("minimal")
    assert "NO API KEY" not in notes
    assert "kubectl edit configmap fvi-ocr-desired-state" in notes


def test_the_notes_say_how_to_roll_a_reader_out() -> None:
    rollout = "fvi-ocr rollout --namespace cards"
    assert f"{rollout} start reader --version 2" in notes_of("rollout", "--namespace", "cards")
    named = f"{rollout} --desired-configmap cards-desired-state --state-configmap cards-rollout start"
    assert named in notes_of("service-monitor", "--namespace", "cards")

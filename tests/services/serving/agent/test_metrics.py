import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from services.serving.agent.metrics import Metrics, VersionState

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"


def used() -> Metrics:
    """Metrics of which each has been used once, so that each has a series."""
    metrics = Metrics()
    metrics.states([VersionState("reader", 2, "canary", "AVAILABLE")])
    metrics.pulled("reader", 1000, 0.7)
    metrics.pull_failure("reader", "corrupt_version")
    metrics.verification_failure("reader")
    metrics.load_failure("reader")
    metrics.step_failure()
    metrics.lag("reader", 1.5)
    metrics.ready(True)
    metrics.desired_state_ok(False)
    return metrics


def families(metrics: Metrics) -> dict[str, str]:
    """Name as it is scraped -> type."""
    found = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        found[family.name + ("_total" if family.type == "counter" else "")] = family.type
    return found


def test_the_docs_name_every_metric_with_its_type_and_nothing_else() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## The agent")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `(fvi_\w+)` \| (\w+) \|", section, re.MULTILINE))
    assert families(used()) == documented


def test_a_state_that_has_passed_has_no_series_any_more() -> None:
    metrics = used()
    metrics.states([VersionState("reader", 2, "stable", "END")])
    text = metrics.exposition().decode()
    assert 'state="END"' in text
    assert "AVAILABLE" not in text


def test_a_model_that_is_not_desired_any_more_has_no_lag() -> None:
    metrics = used()
    metrics.forget("reader")
    assert "convergence_lag_seconds{" not in metrics.exposition().decode()

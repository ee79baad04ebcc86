"""Alerts and recorded series: promtool takes them, each alert fires when it should and not otherwise, and is explained.

What makes each alert fire, and what does not, is in alerts/*.yaml, in the notation of promtool's unit tests: `0+2x30`
is 0, 2, 4, … 60; `1x30` is 1 for 31 samples; `_` is no sample. Series have the label namespace="cards" besides. It is
looked at `at` that time; samples and looks are `interval` (1m) apart.
"""

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.chart.rendering import CHART, ROOT, Manifest, render

CASES: dict[str, dict[str, Manifest]] = {
    path.stem: yaml.load(path.read_text(), yaml.BaseLoader)
    for path in sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
}
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
OF_OTHERS = re.compile(r"kube_\w+|certmanager_\w+|DCGM_\w+|up")


@functools.cache
def rules_file(*settings: str) -> str:
    """The file that a Prometheus without an operator reads."""
    rendered = render("minimal", "monitoring.rules.kind=configMap", *settings)
    text: str = rendered.one("ConfigMap", "rules")["data"]["fvi-ocr.rules.yaml"]
    return text


def test_every_alert_and_every_recorded_series_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(Fvi\w+)` \| (\w+) \| (\w*) ?\|", page, re.MULTILINE)
    assert rows == [(rule["alert"], rule["labels"]["severity"], rule.get("for", "")) for rule in rules("alert")]
    series = set(re.findall(r"^\| `(namespace[\w:<>]+)` \|", page, re.MULTILINE))
    windows = {each.removeprefix("fvi-ocr-slo-") for group in groups_of_rules() if "slo" in (each := group["name"])}
    assert {name.replace("<window>", window) for name in series for window in windows} == {
        rule["record"] for rule in rules("record")
    }


@functools.cache
def groups_of_rules() -> list[Manifest]:
    groups: list[Manifest] = yaml.safe_load(rules_file())["groups"]
    return groups


def rules(kind: str) -> list[Manifest]:
    """All rules that have the key `kind`, `alert` or `record`."""
    return [rule for group in groups_of_rules() for rule in group["rules"] if kind in rule]


def promtool(*arguments: str | Path) -> str:
    """What promtool prints. Fails the test where it finds a fault; skips it where there is no promtool."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not here: scripts/prometheus installs Debian's package prometheus, which has it")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rules_file())
    assert "SUCCESS" in promtool("check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yaml")


def test_the_operator_gets_the_same_rules() -> None:
    custom = render("minimal", "monitoring.rules.kind=prometheusRule").one("PrometheusRule", "rules")
    assert custom["spec"] == yaml.safe_load(rules_file())


def test_no_rules_are_made_unless_they_are_asked_for() -> None:
    assert not [each for each in render("minimal").objects if each["metadata"]["name"].endswith("-rules")]


def test_everything_in_angle_brackets_is_filled_in() -> None:
    assert not re.findall(r"<\w+>", rules_file())


def test_thresholds_come_from_the_values() -> None:
    text = rules_file("monitoring.rules.latencySeconds=1", "monitoring.rules.namespace=other")
    assert 'le="1.0"' in text
    assert 'le="2.5"' not in text
    assert 'namespace="cards"' not in text


def test_only_latencies_that_are_counted_can_be_objectives() -> None:
    """A bucket that is not there would silence the objective."""
    from services.api.metrics import Metrics

    allowed = yaml.safe_load((CHART / "values.schema.json").read_text())["properties"]["monitoring"]["properties"]
    buckets = set(Metrics().request_seconds._kwargs["buckets"])
    assert set(allowed["rules"]["properties"]["latencySeconds"]["enum"]) <= buckets


def test_objectives_are_about_every_route_that_takes_images() -> None:
    from services.api.app import create_app
    from services.api.settings import Settings

    app = create_app(Settings(compat_fpt=True), predictor=None)
    routes = {rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    (selector,) = set(re.findall(r'fvi_api_requests_total{namespace="cards", route=~"(\S+)"}\[5m', rules_file()))
    assert len(routes) >= 6
    assert [route for route in routes if not re.fullmatch(selector, route)] == []


def test_images_that_fail_are_counted_by_the_codes_of_our_errors() -> None:
    from services.api import errors

    ours = {each.code for each in vars(errors).values() if isinstance(each, type) and getattr(each, "status", 0) >= 500}
    (alert,) = [rule for rule in rules("alert") if rule["alert"] == "FviImagesOfBatchesFail"]
    pattern = re.search(r'code=~"(\S+?)"', alert["expr"])[1]
    assert {code for code in ours if not re.fullmatch(pattern, code)} == {"draining"}  # of readiness only


@pytest.mark.parametrize("name", [alert for cases in CASES.values() for alert in cases])
def test_an_alert_says_how_bad_what_and_where_to_read_on(name: str) -> None:
    (alert,) = [rule for rule in rules("alert") if rule["alert"] == name]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert page == "docs/runbook.md"
    assert anchor in {anchor_of(heading) for heading in re.findall(r"^## (.*)$", RUNBOOK, re.MULTILINE)}
    section = RUNBOOK.partition(f"\n## {heading_of(anchor)}\n")[2].partition("\n## ")[0]
    assert alert["alert"] in section


def test_texts_write_small_numbers_as_people_do() -> None:
    """`humanize` makes `20m` of 0.02, and half a day `500m days`."""
    assert not re.findall(r".*\| *humanize *\}.*", rules_file())


def anchor_of(heading: str) -> str:
    """As GitHub and GitLab make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def heading_of(anchor: str) -> str:
    return next(each for each in re.findall(r"^## (.*)$", RUNBOOK, re.MULTILINE) if anchor_of(each) == anchor)


def test_rules_look_at_metrics_that_exist() -> None:
    documented = set(re.findall(r"^\| `([\w:]+)`", METRICS, re.MULTILINE))
    recorded = {rule["record"] for rule in rules("record")}
    for rule in rules("alert") + rules("record"):
        for name in re.findall(r"([\w:]+)\{", rule["expr"]):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            assert {name, base} & (documented | recorded) or OF_OTHERS.fullmatch(name), name


def test_every_alert_has_a_case_and_each_file_is_of_one_group() -> None:
    groups = [
        (group["name"], [rule["alert"] for rule in group["rules"] if "alert" in rule]) for group in groups_of_rules()
    ]
    assert {name: alerts for name, alerts in groups if alerts} == {
        f"fvi-ocr-{name}": list(cases) for name, cases in CASES.items()
    }
    assert all(case["fires"] and case["quiet"] for cases in CASES.values() for case in cases.values())


@pytest.mark.parametrize("alert", [alert for cases in CASES.values() for alert in cases])
def test_an_alert_fires_when_it_should_and_not_otherwise(alert: str, tmp_path: Path) -> None:
    (case,) = [cases[alert] for cases in CASES.values() if alert in cases]
    interval = case.get("interval", "1m")
    groups = _needed_by(alert)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    document = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": interval,
        "group_eval_order": [group["name"] for group in groups],  # else in any: a look may be at stale samples
        "tests": [
            {
                "name": f"{alert}: {what}",
                "interval": interval,
                "input_series": [{"series": _whole(name), "values": values} for name, values in series.items()],
                "promql_expr_test": [_look(alert, case, fires=kind == "fires")],
            }
            for kind in ("fires", "quiet")
            for what, series in case[kind].items()
        ],
    }
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(document))
    promtool("test", "rules", tmp_path / "tests.yaml")


def _needed_by(alert: str) -> list[Manifest]:
    """The groups with the rules that an alert looks at, however indirectly: with all of them promtool takes minutes."""
    expressions = {rule.get("alert", rule.get("record")): "" for rule in rules("alert") + rules("record")}
    for rule in rules("alert") + rules("record"):
        expressions[rule.get("alert", rule.get("record"))] += rule["expr"]
    needed, left = set[str](), {alert}
    while left:
        text = expressions[name := left.pop()]
        needed.add(name)
        left |= {each for each in expressions if f"{each}{{" in text} - needed
    groups = [
        {**group, "rules": [rule for rule in group["rules"] if rule.get("alert", rule.get("record")) in needed]}
        for group in groups_of_rules()
    ]
    return [group for group in groups if group["rules"]]


def _whole(series: str) -> str:
    """With the label `namespace`, where it has none."""
    if "namespace=" in series:
        return series
    name, _, labels = series.partition("{")
    return f'{name}{{namespace="cards", {labels or "}"}'


def _look(alert: str, case: Manifest, *, fires: bool) -> Manifest:
    (rule,) = [rule for rule in rules("alert") if rule["alert"] == alert]
    names = {
        "alertname": alert,
        "alertstate": "firing",
        "namespace": "cards",
        **rule["labels"],
        **case.get("labels", {}),
    }
    labels = ", ".join(f'{name}="{value}"' for name, value in names.items())
    return {
        "expr": f'ALERTS{{alertname="{alert}", alertstate="firing"}}',
        "eval_time": case["at"],
        "exp_samples": [{"labels": f"ALERTS{{{labels}}}", "value": 1}] if fires else [],
    }

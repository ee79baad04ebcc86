import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_test_that_the_architecture_names_exists() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[^`]+|test_[^`]+\.py)`", page)
    assert len(named) > 8
    for name in named:
        found = (ROOT / name).exists() if "/" in name else any(ROOT.glob(f"tests/**/{name}"))
        assert found, name


def test_every_label_of_a_metric_has_a_bound() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    metrics, _, bounds = page.partition("## How many series there can be")
    columns = re.findall(r"^\| `[\w:]+` \| \w+ \|([^|]*)\|", metrics, re.MULTILINE)
    labels = {label for column in columns for label in re.findall(r"`(\w+)`", column)}
    assert len(labels) > 15
    bounded = {
        label for row in re.findall(r"^\| (`.*?) \|", bounds, re.MULTILINE) for label in re.findall(r"`(\w+)`", row)
    }
    assert labels <= bounded | {"model_name"}


def test_every_make_target_that_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        for name in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")):
            assert name in targets, f"{page.name}: make {name}"

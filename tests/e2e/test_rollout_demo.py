"""What `make demo-rollout` runs, over a store of two Readers that are equal: both ways end in a promotion."""

import shutil
from pathlib import Path

import pytest
import yaml

from export.manifest import write_manifest
from models.reader.contract import SPEC
from scripts.rollout_demo import main
from services.store.names import MANIFEST_FILE
from tests.e2e.test_rollout import POLICY, found_prometheus, publish_golden_set


@pytest.fixture
def two_readers(store: Path, tmp_path: Path) -> Path:
    """A store with Reader 1, the same again as 2, and a golden set."""
    own = tmp_path / "store"
    shutil.copytree(store, own)
    shutil.copytree(own / "reader" / "1", own / "reader" / "2", dirs_exist_ok=True)
    (own / "reader" / "2" / MANIFEST_FILE).unlink()
    write_manifest(SPEC, 2, own / "reader" / "2", {"parity": None, "evaluation": None})
    publish_golden_set(own, tmp_path)
    return own


def test_the_demonstration_rolls_out_shows_the_evidence_and_ends(
    two_readers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found_prometheus()
    monkeypatch.setenv("COLUMNS", "200")  # so that no line of a table is broken
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump(POLICY))

    assert main(["--store", str(two_readers), "--policy", str(policy)]) == 0

    out = capsys.readouterr().out
    for told in ("Reader 2: PROMOTED", "Reader 1: PROMOTED", "reader 1 -> 2: promoted", "known_words", "by Reader 2"):
        assert told in out
    assert out.count(" shadow: the golden set is read no worse") == 2
    assert "the old one was good enough" in out.partition("history reader")[2]

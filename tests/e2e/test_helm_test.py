"""What `helm test` runs in a cluster, against a running system."""

import os
import subprocess
import sys
from pathlib import Path

FILES = Path(__file__).parents[2] / "helm" / "fvi-ocr" / "files"


def read_card(url: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", FILES / "read_card.py", url, "5"]
    environ |= {"PATH": os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ)


def test_it_reads_the_specimen(url: str) -> None:
    done = read_card(url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The card was read: cccd-2021, the right number, ")


def test_it_fails_where_keys_should_be_asked_for_and_are_not(url: str) -> None:
    done = read_card(url, KEY_IS_ASKED_FOR="true")
    assert done.returncode == 1
    assert "without an API key the answer is 200, not 401" in done.stderr


def test_it_fails_with_a_sentence_where_nobody_answers() -> None:
    done = read_card("http://127.0.0.1:9")
    assert done.returncode == 1
    assert "FAILED: 0 no_answer" in done.stderr

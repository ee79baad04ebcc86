"""What an answer must be, whatever was sent."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.cases import Case
from tests.fuzz.client import Answer

ROOT = Path(__file__).parents[2]
BY_DESIGN = (503, 504)
_NEVER_IN_AN_ANSWER = (b"Traceback", b'File "', b"site-packages", b'.py"')


@cache
def known_codes() -> frozenset[str]:
    """Those of docs/api.md."""
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"`([a-z0-9_]+)`", page))


def complaint(case: Case, answer: Answer) -> str:
    """What is wrong with the answer; nothing if it is right."""
    if answer.status == 0:
        return "" if case.may_be_silent else f"no answer ({answer.note})"
    if answer.status >= 500 and answer.status not in BY_DESIGN:
        return f"status {answer.status}: {answer.body[:200]!r}"
    if any(words in answer.body for words in _NEVER_IN_AN_ANSWER):
        return "the answer tells of our code"
    if case.method in ("HEAD", "OPTIONS") or answer.status in (204, 304):
        return ""
    if answer.status >= 400:
        return _of_problem(answer)
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return "" if case.method == "GET" or case.kind == "pipelined" else "an answer that is no JSON"
    return _of_document(json.loads(answer.body))


def _of_problem(answer: Answer) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return f"status {answer.status} without a problem document: {answer.body[:200]!r}"
    document = json.loads(answer.body)
    if document.get("status") != answer.status:
        return "another status than the document's"
    if document.get("request_id") != answer.headers.get("x-request-id"):
        return "another request id than the document's"
    return _of_code(document)


def _of_code(document: dict[str, Any]) -> str:
    missing = {"type", "title", "status", "detail", "code", "request_id"} - set(document)
    if missing:
        return f"a problem document without {', '.join(sorted(missing))}"
    return "" if document["code"] in known_codes() else f"docs/api.md does not know the code {document['code']}"


def _of_document(document: Any) -> str:
    """Of an answer that went well: what it holds of problems, in a batch or for a side."""
    if isinstance(document, list):
        return next(filter(None, map(_of_document, document)), "")
    if not isinstance(document, dict):
        return ""
    if document.get("type", "").startswith("urn:fvi-ocr:error:") if isinstance(document.get("type"), str) else False:
        if document["status"] >= 500 and document["status"] not in BY_DESIGN:
            return f"a part with status {document['status']}"
        return _of_code(document)
    return next(filter(None, map(_of_document, document.values())), "")

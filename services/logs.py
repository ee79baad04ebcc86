"""Logs: one JSON object a line on stderr. docs/logs.md has every member, and a test holds real lines to it."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

HARMLESS: tuple[type[BaseException], ...] = (ImportError, OSError)  # their messages speak of files and sockets alone


class JsonFormatter(logging.Formatter):
    """A record -> one line of JSON; `extra={"fields": {...}}` adds members."""

    def __init__(self, harmless: tuple[type[BaseException], ...] = HARMLESS) -> None:
        """`harmless`: exceptions whose messages are written. Of others only type and frames are: see `describe`."""
        super().__init__()
        self._harmless = tuple(harmless)

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = describe(record.exc_info[1], self._harmless)
        return json.dumps(line, ensure_ascii=False)


def describe(error: BaseException, harmless: tuple[type[BaseException], ...]) -> list[str]:
    """Type and frames of an exception and of its causes, the outermost first; messages of the `harmless` ones."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__name__}: {cause}" if isinstance(cause, harmless) else type(cause).__name__)
        lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    return lines


def to_stderr(harmless: tuple[type[BaseException], ...] = HARMLESS) -> None:
    """What this process logs from now on, INFO and above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(harmless))
    logging.basicConfig(level=logging.INFO, handlers=[handler])

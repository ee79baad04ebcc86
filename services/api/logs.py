"""Logs: one JSON object a line on stderr. Sizes, hashes, codes and times; never what a card says.

An exception may quote what was read (`invalid literal: 'NGUYEN'`), so only its type and frames are
written. Its message is kept for the few kinds that speak of files and settings alone.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from services.api.settings import BadSetting

LOGGER = logging.getLogger("fvi.api")
_HARMLESS = (ImportError, OSError, BadSetting)


class JsonFormatter(logging.Formatter):
    """A record -> one line of JSON; `extra={"fields": {...}}` adds members."""

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
            line["exception"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe(error: BaseException) -> list[str]:
    """Type and frames of an exception and of its causes, the outermost first."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__name__}: {cause}" if isinstance(cause, _HARMLESS) else type(cause).__name__)
        lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    return lines


# For logging.config.dictConfig; gunicorn.conf.py hands it to gunicorn, whose own lines it covers.
CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
            "formatter": "json",
        }
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "fvi.api": {"level": "INFO"},
        "gunicorn.error": {"level": "INFO", "propagate": True},  # gunicorn itself turns it off
    },
}

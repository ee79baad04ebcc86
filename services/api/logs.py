"""The API's logs: sizes, hashes, codes and times; never what a card says.

An exception may quote what was read (`invalid literal: 'NGUYEN'`), so only its type and frames are
written. Its message is kept for the few kinds that speak of files and settings alone.
"""

import logging
from typing import Any

from services import logs
from services.api.settings import BadSetting

LOGGER = logging.getLogger("fvi.api")
HARMLESS = (*logs.HARMLESS, BadSetting)

# For logging.config.dictConfig; gunicorn.conf.py hands it to gunicorn, whose own lines it covers.
CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": logs.JsonFormatter, "harmless": HARMLESS}},
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

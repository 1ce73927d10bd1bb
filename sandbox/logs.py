"""How the sandbox logs: lines of text or of JSON, credentials masked, colours only on a terminal that wants them."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final

_SECRET: Final = re.compile(r"((?:api[_-]?key|token|password|secret)=)[^&\s\"]+", re.IGNORECASE)


class Mask(logging.Filter):
    """Hides credentials that stand in a query string."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let every record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(_SECRET.sub(r"\1***", one) if isinstance(one, str) else one for one in record.args)
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339 UTC), `level`, `logger`, `message`, and `error` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configuration(log_format: str, *, access: bool) -> dict[str, Any]:
    """A `logging` configuration for the sandbox and uvicorn: warnings always, one line a request if `access`."""
    formatters = {
        "text": {"format": "%(asctime)s %(levelname)s %(message)s", "datefmt": "%H:%M:%S"},
        "json": {"()": JsonLines},
    }
    handler = {
        "class": "logging.StreamHandler",
        "stream": "ext://sys.stderr",
        "formatter": log_format,
        "filters": ["mask"],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"mask": {"()": Mask}},
        "formatters": {log_format: formatters[log_format]},
        "handlers": {"lines": handler},
        "loggers": {
            "sandbox": {"handlers": ["lines"], "level": "INFO", "propagate": False},
            "uvicorn": {"handlers": ["lines"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": ["lines"], "level": "INFO" if access else "WARNING", "propagate": False},
        },
    }

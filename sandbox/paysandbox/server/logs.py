"""How the sandbox logs: lines of text or of JSON, credentials masked, colours only on a terminal that wants them."""

import http
import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from paysandbox.core.credential_names import IN_TEXT

_GREEN: Final = 32
_YELLOW: Final = 33
_RED: Final = 31
_ACCESS: Final = "uvicorn.access"
_PART: Final = re.compile(r"[^?&\s\"]+")  # of a query
_NAME: Final = re.compile(rf"(?:{IN_TEXT})\]?=(?=.)|(?:^|[?&;=])key=(?=.)", re.IGNORECASE)


class MaskCredentials(logging.Filter):
    """Hides credentials that stand in a query string."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let every record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(_PART.sub(_masked, one) if isinstance(one, str) else one for one in record.args)
        return True


class TextFormatter(logging.Formatter):
    """A line of text. With `colours`, what went wrong is red, and what deserves a look yellow."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = super().format(record)
        colour = _colour(record) if self._colours else None
        return line if colour is None else f"\x1b[{colour}m{line}\x1b[0m"


class JsonFormatter(logging.Formatter):
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


def make_log_config(log_format: str, *, access: bool, colours: bool = False) -> dict[str, Any]:
    """A `logging` configuration for the sandbox and uvicorn: warnings always, one line a request if `access`."""
    formatters: dict[str, dict[str, Any]] = {
        "text": {"()": TextFormatter, "colours": colours},
        "json": {"()": JsonFormatter},
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
        "filters": {"mask": {"()": MaskCredentials}},
        "formatters": {log_format: formatters[log_format]},
        "handlers": {"lines": handler},
        "loggers": {
            "paysandbox": {"handlers": ["lines"], "level": "INFO", "propagate": False},
            "uvicorn": {"handlers": ["lines"], "level": "WARNING", "propagate": False},
            _ACCESS: {"handlers": ["lines"], "level": "INFO" if access else "WARNING", "propagate": False},
        },
    }


def _masked(part: re.Match[str]) -> str:
    """A part of a query without its credential, however its name is escaped; the sandbox reads `api%5Fkey` as well."""
    plain = unquote(part[0])
    named = _NAME.search(plain)
    return part[0] if named is None else f"{quote(plain[: named.end()], safe='/:?&=;[]')}***"


def _colour(record: logging.LogRecord) -> int | None:
    """By the level, and for a request by its status, which uvicorn gives last."""
    status = record.args[-1] if record.name == _ACCESS and isinstance(record.args, tuple) and record.args else None
    if isinstance(status, int):
        if status < http.HTTPStatus.BAD_REQUEST:
            return _GREEN
        return _YELLOW if status < http.HTTPStatus.INTERNAL_SERVER_ERROR else _RED
    if record.levelno >= logging.ERROR:
        return _RED
    return _YELLOW if record.levelno >= logging.WARNING else None

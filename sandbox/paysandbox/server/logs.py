"""Log format: lines of text or JSON, with masked credentials, in colour on a terminal."""

import http
import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from paysandbox.core.credential_names import IN_TEXT
from paysandbox.server.access_log import ACCESS, FIELDS, FORMAT, NO_REQUEST, NO_STATUS, STATUS

_GREEN: Final = 32
_YELLOW: Final = 33
_RED: Final = 31
_QUERY_PART: Final = re.compile(r"[^?&\s\"]+")
_NAME: Final = re.compile(rf"(?:{IN_TEXT})\]?=(?=.)|(?:^|[?&;=])key=(?=.)", re.IGNORECASE)


class MaskCredentials(logging.Filter):
    """Masks credentials in query strings."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the arguments of a record, and pass the record."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                _QUERY_PART.sub(_mask_part, value) if isinstance(value, str) else value for value in record.args
            )
        return True


class TextFormatter(logging.Formatter):
    """Formats a line of text. With `colours`, errors are red and warnings yellow."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = super().format(record)
        colour = _choose_colour(record) if self._colours else None
        return line if colour is None else f"\x1b[{colour}m{line}\x1b[0m"


class JsonFormatter(logging.Formatter):
    """Formats one JSON object per line: `at` (RFC 3339 UTC), `level`, `logger`, `message`, `error` (a traceback).

    A request has fields in place of the `message`: `client`, `method`, `url`, `http_version`, `status`, `duration_ms`,
    `request` (the id in the journal) and `reason` (of a refusal, or of no reply). `status`, `request` and `reason` are
    null where there is none.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **(_read_fields(record) or {"message": record.getMessage()}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def make_log_config(log_format: str, *, access: bool, colours: bool = False) -> dict[str, Any]:
    """Return a `logging` configuration for the sandbox and uvicorn: warnings, and each request if `access`."""
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
            ACCESS: {"handlers": ["lines"], "level": "INFO" if access else "WARNING", "propagate": False},
        },
    }


def _mask_part(part: re.Match[str]) -> str:
    """Mask the credential in a part of a query, also behind an escaped name such as `api%5Fkey`."""
    plain = unquote(part[0])
    named = _NAME.search(plain)
    return part[0] if named is None else f"{quote(plain[: named.end()], safe='/:?&=;[]')}***"


def _read_fields(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a request; empty for another record."""
    if record.name != ACCESS or record.msg != FORMAT or not isinstance(record.args, tuple):
        return {}
    found = dict(zip(FIELDS, record.args, strict=True))
    request, reason = found["request"], str(found["reason"]).removeprefix(": ")
    return {
        **found,
        "status": None if found["status"] == NO_STATUS else found["status"],
        "duration_ms": json.loads(str(found["duration_ms"])),
        "request": None if request == NO_REQUEST else request,
        "reason": reason or None,
    }


def _choose_colour(record: logging.LogRecord) -> int | None:
    """Choose by the level, or by the status of a request."""
    is_request = record.name == ACCESS and record.msg == FORMAT and isinstance(record.args, tuple)
    status = record.args[STATUS] if is_request else None  # type: ignore[index] # a tuple, as was checked
    if isinstance(status, int):
        if status < http.HTTPStatus.BAD_REQUEST:
            return _GREEN
        return _YELLOW if status < http.HTTPStatus.INTERNAL_SERVER_ERROR else _RED
    if record.levelno >= logging.ERROR:
        return _RED
    return _YELLOW if record.levelno >= logging.WARNING else None

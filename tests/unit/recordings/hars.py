"""HAR files to read in tests."""

import io
import json
from typing import Any

from paysandbox.recordings.exchange import Exchange, Log
from paysandbox.recordings.har import read_har

URL = "https://api.example.test/payments?page=1"


def entry(**changes: Any) -> dict[str, Any]:
    """An entry as a browser writes it; `request__method` changes the request's method."""
    found: dict[str, Any] = {
        "startedDateTime": "2026-03-01T10:00:00.123+01:00",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": URL,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "postData": {"mimeType": "application/json", "text": '{"amount": 25.10}'},
            "bodySize": 17,
        },
        "response": {
            "status": 201,
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"size": 8, "mimeType": "application/json", "text": '{"id":1}'},
        },
    }
    for name, value in changes.items():
        *above, last = name.split("__")
        inside = found
        for step in above:
            inside = inside[step]
        inside[last] = value
    return found


def har(*entries: Any) -> bytes:
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}}
    ).encode()


def read(content: bytes) -> tuple[list[Exchange], Log]:
    log = Log()
    return list(read_har(io.BytesIO(content), "seen.har", log)), log


def read_one(**changes: Any) -> Exchange:
    (found,), _ = read(har(entry(**changes)))
    return found

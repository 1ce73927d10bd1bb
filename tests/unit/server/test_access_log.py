"""The access log: a line for each request, also for one that gets no reply."""

import asyncio
import json
import logging
from typing import Any

import pytest

from paysandbox.server.access_log import ACCESS, AccessLog
from paysandbox.server.logs import JsonFormatter

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/invoiless/v1/payments",
    "raw_path": b"/invoiless/v1/payments",
    "query_string": b"",
    "http_version": "1.1",
    "client": ("127.0.0.1", 5),
}


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    """Reply, once the request has been read."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-sandbox-request", b"default-1")]})
    await send({"type": "http.response.body", "body": b""})


async def wait_until_gone(_scope: Any, receive: Any, _send: Any) -> None:
    """Send nothing, because the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def close(_scope: Any, receive: Any, _send: Any) -> None:
    """Send nothing, as a fault that drops the reply."""
    await receive()


def log_of(app: Any, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The line of one request, as JSON."""
    messages = [{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(_message: Any) -> None:
        pass

    with caplog.at_level(logging.INFO, ACCESS):
        asyncio.run(AccessLog(app)(SCOPE, receive, send))
    (record,) = caplog.records
    line: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return line


@pytest.mark.parametrize(
    ("app", "status", "request_id", "reason"),
    [
        (answer, 200, "default-1", None),
        (wait_until_gone, None, None, "the client has gone"),
        (close, None, None, "the connection was closed without a reply"),
    ],
)
def test_each_request_leaves_one_line(
    caplog: pytest.LogCaptureFixture, app: Any, status: int | None, request_id: str | None, reason: str | None
) -> None:
    """A reader of the log would otherwise miss calls that were carried out."""
    line = log_of(app, caplog)
    assert (line["status"], line["request"], line["reason"]) == (status, request_id, reason)
    assert line["method"] == "POST"


def test_a_line_of_text_has_a_dash_for_the_status(caplog: pytest.LogCaptureFixture) -> None:
    """As for a missing id."""
    log_of(close, caplog)
    assert '"POST /invoiless/v1/payments HTTP/1.1" - ' in caplog.text
    assert caplog.text.rstrip().endswith(" -: the connection was closed without a reply")

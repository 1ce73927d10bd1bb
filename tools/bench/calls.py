"""What the load sends: valid payments, one that is refused for eleven reasons, and a few calls of the control plane."""

import itertools
from collections.abc import Iterator
from typing import Final

from paysandbox.core.messages import Request

PREFIX: Final = "/invisible-collector"
CREDENTIALS: Final = {"content-type": "application/json", "authorization": "Bearer ic-test-token"}
VIOLATIONS: Final = 11
_INVALID: Final = (
    b'{"number":7,"externalId":8,"status":"DONE","date":"2016-13-01","type":9,"netTotal":"25","tax":5.755,'
    b'"grossTotal":-1,"currency":"euro","lines":[{"number":1,"amount":"x"}]}'
)


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of an HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


HEALTH: Final = request("GET", "/_sandbox/health")
RESET: Final = request("POST", "/_sandbox/reset")


def payments(first: int) -> Iterator[bytes]:
    """Valid payments over HTTP, each with a number of its own."""
    for body in _bodies(first):
        yield request("POST", f"{PREFIX}/payments", CREDENTIALS, body)


def refused() -> Iterator[bytes]:
    """The same invalid payment over HTTP again and again, with eleven violations."""
    return itertools.repeat(request("POST", f"{PREFIX}/payments", CREDENTIALS, _INVALID))


def requests(first: int) -> Iterator[Request]:
    """Valid payments as values, each with a number of its own."""
    headers = [(b"host", b"127.0.0.1"), *((name.encode(), value.encode()) for name, value in CREDENTIALS.items())]
    for body in _bodies(first):
        yield Request("POST", "/payments", "", headers, body)


def _bodies(first: int) -> Iterator[bytes]:
    for number in itertools.count(first):
        yield (
            b'{"number":"RG %09d","externalId":"123455","status":"FINAL","date":"2016-07-01","type":"RG",'
            b'"netTotal":25.00,"tax":5.75,"grossTotal":30.75,"currency":"EUR","lines":['
            b'{"number":"FT TEST/001","amount":10.75},'
            b'{"number":"FT TEST/001","referenceNumber":"NC NC/001","amount":20.00}]}' % number
        )

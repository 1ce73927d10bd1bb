"""A page of another site neither drives the sandbox nor reads what it answers: no CORS anywhere, no preflight."""

from collections.abc import Iterator

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server
from tests.helpers.raw_http import Address, Message, replies
from tests.helpers.runtimes import Client, Response
from tests.helpers.valid_calls import operations, valid_call
from tests.system.security.walking import control_requests
from tests.unit.control.asking import everything

EVIL = "https://evil.example"
PREFLIGHT = {
    "origin": EVIL,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, authorization",
    "access-control-request-private-network": "true",
}


def check_closed(reply: Response) -> None:
    """No word of CORS; and of whom it would be for, no cache is told either."""
    assert not [name for name in reply.headers if name.startswith("access-control-") or name == "timing-allow-origin"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "{own}", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "Cross-Site"},
        {"sec-fetch-site": ""},
        {"sec-fetch-site": "none, cross-site"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_every_operation_but_health_looks_at_who_asks(
    server: Server, address: Address, headers: dict[str, str]
) -> None:
    """Whether it changes anything or only reads."""
    own = f"http://{address[0]}:{address[1]}"
    before = everything(server.runtime)
    for asked_for, message in control_requests(server.runtime):
        asked = message.having("host", own.removeprefix("http://"))
        for name, value in headers.items():
            asked = asked.having(name, value.format(own=own))
        (reply,) = replies(address, [asked.wire])
        assert (reply.status, reply.json["title"]) == (403, "Forbidden origin"), asked_for
        check_closed(reply)
    assert everything(server.runtime) == before


def test_no_reply_of_a_provider_has_cors(runtime: Runtime) -> None:
    """Carried out, refused and failing, with every Origin; pages of other sites may call it, and read nothing."""
    client = Client(runtime)
    for name, operation in operations(runtime):
        call = valid_call(runtime, name, operation)
        for origin in (EVIL, "null", "http://127.0.0.1:4080"):
            check_closed(call.send(client, origin=origin))
            check_closed(call.send(client, origin=origin, prefer="code=418"))
        check_closed(client.call(operation.method, call.path, content=b"{", headers={"origin": EVIL}))


def paths(runtime: Runtime) -> Iterator[str]:
    """Every path of every provider and of the control plane, and some that none has."""
    yield from dict.fromkeys(valid_call(runtime, name, operation).path for name, operation in operations(runtime))
    yield from dict.fromkeys(message.target for _, message in control_requests(runtime))
    yield from ("/", "/nothing", "/_sandbox/nothing", "/ns/-/x", "/_sandbox/health", "*")


def test_no_preflight_passes(address: Address, runtime: Runtime) -> None:
    """An OPTIONS is as unknown as any other method, so that no page can send what needs a preflight."""
    for path in paths(runtime):
        message = Message("OPTIONS", path)
        for name, value in PREFLIGHT.items():
            message = message.having(name, value)
        (reply,) = replies(address, [message.wire])
        assert reply.status in {400, 404, 405}, path
        check_closed(reply)


@pytest.mark.parametrize(
    "wire",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
        b"POST /invoiless/v1/invoices HTTP/1.1\r\nhost: a\r\norigin: null\r\ncontent-length: x\r\n\r\n",
    ],
    ids=["no HTTP", "a long head", "no length"],
)
def test_what_is_refused_at_the_door_has_no_cors(address: Address, wire: bytes) -> None:
    (reply,) = replies(address, [wire.replace(b"host:", b"connection: close\r\nhost:")])
    assert reply.status in {400, 431}
    check_closed(reply)

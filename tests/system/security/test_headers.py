"""Response splitting: whatever a call holds, what is told of it in headers is one line of printable ASCII."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from paysandbox.kit.provider import find_providers
from paysandbox.server.live import Server
from tests.helpers.raw_http import Message, Target, replies
from tests.helpers.runtimes import Response

NAMES: Final = [provider.name for provider in find_providers()]
SPLIT: Final = "\r\nx-injected: 1\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
HOSTILE: Final = [
    SPLIT,
    "\n x-injected: 1",
    "\x0b\x0c\x1c\x85\u2028x-injected: 1",
    "\x00\x1b[2J\x7f",
    "Ílhavo 日本 \U0001f4b8",
]
ESCAPED: Final = "%0D%0Ax-injected:%201%0D%0A%0D%0A"
KNOWN: Final = {
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "preference-applied",
    "x-sandbox-explain",
    "x-sandbox-reason",
    "x-sandbox-request",
}
OF_CONTROL: Final = {"x-content-type-options", "cross-origin-resource-policy"}


def check_whole(reply: Response) -> None:
    """One reply, whose headers are those that the sandbox has, printable."""
    assert reply.headers.keys() <= KNOWN | OF_CONTROL
    for value in reply.headers.values():
        assert re.fullmatch(r"[ -~]*", value), value
    assert reply.status < 500


def spoilt(body: Any, hostile: str) -> Iterator[Any]:
    """The body with hostile text for each of its members in turn, at any depth, and as the name of one more."""
    if isinstance(body, dict):
        yield {**body, hostile: hostile}
        for name, member in body.items():
            yield {**body, name: hostile}
            for below in spoilt(member, hostile):
                yield {**body, name: below}
    elif isinstance(body, list):
        for place, member in enumerate(body):
            for below in spoilt(member, hostile):
                yield [*body[:place], below, *body[place + 1 :]]


@pytest.mark.parametrize("name", NAMES)
def test_a_body_is_quoted_in_one_line(server: Server, name: str) -> None:
    """Any of its members, in any operation; where one is refused, the explanation quotes it."""
    target, quoted = Target(server, name), 0
    for operation in target.operations:
        message = target.valid(operation)
        if not message.body:
            continue
        for hostile in HOSTILE:
            for body in spoilt(json.loads(message.body), hostile):
                reply = target.send(message.but(body=json.dumps(body).encode()))
                check_whole(reply)
                quoted += "x-injected" in reply.headers.get("x-sandbox-explain", "")
    assert quoted > 0


@pytest.mark.parametrize("name", NAMES)
def test_paths_and_queries_are_quoted_in_one_line(server: Server, name: str) -> None:
    target = Target(server, name)
    for operation in target.operations:
        message = target.valid(operation)
        path, _, query = message.target.partition("?")
        for changed in (
            f"{path}{ESCAPED}?{query}",
            f"{path}/{ESCAPED}?{query}",
            f"{path}?{query}&{ESCAPED}={ESCAPED}",
            f"{path}?{re.sub('=[^&]*', f'={ESCAPED}', query)}",
            f"/ns/{ESCAPED}{path}?{query}",
            re.sub(r"/[^/?]+(?=\?|$)", f"/{ESCAPED}", message.target),
        ):
            check_whole(target.send(message.but(target=changed)))


@pytest.mark.parametrize("name", NAMES)
def test_headers_are_quoted_in_one_line(server: Server, name: str) -> None:
    """Bytes beyond ASCII, and lines that continue, where the parser lets them in at all."""
    target = Target(server, name)
    for operation in target.operations[:3]:
        message = target.valid(operation)
        for header in ("content-type", "prefer", "x-sandbox-namespace", "authorization", "api-key", "host"):
            for value in ("a\r\n x-injected: 1", "code=404\xff", "caf\xe9\x85", "a\tb", "~\xff"):
                for reply in replies(target.address, [message.having(header, value).wire]):
                    check_whole(reply)


def test_a_fault_is_quoted_in_one_line(server: Server) -> None:
    """Its text is the sandbox's own; what chose it was JSON."""
    target = Target(server, "invoiless")
    order = json.dumps({"provider": f"invoiless{SPLIT}", "then": {"status": 503}}).encode()
    message = Message("POST", "/_sandbox/namespaces/default/faults").having("content-type", "application/json")
    check_whole(target.send(message.but(body=order)))

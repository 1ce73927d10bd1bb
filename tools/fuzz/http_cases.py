"""Requests as bytes that are almost valid: cut, flipped, smuggled, oversized, in odd methods and odd packets."""

from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote

from msgspec import UNSET

from paysandbox.core.exact_json import write_json
from tests.helpers.raw_http import Message
from tests.helpers.valid_calls import ValidCall
from tools.fuzz.mutations import ODD_BYTES, changed_bytes, json_body

Change = Callable[[Random, Message], bytes]

ODD_LINES: Final = (
    *(
        b"",
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b"x",
        b":",
        b": x",
        b"x :y",
        b"x",
        b" folded",
        b"\tfolded",
        b"x\x00: y",
    ),
    *(b"host:", b"host: a", b"host: [", b"host: \xff", b"connection: close", b"connection: upgrade", b"connection: ,"),
    *(b"content-length: 0", b"content-length: 5", b"content-length: +5", b"content-length: -1", b"content-length: 0x5"),
    *(b"content-length: 5, 5", b"content-length: 99999999999999999999", b"content-length: ", b"content-length: 5 5"),
    *(b"transfer-encoding: chunked", b"transfer-encoding: identity", b"transfer-encoding: gzip, chunked"),
    *(b"transfer-encoding: chunked, chunked", b"transfer-encoding:\x0bchunked", b"transfer-encoding: xchunked"),
    *(b"Transfer-Encoding : chunked", b"transfer-encoding: chunked\r\n x", b"te: trailers", b"trailer: host"),
    *(b"upgrade: websocket", b"upgrade: h2c", b"connection: keep-alive, Upgrade", b"sec-websocket-version: 13"),
    *(
        b"expect: 100-continue",
        b"expect: 200-ok",
        b"x-sandbox-namespace: ",
        b"x-sandbox-namespace: \xe9",
        b"origin: null",
    ),
    *(
        b"content-encoding: gzip",
        b"content-type: ",
        b"content-type: application/json;charset=utf-16",
        b"range: bytes=0-",
    ),
    *(
        b"prefer: code=",
        b"prefer: code=999",
        b"cookie: " + b"a=b; " * 900,
        b"x: " + b"y" * 70_000,
        b"y" * 70_000 + b": x",
    ),
)
METHODS: Final = (
    *(
        "HEAD",
        "CONNECT",
        "TRACE",
        "OPTIONS",
        "PRI",
        "PUT",
        "DELETE",
        "PATCH",
        "get",
        "QUERY",
        "M-SEARCH",
        "SOURCE",
        "G\x00T",
    ),
    *("", " ", "GET GET", "A" * 9000, "PROPFIND", "PURGE", "\u00e9"),
)
TARGETS: Final = (
    *(
        "*",
        "",
        "/",
        "//",
        "/.",
        "/..",
        "/../../etc/passwd",
        "/%",
        "/%00",
        "/%zz",
        "/%2e%2e%2f",
        "/?",
        "/#",
        "/\\",
        "/ ",
        "?",
    ),
    *(
        "http://127.0.0.1/",
        "http://[/",
        "https://a:b@c:99999/d",
        "127.0.0.1:80",
        "/" + "a" * 70_000,
        "/?" + "a" * 70_000,
    ),
    *(
        "/" + "a/" * 20_000,
        "/" + "%41" * 9000,
        "/?" + "a=b&" * 20_000,
        "/ns/",
        "/ns//",
        "/ns/a",
        "/ns/~",
        "/\u00e9",
        "/\x7f",
    ),
)
CHUNKS: Final = (
    *(
        b"0\r\n\r\n",
        b"0\r\n",
        b"0",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello",
        b"5\nhello\n0\n\n",
        b"-1\r\n",
        b"0x5\r\nhello\r\n",
    ),
    *(b"ffffffffffffffff\r\nx", b"fffffffffffffffff\r\nx", b"00000000000000000000005\r\nhello\r\n0\r\n\r\n", b"g\r\n"),
    *(
        b"5;a=b\r\nhello\r\n0\r\n\r\n",
        b'5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
        b"5;" + b"x" * 90_000 + b"\r\nhello\r\n0\r\n\r\n",
    ),
    *(
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"0\r\nhost: x\r\n\r\n",
        b"0\r\n" + b"a: b\r\n" * 2000 + b"\r\n",
    ),
    *(
        b"0\r\ncontent-length: 5\r\n\r\n",
        b"0\r\na: " + b"b" * 90_000 + b"\r\n\r\n",
        b"1\r\na\r\n" * 3000 + b"0\r\n\r\n",
    ),
)


def message_of(call: ValidCall, root: str = "") -> Message:
    """A valid call as a request."""
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in call.parameters.items())
    target = root + call.path + (f"?{query}" if query else "")
    message = Message(call.operation.method, target, tuple(call.headers.items()))
    if call.body is UNSET:
        return message
    return message.having("content-type", "application/json").but(body=write_json(call.body))


def other_body(dice: Random, message: Message) -> bytes:
    """Another body, or a length that is not its own."""
    if dice.random() < 0.3:
        length = dice.choice((0, 1, len(message.body) - 1, len(message.body) + 1, 1 << 20, (1 << 20) + 1, 10**18))
        return message.having("content-length", str(length)).wire
    return message.but(body=json_body(dice, {"a": [message.target, 1.5 if not message.body else None]})).wire


def odd_lines(dice: Random, message: Message) -> bytes:
    """One to three odd lines somewhere in the head."""
    lines = message.head.split(b"\r\n")
    for _ in range(dice.choice((1, 1, 2, 3))):
        lines.insert(dice.randrange(len(lines)), dice.choice(ODD_LINES))
    return dice.choice((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")).join(lines) + message.body


def odd_start(dice: Random, message: Message) -> bytes:
    match dice.randrange(3):
        case 0:
            changed = message.but(method=dice.choice(METHODS))
        case 1:
            changed = message.but(target=dice.choice(TARGETS))
        case _:
            changed = message.but(
                version=dice.choice(("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP", "", "ICY"))
            )
    return changed.wire


def chunked(dice: Random, message: Message) -> bytes:
    """A body in chunks, sound or not."""
    if dice.random() < 0.4:
        return changed_bytes(dice, message.chunked(dice.choice((1, 7, 100))).wire)
    odd = message.having("transfer-encoding", "chunked").but(body=dice.choice(CHUNKS))
    return (odd.having("content-length", "5") if dice.random() < 0.3 else odd).wire


def flipped(dice: Random, message: Message) -> bytes:
    return changed_bytes(dice, message.wire)


def cut(dice: Random, message: Message) -> bytes:
    """The first part of a request."""
    return message.wire[: dice.randrange(len(message.wire))]


def oversized(dice: Random, message: Message) -> bytes:
    match dice.randrange(4):
        case 0:
            return message.but(
                target=f"{message.target}{dice.choice('/?&=')}{'x' * dice.choice((60_000, 66_000))}"
            ).wire
        case 1:
            lines = [*message.headers, *((f"x-{number}", "y") for number in range(dice.choice((900, 1001, 5000))))]
            return message.but(headers=tuple(lines)).wire
        case 2:
            return message.but(body=b" " * dice.choice((1 << 20, (1 << 20) + 1, 3 << 20)) + b"{}").wire
        case _:
            return message.but(body=b"[" + b"1," * 200_000 + b"1]").chunked(dice.choice((100, 1 << 16))).wire


def pipelined(dice: Random, message: Message) -> bytes:
    """Many requests in one packet, with something else among or behind them."""
    one = message.having("connection", "keep-alive").wire
    parts = [one] * dice.choice((2, 20, 300))
    parts.insert(dice.randrange(len(parts) + 1), dice.choice((*ODD_BYTES, cut(dice, message), flipped(dice, message))))
    return b"".join(parts)


CHANGES: Final[tuple[Change, ...]] = (
    *(flipped, flipped, odd_lines, odd_lines, odd_start, chunked, chunked),
    *(cut, oversized, pipelined, other_body),
)


def hostile_request(dice: Random, message: Message) -> bytes:
    """What to send instead of a valid request."""
    if dice.random() < 0.5:
        message = message.having("connection", "keep-alive")
    return dice.choice(CHANGES)(dice, message)


def packets(dice: Random, content: bytes) -> list[bytes]:
    """The bytes in one to four parts, mostly one."""
    cuts = sorted(dice.randrange(len(content) + 1) for _ in range(dice.choice((0, 0, 0, 1, 3))))
    return [part for part in (content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)) if part]

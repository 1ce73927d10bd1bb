"""A call as commands and code that make it again."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

# What a client adds by itself, and what belongs to one connection.
_OWN: Final = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "keep-alive"})


class Again(Struct, frozen=True):
    """A call that can be made again.

    `url` is the whole address, `path` what follows the sandbox's own, `address` what follows the provider's.
    """

    method: str
    url: str
    path: str
    address: str
    headers: Mapping[str, str]
    body: str | None

    @property
    def base(self) -> str:
        """What stands before the provider's own part of the path."""
        return self.path.removesuffix(self.address)


def choose_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Drop the headers that a client adds by itself."""
    return {
        name: value
        for name, value in headers.items()
        if name not in _OWN and not name.startswith("sec-") and (name, value) != ("accept", "*/*")
    }


def list_snippets(again: Again, provider: str, status: int | None) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each: curl, Python with httpx, JavaScript with fetch, and a test for pytest."""
    yield "curl", _write_curl(again)
    yield "Python, httpx", _write_httpx(again)
    yield "JavaScript, fetch", _write_fetch(again)
    yield "a test for pytest", _write_test(again, provider, status)


def _write_curl(again: Again) -> str:
    parts = [f"curl -i -X {again.method} {shlex.quote(again.url)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in again.headers.items()]
    if again.body is not None:
        parts.append(f"--data-binary {shlex.quote(again.body)}")
    return " \\\n  ".join(parts)


def _write_httpx(again: Again) -> str:
    return f"import httpx\n\nreply = {_write_request(again, repr(again.url), '')}\nprint(reply.status_code, reply.text)"


def _write_test(again: Again, provider: str, status: int | None) -> str:
    request = _write_request(again, f"paysandbox.url({provider!r}) + {again.address!r}", "    ")
    expected = "" if status is None else f"\n    assert reply.status_code == {status}"
    return f"import httpx\n\n\ndef test_call(paysandbox):\n    reply = {request}{expected}"


def _write_request(again: Again, url: str, indent: str) -> str:
    parts = [repr(again.method), url]
    if again.headers:
        parts.append(f"headers={dict(again.headers)!r}")
    if again.body is not None:
        parts.append(f"content={again.body!r}")
    inner = "".join(f"\n{indent}    {part}," for part in parts)
    return f"httpx.request({inner}\n{indent})"


def _write_fetch(again: Again) -> str:
    options = {"method": again.method, "headers": dict(again.headers)}
    if again.body is not None:
        options["body"] = again.body
    return (
        f"const reply = await fetch({json.dumps(again.url)}, {json.dumps(options, indent=2)});\n"
        "console.log(reply.status, await reply.text());"
    )

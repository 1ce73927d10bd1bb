"""Ways to call a sandbox: in this process, or at a URL that the user names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from paysandbox.evidence.replaying import Answer, Caller
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Client

_SECONDS: Final = 30


class Unreachable(Exception):
    """No sandbox answers at the URL."""


def call_in_memory(runtime: Runtime) -> Caller:
    """Call a sandbox of this runtime, without a server."""
    client = Client(runtime)

    def call(method: str, path: str, query: str, headers: Sequence[tuple[str, str]], content: bytes) -> Answer:
        reply = client.call(method, path, query=query, raw_headers=list(headers), content=content)
        return Answer(reply.status, reply.headers, reply.content)

    return call


@contextmanager
def call_over_http(url: str, control_token: str | None) -> Iterator[Caller]:
    """Context manager: call a running sandbox over one connection.

    The caller raises:
        Unreachable: no server answers.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=_SECONDS)

    def call(method: str, path: str, query: str, headers: Sequence[tuple[str, str]], content: bytes) -> Answer:
        sent = dict(headers)
        if path.startswith("/_sandbox") and control_token is not None:
            sent["authorization"] = f"Bearer {control_token}"
        try:
            connection.request(method, f"{parts.path}{path}{'?' if query else ''}{query}", content or None, sent)
            with connection.getresponse() as reply:
                found = {name.lower(): value for name, value in reply.getheaders()}
                return Answer(reply.status, found, reply.read())
        except (HTTPException, OSError) as error:
            raise Unreachable(f"no server answers at {url}: {error}") from None

    try:
        yield call
    finally:
        connection.close()

"""Ways to call a server: a sandbox in this process, or any server at a URL that the user names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from paysandbox.core.content_encoding import decode_content
from paysandbox.evidence.replaying import Answer, Caller
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import BODY_LIMIT
from paysandbox.testing import Client

_SECONDS: Final = 30


class Unreachable(Exception):
    """No server answers at the URL, or it does not do what was asked first."""


class OverHttp:
    """Calls the server at a URL over one connection, which is opened again if the server has closed it."""

    def __init__(self, url: str, seconds: int = _SECONDS) -> None:
        """`seconds` is how long a reply may take."""
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._url = url
        self._root = parts.path
        self._connection = kind(parts.netloc, timeout=seconds)
        self._is_used = False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def send(self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        """One call; `path` begins below the URL.

        Raises:
            Unreachable: no server answers.
        """
        target = f"{self._root}{path}{'?' if query else ''}{query}"
        try:
            return self._exchange(method, target, headers, content)
        except ConnectionError as error:
            # A server may close a connection that has been idle; anything else may have been carried out.
            if not self._is_used:
                raise self._explain(error) from None
        except (HTTPException, OSError) as error:
            raise self._explain(error) from None
        try:
            return self._exchange(method, target, headers, content)
        except (HTTPException, OSError) as error:
            raise self._explain(error) from None

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        try:
            self._connection.request(method, target, body=content, headers=dict(headers))
            with self._connection.getresponse() as reply:
                found = {name.lower(): value for name, value in reply.getheaders()}
                answer = Answer(reply.status, found, _decode(reply.read(), found.get("content-encoding", "")))
        except (HTTPException, OSError):
            self._connection.close()
            raise
        self._is_used = True
        return answer

    def _explain(self, error: Exception) -> Unreachable:
        return Unreachable(f"no server answers at {self._url}: {error}")


def _decode(content: bytes, encodings: str) -> bytes:
    """A body without the compression that some servers use unasked; as it came if it cannot be decoded."""
    decoded, error = decode_content(content, encodings, BODY_LIMIT)
    return content if decoded is None or error is not None else decoded


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
    with closing(OverHttp(url)) as server:

        def call(method: str, path: str, query: str, headers: Sequence[tuple[str, str]], content: bytes) -> Answer:
            sent = dict(headers)
            if path.startswith("/_sandbox") and control_token is not None:
                sent["authorization"] = f"Bearer {control_token}"
            return server.send(method, path, query, sent, content or None)

        yield call

"""Send generated cases over one kept connection, because requests needs several times as long for a call.

It asks the environment for proxies and passwords at every call, keeps cookies, and trusts other CAs than the rest of
this program. What is unusual (proxies, redirects, event streams) is sent by schemathesis's own transport.
"""

import ssl
from contextlib import suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from io import BytesIO
from socket import IPPROTO_TCP, TCP_NODELAY
from time import monotonic
from typing import Any, Final

import requests
import urllib3
from requests.exceptions import ChunkedEncodingError
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers, get_environ_proxies, select_proxy
from schemathesis.core.transport import Response
from schemathesis.generation.overrides import Override
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport
from urllib3.exceptions import ProtocolError

from paysandbox.check.own_checks import AnyCase

REDIRECTS: Final = range(300, 400)
EVENT_STREAM: Final = "text/event-stream"
_SERIALIZED: Final = ("base_url", "headers", "params", "cookies")
_LEAN: Final = {*_SERIALIZED, "timeout", "verify", "cert", "max_redirects"}


class _SendsAtOnce(HTTPConnection):
    """A connection that sends the head of a request together with its body.

    Apart, each is a packet of its own, and in one process with the server each hands the interpreter over once more.
    """

    def __init__(self, *where: Any, **options: Any) -> None:
        super().__init__(*where, **options)
        self._parts: list[bytes] = []

    def send(self, data: Any) -> None:
        """Keep a part of a request until `flush`."""
        self._parts.append(data)

    def flush(self) -> None:
        """Send the parts."""
        whole = b"".join(self._parts)
        self._parts.clear()
        super().send(whole)


class _SecureConnection(_SendsAtOnce, HTTPSConnection):
    """The same over TLS."""


class LeanTransport(RequestsTransport):
    """Sends cases over kept connections, until it is closed. Of the environment it reads the proxies only."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._seconds = seconds
        self._idle: list[tuple[str, _SendsAtOnce]] = []
        self._proxied: dict[str, bool] = {}

    def send(self, case: AnyCase, *, session: requests.Session | None = None, **kwargs: Any) -> Response:
        """Send a case; `session` and the options are those of schemathesis's transport.

        Raises:
            requests.RequestException: as that transport does.
        """
        if (session is None or session.auth is None) and not kwargs.keys() - _LEAN:
            given = {name: kwargs.get(name) for name in _SERIALIZED}
            given["headers"] = {**(session.headers if session is not None else {}), **(given["headers"] or {})}
            prepared = requests.Request(**self.serialize_case(case, **given)).prepare()
            reply = self._call(prepared, Override.from_send_kwargs(given)) if self._is_plain(prepared) else None
            if reply is not None:
                return reply
        # The CA file that this program trusts elsewhere, SSL_CERT_FILE for one.
        trusted = ssl.get_default_verify_paths().cafile
        if trusted is not None and kwargs.get("verify", True) is True:
            kwargs["verify"] = trusted
        return super().send(case, session=session, **kwargs)

    def _is_plain(self, prepared: requests.PreparedRequest) -> bool:
        root = "/".join(str(prepared.url).split("/", 3)[:3])
        if root not in self._proxied:
            proxies = get_environ_proxies(root, no_proxy=None)
            self._proxied[root] = select_proxy(root, proxies) is not None
        plain_body = prepared.body is None or isinstance(prepared.body, bytes | str)
        return not self._proxied[root] and plain_body

    def _call(self, prepared: requests.PreparedRequest, override: Override) -> Response | None:
        """Call the server; None if it cannot be connected to, or its reply is not one to read here.

        Raises:
            requests.ConnectionError: the server ends the connection, or sends what is not HTTP.
            requests.Timeout: it does not answer in time.
        """
        root = "/".join(str(prepared.url).split("/", 3)[:3])
        connection, is_kept = self._take(root)
        start = monotonic()
        try:
            if not is_kept:
                connection.connect()
                connection.sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except ssl.SSLError as error:
            raise requests.exceptions.SSLError(error, request=prepared) from error
        except OSError:
            return None
        try:
            reply = _exchange(connection, prepared)
        except (HTTPException, OSError) as error:
            connection.close()
            if is_kept and isinstance(error, ConnectionError):  # a server may close an idle connection at any time
                return self._call(prepared, override)
            if isinstance(error, TimeoutError):
                raise requests.ReadTimeout(f"no reply in {self._seconds} s", request=prepared) from error
            if isinstance(error, IncompleteRead):
                raise ChunkedEncodingError(error, request=prepared) from error
            raise requests.ConnectionError(ProtocolError("Connection aborted.", error), request=prepared) from error
        if reply is None:
            connection.close()
            return None
        if connection.sock is not None:
            self._idle.append((root, connection))
        converted = _convert(*reply, prepared, override)
        converted.elapsed = monotonic() - start
        return converted

    def _take(self, root: str) -> tuple[_SendsAtOnce, bool]:
        """An idle connection or a new one, and whether it is an idle one."""
        with suppress(IndexError):  # one pop, because several threads may take
            of, connection = self._idle.pop()
            if of == root:
                return connection, True
            connection.close()
        scheme, _, netloc = root.partition("://")
        netloc = netloc.rpartition("@")[2]
        if scheme == "https":
            return _SecureConnection(netloc, timeout=self._seconds, context=self._tls), False
        return _SendsAtOnce(netloc, timeout=self._seconds), False

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts the system's CAs, or those in SSL_CERT_FILE, as the calls that learn and make records do."""
        return ssl.create_default_context()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[1].close()


def _exchange(connection: _SendsAtOnce, prepared: requests.PreparedRequest) -> tuple[HTTPResponse, bytes] | None:
    """Send a request and read the reply; None if it is a redirect or may never end."""
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    connection.putrequest(
        str(prepared.method), prepared.path_url, skip_host="Host" in prepared.headers, skip_accept_encoding=True
    )
    for name, value in prepared.headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    connection.flush()
    reply = connection.getresponse()
    unusual = reply.status in REDIRECTS and reply.getheader("Location")
    if unusual or (reply.getheader("Content-Type") or "").startswith(EVENT_STREAM):
        return None
    return reply, reply.read()


def _convert(reply: HTTPResponse, content: bytes, prepared: requests.PreparedRequest, override: Override) -> Response:
    """The reply as schemathesis reads it."""
    headers: dict[str, list[str]] = {}
    for name, value in reply.getheaders():
        headers.setdefault(name.lower(), []).append(value)
    if "content-encoding" in headers:
        content = urllib3.HTTPResponse(BytesIO(content), dict(reply.headers)).data
    return Response(
        status_code=reply.status,
        headers=headers,
        content=content,
        request=prepared,
        elapsed=0,
        verify=True,
        message=reply.reason,
        http_version="1.0" if reply.version == 10 else "1.1",  # noqa: PLR2004 - as http.client writes it
        encoding=get_encoding_from_headers(
            CaseInsensitiveDict({name: ", ".join(found) for name, found in headers.items()})
        ),
        _override=override,
    )

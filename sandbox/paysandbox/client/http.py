"""HTTP client of the control plane: JSON in and out, refusals as exceptions."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    BaseHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from paysandbox.client.events import ServerSentEvent, read_events
from paysandbox.core.exact_json import write_json

_SECONDS: Final = 30  # the control plane answers within milliseconds


class SandboxError(Exception):
    """A call to the control plane failed.

    `status` is the HTTP status, or None without an answer of the control plane; `detail` is the reason.
    """

    def __init__(self, status: int | None, detail: str) -> None:
        super().__init__(detail if status is None else f"the sandbox answered {status}: {detail}")
        self.status = status
        self.detail = detail


class SandboxUnreachable(SandboxError):
    """No server answers at the URL, or its certificate is not trusted."""

    def __init__(self, url: str, reason: object) -> None:
        detail = f"no server answers at {url} ({reason}); paysandbox serve starts a sandbox"
        if isinstance(reason, ssl.SSLCertVerificationError):
            detail = (
                f"the certificate of {url} is not trusted ({reason.verify_message}); "
                "SSL_CERT_FILE must name the CA file that paysandbox serve --tls prints"
            )
        super().__init__(None, detail)
        self.reason = reason


class NotASandbox(SandboxError):
    """The server at the URL is not a Paysandbox server."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(None, f"{url} is not a Paysandbox server: {reason}")


class ControlClient:
    """Calls the control plane of the sandbox at a URL.

    Args:
        url: root of the sandbox, such as http://127.0.0.1:4080.
        control_token: for a sandbox that requires one.
        timeout: seconds for each call.
        trust_env: use the proxies of the environment; by default none, because a sandbox is on this machine.
        ca_file: the only CA to trust at an https:// URL, as a PEM file. Default: the system's, or `SSL_CERT_FILE`.

    Raises:
        ValueError: not an http:// or https:// URL.
    """

    def __init__(
        self,
        url: str,
        *,
        control_token: str | None = None,
        timeout: Any = _SECONDS,
        trust_env: bool = False,
        ca_file: Path | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an http:// or https:// URL, such as http://127.0.0.1:4080")
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._trust_env = trust_env
        self._ca_file = ca_file
        self._headers = {"Content-Type": "application/json"}
        if control_token:
            self._headers["Authorization"] = f"Bearer {control_token}"

    def call(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call the control plane.

        Args:
            method: the HTTP method.
            path: what follows `/_sandbox`.
            body: a JSON value; None sends no body.
            query: query parameters, without those of the value None.

        Returns:
            The JSON value of the reply, with fractions as Decimal; other media types as str; None for an empty body.

        Raises:
            SandboxError: the call was refused.
            SandboxUnreachable: no server answers.
            NotASandbox: the reply is not JSON, though it says so.
        """
        content = None if body is None else write_json(body)
        url = self._join(path, query)
        request = Request(url, content, self._headers, method=method)  # noqa: S310 - http or https, as was checked
        with self._explain(), self._opener.open(request, timeout=self._timeout) as reply:
            return _read(reply, self.url)

    def stream(self, path: str, /, *, after: str | None = None, **query: Any) -> Iterator[ServerSentEvent]:
        """Yield the events of a stream of the control plane until the server ends it.

        Args:
            path: what follows `/_sandbox`.
            after: the id of the event after which the stream begins.
            query: query parameters, without those of the value None.

        Raises:
            SandboxError: the stream was refused.
            SandboxUnreachable: no server answers, or not any more.
        """
        headers = self._headers if after is None else {**self._headers, "Last-Event-ID": after}
        request = Request(self._join(path, query), headers=headers)  # noqa: S310 - as above
        with self._explain(), self._opener.open(request, timeout=self._timeout) as reply:
            yield from read_events(reply)

    def _join(self, path: str, query: Mapping[str, Any]) -> str:
        sent = {name: value for name, value in query.items() if value is not None}
        return f"{self.url}/_sandbox{path}{'?' if sent else ''}{urlencode(sent)}"

    @contextmanager
    def _explain(self) -> Iterator[None]:
        """Context manager: raise the errors of a call as errors of the sandbox."""
        try:
            yield
        except HTTPError as error:
            with error:
                leads_to = error.headers.get("Location")
                detail = _detail(error.read()) if leads_to is None else f"it leads to {leads_to}; use that URL"
                raise SandboxError(error.code, detail) from None
        except (OSError, HTTPException) as error:
            raise SandboxUnreachable(self.url, getattr(error, "reason", None) or error) from None

    @cached_property
    def _opener(self) -> OpenerDirector:
        handlers: list[BaseHandler] = [_Staying(), *([] if self._trust_env else [ProxyHandler({})])]
        if self._ca_file is not None:
            handlers.append(HTTPSHandler(context=ssl.create_default_context(cafile=self._ca_file)))
        return build_opener(*handlers)


class _Staying(HTTPRedirectHandler):
    """Follows no redirect to another scheme, host or port, because the control token would be sent there too."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def path_of(*parts: str | None) -> str:
    """The path of these segments, percent-encoded, without those of the value None."""
    return "".join(f"/{quote(part, safe='')}" for part in parts if part is not None)


def _read(reply: HTTPResponse, url: str) -> Any:
    content = reply.read()
    if not content:
        return None
    try:
        if reply.headers.get_content_type() != "application/json":
            return content.decode()
        return json.loads(content, parse_float=Decimal)
    except ValueError:
        raise NotASandbox(url, "its reply cannot be read") from None


def _detail(content: bytes) -> str:
    """The detail of a problem document; of another body its beginning."""
    try:
        return str(json.loads(content)["detail"])
    except (ValueError, TypeError, KeyError):
        return content.decode("utf-8", "replace")[:300] or "an empty body"

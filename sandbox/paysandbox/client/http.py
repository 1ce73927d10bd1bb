"""Calls of the control plane from outside: JSON in and out over HTTP, refusals as readable errors."""

import json
from decimal import Decimal
from functools import cached_property
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from paysandbox.core.exact_json import write_json

_SECONDS: Final = 30  # for an answer of the control plane, which takes milliseconds


class SandboxError(Exception):
    """The control plane refused a call, in its own words; or there is no sandbox (`status` is None then)."""

    def __init__(self, status: int | None, detail: str) -> None:
        super().__init__(detail if status is None else f"the sandbox answered {status}: {detail}")
        self.status = status
        self.detail = detail


class ControlClient:
    """Calls the control plane of the sandbox at a URL."""

    def __init__(self, url: str, *, control_token: str | None = None) -> None:
        """`control_token` is for a sandbox that wants one.

        Raises:
            ValueError: no http:// or https:// address.
        """
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no http:// or https:// address, such as http://127.0.0.1:4080")
        self.url = url.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if control_token:
            self._headers["Authorization"] = f"Bearer {control_token}"

    def call(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call the control plane: `path` is what follows `/_sandbox`; None for an answer without a body.

        Raises:
            SandboxError: it refused, or there is no sandbox.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        url = f"{self.url}/_sandbox{path}{'?' if asked else ''}{urlencode(asked)}"
        content = None if body is None else write_json(body)
        request = Request(url, content, self._headers, method=method)  # noqa: S310 - http or https, as was checked
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return _read(answer, self.url)
        except HTTPError as error:
            with error:
                raise SandboxError(error.code, _detail(error.read())) from None
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise SandboxError(
                None, f"there is no sandbox at {self.url} ({why}); paysandbox serve starts one"
            ) from None

    @cached_property
    def _opener(self) -> OpenerDirector:
        return build_opener(ProxyHandler({}))  # a sandbox is behind no proxy


def path_of(*parts: str | None) -> str:
    """The path that these parts make, percent-encoded; those that are None are left out."""
    return "".join(f"/{quote(part, safe='')}" for part in parts if part is not None)


def _read(answer: HTTPResponse, url: str) -> Any:
    """JSON as a value, anything else as text; None for nothing."""
    content = answer.read()
    if not content:
        return None
    if answer.headers.get_content_type() != "application/json":
        return content.decode()
    try:
        return json.loads(content, parse_float=Decimal)
    except ValueError:
        raise SandboxError(answer.status, f"what answers at {url} is no sandbox") from None


def _detail(content: bytes) -> str:
    """What a problem document says; of another answer its beginning."""
    try:
        return str(json.loads(content)["detail"])
    except (ValueError, TypeError, KeyError):
        return content.decode("utf-8", "replace")[:300] or "nothing was said"

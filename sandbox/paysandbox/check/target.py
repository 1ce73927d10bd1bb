"""The server to check: a sandbox in memory, a running sandbox, or another server."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlsplit

from msgspec import UNSET, Struct, field

from paysandbox.check.data_file import GivenData
from paysandbox.check.scratch_namespace import ScratchNamespace
from paysandbox.client.http import NotASandbox, SandboxUnreachable
from paysandbox.client.namespace import SandboxClient
from paysandbox.core.exact_json import write_json
from paysandbox.evidence.callers import OverHttp, Unreachable
from paysandbox.testing import Response

HOST: Final = "127.0.0.1:4080"  # in memory too, because the control plane rejects foreign Host headers
SECONDS: Final = 10  # for a reply
REDIRECTS: Final = range(300, 400)


class Target(Struct, frozen=True):
    """One API of a server.

    `url` is its root, without the contract's base path. `scratch` is the namespace to work in; None if the server is
    not a sandbox. `credentials` are sent, and those in `secret` are masked in reports. Operations in `skipped` are not
    called, those in `unchecked` only to learn and make records; with `reads_only` no other method than GET and HEAD is
    sent, and with `keeps_to_chosen` no method that may change something except that of the operation. `refused` are
    the operations that this sandbox always refuses, each with the reason: their replies are judged, and no success is
    expected. `given` are the records that the user has named.
    `strict_assumed`: what contradicts an assumption of the contract is a finding, not a question to the vendor.
    """

    url: str
    scratch: ScratchNamespace | None
    credentials: Mapping[str, str]
    secret: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()
    reads_only: bool = False
    keeps_to_chosen: bool = False
    app: Any = None
    refused: Mapping[str, str] = field(default_factory=dict)
    given: GivenData = GivenData()
    strict_assumed: bool = False

    @property
    def is_sandbox(self) -> bool:
        """Whether it marks refusals for the state and can be reset to its fixtures."""
        return self.scratch is not None

    def masked(self, text: str) -> str:
        """The text with each secret replaced by its name."""
        for name, value in self.secret.items():
            for form in {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]} if value else ():
                text = text.replace(form, f"<{name}>")
        return text


class TargetCaller:
    """Calls a server over one persistent connection, with `headers` in every call."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._server = OverHttp(url, SECONDS)
        self._headers = dict(headers)

    def close(self) -> None:
        self._server.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        headers: Mapping[str, str | None] | None = None,
        query: str | None = None,
    ) -> Response:
        """One call. `json` sets body and Content-Type.

        Raises:
            Unreachable: no server answers, or it sends all calls to another one, as from http:// to https://.
        """
        sent = self._headers | {name: value for name, value in (headers or {}).items() if value is not None}
        content = None
        if json is not UNSET:
            content, sent["Content-Type"] = write_json(json), "application/json"
        reply = Response(*self._server.send(method, path, query or "", sent, content))
        moved = _find_move(f"{self._url}{path}", reply)
        if moved is not None:
            raise Unreachable(f"{self._url} sends its callers to {moved}, so check that URL instead")
        return reply


def _find_move(asked: str, reply: Response) -> str | None:
    """The scheme and host to which a redirect leads if only these differ; None if it is none such."""
    asked_at, leads_to = urlsplit(asked), urlsplit(reply.headers.get("location", ""))
    if reply.status not in REDIRECTS or not leads_to.netloc or leads_to.path != asked_at.path:
        return None
    return None if leads_to[:2] == asked_at[:2] else f"{leads_to.scheme}://{leads_to.netloc}"


def sandbox_at(url: str) -> list[str] | None:
    """The providers of the sandbox at a URL; None if another server answers there.

    Raises:
        Unreachable: no server answers.
        ValueError: not an http:// or https:// URL.
    """
    try:
        # With the environment's proxies, because the server need not be on this machine.
        found = SandboxClient(url, timeout=SECONDS, trust_env=True).health()
    except NotASandbox:
        return None
    except SandboxUnreachable as error:
        why = getattr(error.reason, "verify_message", None)  # of a certificate
        if why is not None:
            raise Unreachable(
                f"the certificate of {url} is not trusted ({why}); SSL_CERT_FILE names a file of CAs to trust instead"
            ) from None
        raise Unreachable(f"no server answers at {url}: {error.reason}") from None
    return [str(name) for name in found["providers"]]

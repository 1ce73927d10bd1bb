"""CORS for browser clients of the providers, where the user has allowed their origins. Never on the control plane."""

import re
from typing import Final

from msgspec.structs import replace

from paysandbox.core.problems import Unroutable
from paysandbox.kit.provider import Service
from paysandbox.pipeline.dispatch import Headers, WireReply
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.effects import App
from paysandbox.web.head import Head

ANY: Final = "*"
_SECONDS: Final = b"600"  # that a browser remembers a preflight; a reload may change the contract
_OWN: Final = b"x-sandbox-"
_ORIGIN: Final = b"origin"
_METHOD: Final = b"access-control-request-method"
_HEADERS: Final = b"access-control-request-headers"
_READ: Final = frozenset({_ORIGIN, _METHOD, _HEADERS})
_NAMES: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z, -]{1,2000}")  # names of headers, with commas between them


class CorsApp(AsgiApp):
    """The application under `--cors`, a class of its own so that calls without it pay nothing.

    It answers the preflight of a known path itself: it is in no journal, and no fault is applied to it. Every other
    reply of a provider to an allowed origin may be read there, its X-Sandbox headers included.
    """

    def answer(self, head: Head, content: bytes | None) -> WireReply | App:
        """Answer a request, and let the page that sent it read the reply."""
        sent: dict[bytes, list[bytes]] = {}
        for name, value in head.headers:
            if name in _READ:
                sent.setdefault(name, []).append(value)
        allowed = self._find_allowed(sent.get(_ORIGIN, []))
        found = self._find_service(head) if allowed is not None else None
        if allowed is None or found is None:
            return super().answer(head, content)
        origin = [(b"access-control-allow-origin", allowed), (b"vary", b"Origin")]
        if head.method == "OPTIONS" and _METHOD in sent:
            methods = _list_methods(*found)
            if methods:
                return WireReply(204, [*origin, *_describe_preflight(methods, sent.get(_HEADERS, []))], b"")
        reply = super().answer(head, content)
        if not isinstance(reply, WireReply):
            return reply
        exposed = dict.fromkeys(name for name, _ in reply.headers if name.startswith(_OWN))
        if exposed:
            origin.append((b"access-control-expose-headers", b", ".join(exposed)))
        return replace(reply, headers=[*reply.headers, *origin])

    def _find_allowed(self, origins: list[bytes]) -> bytes | None:
        """The origin that a reply names; None if that of the request is not allowed, or not a single one."""
        if len(origins) != 1:
            return None
        known = self._settings.cors_origins
        if ANY in known:
            return ANY.encode()
        return origins[0] if origins[0].decode("latin-1") in known else None

    def _find_service(self, head: Head) -> tuple[Service, str] | None:
        """The provider that a request is for, and the path below its root; None for the control plane and the rest."""
        address = self._router.find(head.path, head.host, head.port)
        service = self._runtime.services.get(address.provider or "")
        return None if service is None else (service, address.path)


def _list_methods(service: Service, path: str) -> list[str]:
    """The methods of a path in the contract; none if it has no such path."""
    try:
        service.contract.route("OPTIONS", path)
    except Unroutable as error:
        return list(error.allow)
    return []  # the API has an operation OPTIONS, which no contract can declare


def _describe_preflight(methods: list[str], requested: list[bytes]) -> Headers:
    headers = [(b"access-control-allow-methods", ", ".join(methods).encode()), (b"access-control-max-age", _SECONDS)]
    names = b", ".join(requested)
    if _NAMES.fullmatch(names):
        headers.insert(1, (b"access-control-allow-headers", names))
    return headers

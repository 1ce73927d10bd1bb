"""A namespace chosen by the provider's own credential: `ix-test-key~checkout-7` is `ix-test-key` in `checkout-7`.

So a client under test changes nothing but its key.
"""

from typing import Any, Final
from urllib.parse import unquote_plus

from paysandbox.core.exact_json import read_json
from paysandbox.core.messages import Request
from paysandbox.core.problems import Malformed
from paysandbox.kit.provider import Service
from paysandbox.store.namespaces import NAME

SIGN: Final = "~"
_WRITTEN: Final = SIGN.encode()
_ESCAPED: Final = b"\\u007"  # as some JSON writers have it


def split_suffix(credential: str) -> tuple[str, str]:
    """A credential and its mark, `~checkout-7`; what can name no namespace is part of the credential."""
    if SIGN not in credential:
        return credential, ""
    bare, sign, name = credential.rpartition(SIGN)
    return (bare, sign + name) if NAME.fullmatch(name) else (credential, "")


def find_namespace(request: Request, service: Service) -> str | None:
    """The namespace that a credential of the request chooses, if one does."""
    for scheme in service.contract.schemes:
        if scheme.place == "query":
            # Some clients escape the sign, which they need not.
            may = SIGN in request.query or "%7" in request.query
            pairs = (pair.partition("=") for pair in request.query.split("&")) if may else ()
            given = [unquote_plus(value) for name, _, value in pairs if unquote_plus(name) == scheme.name]
        else:
            given = request.get_headers(scheme.name)
        for one in given:
            if mark := split_suffix(one.strip())[1]:
                return mark[1:]
    content = request.content
    if service.provider.body_credential is not None and content and (_WRITTEN in content or _ESCAPED in content):
        return find_suffix(_json(content), service)[1:] or None
    return None


def find_suffix(body: Any, service: Service) -> str:
    """The mark of the first credential that stands in a body; empty if none has one, or if none stands in bodies."""
    if service.provider.body_credential is None or not isinstance(body, dict):
        return ""
    given = (body.get(name) for name in service.provider.namespace_credentials)
    marks = (split_suffix(one)[1] for one in given if isinstance(one, str))
    return next(filter(None, marks), "")


def add_suffix(service: Service, namespace: str) -> dict[str, str]:
    """The provider's test credentials, those that can choosing a namespace."""
    may = service.provider.namespace_credentials
    return {name: f"{value}{SIGN}{namespace}" if name in may else value for name, value in service.credentials.items()}


def _json(content: bytes) -> Any:
    try:
        return read_json(content)
    except Malformed:
        return None

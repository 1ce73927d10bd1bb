"""Namespace suffixes of credentials: `ix-test-key~checkout-7` is the key `ix-test-key` in the namespace `checkout-7`.

So a client under test chooses a namespace by its key alone.
"""

from typing import Any, Final
from urllib.parse import unquote_plus

from msgspec.structs import replace

from paysandbox.contract.credentials import decode_basic
from paysandbox.core.exact_json import read_json
from paysandbox.core.messages import Request
from paysandbox.core.problems import Malformed
from paysandbox.kit.provider import Service
from paysandbox.store.namespaces import NAME

SIGN: Final = "~"
_SIGN_BYTES: Final = SIGN.encode()
_ESCAPED_SIGN: Final = b"\\u007"  # written by some JSON encoders


def split_suffix(credential: str) -> tuple[str, str]:
    """Split a credential from its suffix `~checkout-7`; an end that cannot name a namespace stays in the credential."""
    if SIGN not in credential:
        return credential, ""
    bare, sign, name = credential.rpartition(SIGN)
    return (bare, sign + name) if NAME.fullmatch(name) else (credential, "")


def carry_suffix(request: Request, service: Service) -> Request:
    """Return the request with the suffix that one of its credentials has."""
    suffix = find_suffix(request, service)
    return replace(request, namespace_suffix=suffix) if suffix else request


def find_suffix(request: Request, service: Service) -> str:
    """Return the first suffix of a credential in a request, `~checkout-7`; empty if there is none."""
    for scheme in service.contract.schemes:
        if scheme.place == "query":
            # Some clients escape the sign needlessly.
            has_sign = SIGN in request.query or "%7" in request.query
            pairs = (pair.partition("=") for pair in request.query.split("&")) if has_sign else ()
            given = [unquote_plus(value) for name, _, value in pairs if unquote_plus(name) == scheme.name]
        else:
            given = [value.strip(" \t") for value in request.get_headers(scheme.name)]
            if scheme.place == "basic":
                given = [decode_basic(value.partition(" ")[2].strip()) or "" for value in given]
        for credential in given:
            if suffix := split_suffix(credential)[1]:
                return suffix
    content = request.content
    if (
        service.provider.body_credential is not None
        and content
        and (_SIGN_BYTES in content or _ESCAPED_SIGN in content)
    ):
        return _find_suffix_in_body(_read_json_or_none(content), service.namespace_credentials)
    return ""


def _find_suffix_in_body(body: Any, names: tuple[str, ...]) -> str:
    given = (body.get(name) for name in names) if isinstance(body, dict) else ()
    suffixes = (split_suffix(credential)[1] for credential in given if isinstance(credential, str))
    return next(filter(None, suffixes), "")


def add_suffix(service: Service, namespace: str) -> dict[str, str]:
    """Return the provider's test credentials, with a namespace suffix where they can have one."""
    names = service.namespace_credentials
    return {
        name: f"{value}{SIGN}{namespace}" if name in names else value for name, value in service.credentials.items()
    }


def _read_json_or_none(content: bytes) -> Any:
    try:
        return read_json(content)
    except Malformed:
        return None

"""A call of an opened file as a browser, a command or a test can make it at this sandbox."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from paysandbox.control.masking import MASK, read_content
from paysandbox.core.exact_json import write_json
from paysandbox.judging.traffic import Addressed
from paysandbox.kit.provider import Service
from paysandbox.recordings.exchange import split_url
from paysandbox.store.namespaces import NAMESPACE_PREFIX
from paysandbox.web.console.opening.describing import join_headers
from paysandbox.web.console.opening.exchanges import OpenedCall
from paysandbox.web.console.snippets import Again, choose_headers

# What a browser adds by itself, or what was meant for another host.
_OF_BROWSERS: Final = frozenset(
    {"accept-language", "cache-control", "cookie", "dnt", "origin", "pragma", "priority", "referer", "te"}
)
_OF_SANDBOX: Final = frozenset({"x-sandbox-namespace", "x-sandbox-expect", "content-encoding", "transfer-encoding"})


def repeat(found: OpenedCall, addressed: Addressed, service: Service, namespace: str, origin: str) -> Again:
    """Return the call as it can be made in a namespace, with test credentials in the places of masked ones."""
    request = found.exchange.request
    query = split_url(found.exchange.url).query
    headers = {
        name: value
        for name, value in choose_headers(join_headers(request.headers)).items()
        if name not in _OF_BROWSERS and name not in _OF_SANDBOX
    }
    scheme = None if found.operation is None else found.operation.scheme
    if scheme is not None:
        known = service.credentials
        credential = scheme.write(known.get(scheme.choose_name(known), MASK))
        name = scheme.name.lower()
        if scheme.place == "query" and MASK in query:
            pairs = parse_qsl(query, keep_blank_values=True)
            query = urlencode([(key, credential if key == scheme.name else value) for key, value in pairs])
        elif scheme.place != "query" and MASK in headers.get(name, ""):
            headers[name] = credential
    content = read_content(request.content)
    body = None
    if request.content:
        is_masked = content.is_json and MASK in write_json(content.value).decode()
        body = (
            write_json(_unmask(content.value, service)).decode()
            if is_masked
            else request.content.decode("utf-8", "replace")
        )
    address = f"{addressed.path}?{query}" if query else addressed.path
    path = f"{NAMESPACE_PREFIX}{namespace}/{service.prefix}{address}"
    return Again(found.exchange.method, origin + path, path, address, headers, body)


def is_masked(again: Again) -> bool:
    """Whether a credential is still masked, because no test credential has its name."""
    return MASK in again.address or MASK in (again.body or "") or any(MASK in one for one in again.headers.values())


def _unmask(value: Any, service: Service, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _unmask(inner, service, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unmask(item, service, name) for item in value]
    return service.credentials.get(name, value) if value == MASK else value

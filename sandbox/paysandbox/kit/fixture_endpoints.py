"""Endpoints of webhooks in a provider's fixtures: every new namespace has them."""

from collections.abc import Collection, Iterator
from typing import Any

from paysandbox.contract.document import Contract
from paysandbox.kit.fixture_form import WEBHOOKS
from paysandbox.kit.fixture_records import LocatedError, decode_record
from paysandbox.kit.provider import Provider
from paysandbox.kit.webhooks import find_url_error
from paysandbox.store.endpoints import ENDPOINTS, EndpointDef


def read_endpoints(
    rows: Any, provider: Provider, contract: Contract | None, hosts: Collection[str]
) -> tuple[tuple[EndpointDef, ...], list[LocatedError]]:
    """Read the section `webhooks`; return its endpoints, and all errors.

    `hosts` are those beyond this machine that may be delivered to. Without the contract, events are not checked.
    """
    if not rows:
        return (), []
    if provider.webhooks is None:
        return (), [((WEBHOOKS,), f"{provider.name} has no webhooks, so nothing would ever be delivered")]
    if not isinstance(rows, list):
        return (), [((WEBHOOKS,), "webhooks is a list of endpoints, each with its url")]
    if len(rows) > ENDPOINTS:
        return (), [((WEBHOOKS,), f"a namespace has at most {ENDPOINTS} endpoints")]
    endpoints: list[EndpointDef] = []
    errors: list[LocatedError] = []
    for number, row in enumerate(rows):
        endpoint, found = decode_record(row, EndpointDef)
        if endpoint is not None:
            found = list(_find_errors(endpoint, contract, hosts))
            if endpoint in endpoints:
                found.append(((), "this endpoint stands above already; each event would be delivered twice"))
            endpoints.append(endpoint)
        errors += [((WEBHOOKS, number, *where), what) for where, what in found]
    return tuple(endpoints), errors


def _find_errors(endpoint: EndpointDef, contract: Contract | None, hosts: Collection[str]) -> Iterator[LocatedError]:
    error = find_url_error(endpoint.url, hosts)
    if error is not None:
        yield ("url",), f"nothing can be delivered to this URL: {error}"
    for number, event in enumerate(endpoint.events):
        if contract is not None and event not in contract.events:
            yield ("events", number), f"there is no event {event!r}; there are {', '.join(contract.events)}"

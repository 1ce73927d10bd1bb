"""What clients often get wrong when they change the state of a document, or ask for related documents.

Source: the faults that our notes list from public code, the public client invoicexpress-api among it, whose message
stands beside the wrapper.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.core.messages import Attempt

_CHANGE: Final = re.compile(
    r"/(?P<type>invoices?|simplified[_-]invoices?|receipts?|documents?)/(?P<id>[^/]+)/change[-_]state(?:\.json)?"
)
_RELATED: Final = re.compile(r"/[a-z_]+/(?P<id>[^/]+)/related[-_]documents(?:\.json)?")
_WRAPPERS: Final[Mapping[str, tuple[str, ...]]] = {
    "invoices": ("invoice",),
    "simplified_invoices": ("simplified_invoice", "invoice"),
    "receipts": ("receipt",),
}
_MEMBERS: Final = ("state", "message")
_MEANT: Final[Mapping[str, str]] = {
    "final": "finalized",
    "finalize": "finalized",
    "finalised": "finalized",
    "cancelled": "canceled",
    "cancel": "canceled",
    "delete": "deleted",
    "settle": "settled",
    "paid": "settled",
}
_SHOWN: Final = 60


def advise(attempt: Attempt) -> Iterator[str]:
    """Likely faults of a call whose path is, or nearly is, that of a change of state or of related documents."""
    related = _RELATED.fullmatch(attempt.path)
    if related is not None and attempt.operation is None:
        meant = f"/document/{_short(related['id'])}/related_documents.json"
        yield f"The path is {_short(attempt.path)}; this API wants {meant}."
    change = _CHANGE.fullmatch(attempt.path)
    if change is None:
        return
    types = change["type"].replace("-", "_").rstrip("s") + "s"
    meant = f"/{types}/{_short(change['id'])}/change-state.json"
    if types not in _WRAPPERS:
        yield "A state is changed under the document's own type: /invoices, /simplified_invoices or /receipts."
        return
    if attempt.operation is None and attempt.path != meant:
        yield f"The path is {_short(attempt.path)}; this API wants {meant}."
    if attempt.method not in {"PUT", "OPTIONS"}:
        yield f"The method is {_short(attempt.method)}; a state is changed with PUT {meant}."
    if isinstance(attempt.body, dict):
        yield from _wrapped(attempt.body, _WRAPPERS[types])


def _wrapped(body: Mapping[str, Any], wrappers: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the wrapper, or with what stands in or beside it."""
    given = next((one for one in wrappers if one in body), None)
    astray = [name for name in _MEMBERS if name in body]
    if given is None and astray:
        yield f"The body is not wrapped; this API wants its members within `{wrappers[0]}`."
    elif given is None:
        for name, value in body.items():
            if isinstance(value, dict):
                yield f"The body is wrapped in `{_short(name)}`; this API wants `{wrappers[0]}` at the top."
                return
    else:
        for name in astray:
            yield f"`{name}` stands beside `{given}`; it stands within it."
        if isinstance(body[given], dict):
            yield from _members(body[given], beside="message" in body)


def _members(members: Mapping[str, Any], *, beside: bool) -> Iterator[str]:
    state = members.get("state")
    if isinstance(state, str) and (meant := _MEANT.get(state.strip().lower())) is not None:
        yield f"`state` is {_short(state)!r}; this API is asked for `{meant}`, and what it then shows may differ."
    if "status" in members:
        yield "There is no member `status`; this API calls it `state`."
    for name in ("reason", "note"):
        if name in members:
            yield f"There is no member `{name}`; this API calls it `message`."
    if state == "canceled" and not members.get("message") and not beside:
        yield "A cancellation says why, in `message` beside `state`."


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

"""What clients of InvoiceXpress often get wrong, as far as one call shows it. Refusals are empty, so this is all told.

Source: the faults that our notes list from public code, and near misses of the vendor page's names. Nothing is said of
a call that is right, and no value that could be a secret is repeated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from paysandbox.core.messages import Attempt
from paysandbox.providers.invoicexpress import state_hints
from paysandbox.providers.invoicexpress.records import Mechanism

_WRAPPER: Final = "partial_payment"
_MEMBERS: Final = ("payment_mechanism", "note", "serie", "amount", "payment_date")
_MEANT: Final[Mapping[str, str]] = {
    "mechanism": "payment_mechanism",
    "payment_method": "payment_mechanism",
    "notes": "note",
    "message": "note",
    "observations": "note",
    "series": "serie",
    "sequence": "serie",
    "sequence_id": "serie",
    "value": "amount",
    "total": "amount",
    "date": "payment_date",
}
_MECHANISMS: Final = frozenset(get_args(Mechanism))
_PATH: Final = re.compile(r"/documents/[^/]+/partial_payments\.json")
_ID: Final = re.compile("[1-9][0-9]*")
_LAST_SEGMENTS: Final = frozenset({"partial_payments", "partial_payment", "payments", "payment"})
_KEY_HEADERS: Final = ("api_key", "api-key", "x-api-key", "apikey", "x-auth-token", "authorization", "token")
_KEY_QUERIES: Final = ("apikey", "api-key", "apiKey", "API_KEY", "key", "token", "access_token")
_SHOWN: Final = 60


def advise(attempt: Attempt) -> Iterator[str]:
    """Likely faults of the client, the most basic first; nothing if the call is as it should be."""
    yield from _key(attempt)
    yield from state_hints.advise(attempt)
    meant = _path_meant(attempt.path)
    if meant is None:
        return
    if attempt.operation is None and meant != attempt.path:
        yield (
            f"The path is {_short(attempt.path)}; this API wants {_short(meant)} for every type of document, with "
            "`.json` at its end."
        )
    if attempt.method not in {"POST", "OPTIONS"}:
        yield f"The method is {_short(attempt.method)}; a payment is made with POST {_short(meant)}."
    if isinstance(attempt.body, dict):
        yield from _wrapped(attempt.body)
        payment = attempt.body.get(_WRAPPER)
        if isinstance(payment, dict):
            yield from _members(payment)
    elif isinstance(attempt.body, list):
        yield "The body is a list; send one object, `partial_payment` at its top, in a call for each payment."


def _key(attempt: Attempt) -> Iterator[str]:
    """Where the key stands, if it is not where it is read."""
    names = {name for name, value in attempt.query if value}
    if "api_key" in names:
        return
    wrong = [f"in the header `{name}`" for name in _KEY_HEADERS if attempt.headers.get(name)]
    wrong += [f"as `{name}` in the query" for name in _KEY_QUERIES if name in names]
    if isinstance(attempt.body, dict) and "api_key" in attempt.body:
        wrong.append("in the body")
    if wrong:
        yield f"The key is sent {wrong[0]}; this API reads it from the query, under the name `api_key`."


def _path_meant(path: str) -> str | None:
    """The path of the operation, if that is what this one is or nearly is."""
    if _PATH.fullmatch(path):
        return path
    *before, last = [segment for segment in path.split("/") if segment] or [""]
    if last.lower().removesuffix(".json").replace("-", "_") not in _LAST_SEGMENTS:
        return None
    document = next((segment for segment in reversed(before) if _ID.fullmatch(segment)), "{document-id}")
    return f"/documents/{document}/partial_payments.json"


def _wrapped(body: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the wrapper, or with what stands beside it."""
    astray = [name for name in (*_MEMBERS, *_MEANT) if name in body]
    if _WRAPPER in body:
        for name in astray:
            yield f"`{name}` stands beside `partial_payment`; what belongs to the payment stands within it."
        inner = body[_WRAPPER]
        if isinstance(inner, dict) and _WRAPPER in inner:
            yield "The body is wrapped in `partial_payment` twice; once is right."
        if isinstance(inner, list):
            yield "`partial_payment` is a list; it is one object, in a call for each payment."
    elif astray:
        yield "The body is not wrapped; this API wants its members within `partial_payment`."
    else:
        for name, value in body.items():
            if isinstance(value, dict):
                yield f"The body is wrapped in `{_short(name)}`; this API wants `partial_payment` at the top."
                return


def _members(payment: Mapping[str, Any]) -> Iterator[str]:
    """Names and values of the payment that are nearly right."""
    for name, meant in _MEANT.items():
        if name in payment:
            yield f"There is no member `{name}`; this API calls it `{meant}`."
    mechanism = payment.get("payment_mechanism")
    if isinstance(mechanism, str) and mechanism not in _MECHANISMS and mechanism.strip().upper() in _MECHANISMS:
        right = mechanism.strip().upper()
        yield f"`payment_mechanism` is {_short(mechanism)!r}; mechanisms are two capital letters: `{right}`."


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

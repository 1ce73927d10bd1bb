"""What clients of Invoiless often get wrong, as far as one call shows it.

Source: the faults that the sheet lists from public code, and near misses of the seed's names. Nothing is said of a call
that is right, and no value that could be a secret is repeated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from sandbox.exchange import Attempt
from sandbox.providers.invoiless.records import Method

_MEMBERS: Final = ("amount", "method", "paidAt", "notes", "sendNotification")
_MEANT: Final[Mapping[str, str]] = {
    "paymentMethod": "method",
    "payment_method": "method",
    "paid_at": "paidAt",
    "paymentDate": "paidAt",
    "payment_date": "paidAt",
    "date": "paidAt",
    "note": "notes",
    "send_notification": "sendNotification",
    "notify": "sendNotification",
}
_METHODS: Final[Mapping[str, str]] = {name.lower(): name for name in get_args(Method)} | {
    "check": "Cheque",
    "creditcard": "Card",
    "debitcard": "Card",
    "transfer": "BankTransfer",
    "wire": "BankTransfer",
}
_BEARER: Final = re.compile("bearer ", re.IGNORECASE)
_KEY_HEADERS: Final = ("authorization", "x-api-key", "api_key", "apikey", "token")
_KEY_QUERIES: Final = ("api-key", "api_key", "apikey", "apiKey", "key", "token")
_SCOPE_HEADERS: Final = ("scope_id", "scopeid", "x-scope-id", "scope")
_SCOPE_QUERIES: Final = ("scope-id", "scope_id", "scopeId", "scope")
_A_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ].*", re.ASCII | re.DOTALL)
_SHOWN: Final = 100


def advise(attempt: Attempt) -> Iterator[str]:
    """Likely faults of the client, the most basic first; nothing if the call is as it should be."""
    yield from _key(attempt)
    meant = _path_meant(attempt)
    if attempt.operation is None and meant is None:
        return
    if meant is not None and meant != attempt.path:
        yield from _path(attempt, meant)
    yield from _scope(attempt)
    if isinstance(attempt.body, dict) and attempt.method in {"POST", "PUT", "PATCH"}:
        yield from _wrapped(attempt.body)
        yield from _members(attempt.body)


def _key(attempt: Attempt) -> Iterator[str]:
    """Where the key stands, if it is not where it is read."""
    key = attempt.headers.get("api-key", "")
    if _BEARER.match(key):
        yield "The header `api-key` says `Bearer` before the key; send the key alone."
    if key:
        return
    names = {name for name, value in attempt.query if value}
    wrong = ["as `Authorization: Bearer`"] if _BEARER.match(attempt.headers.get("authorization", "")) else []
    wrong += [f"in the header `{name}`" for name in _KEY_HEADERS if attempt.headers.get(name)]
    wrong += [f"as `{name}` in the query" for name in _KEY_QUERIES if name in names]
    if wrong:
        yield f"The key is sent {wrong[0]}; this API reads it, alone, from the header `api-key`."


def _path_meant(attempt: Attempt) -> str | None:
    """The path of an operation, if a path that the contract lacks is near one."""
    if attempt.operation is not None:
        return None
    segments = [segment for segment in attempt.path.split("/") if segment]
    while segments and segments[0].lower() in {"v1", "v2", "api"}:
        del segments[0]
    match [re.sub("^(invoice|payment|retainer)$", r"\1s", segment.lower()) for segment in segments[:3:2]]:
        case ["invoices" | "retainers", "payments"]:
            payment = segments[3:4]
            return f"/v1/payments/{payment[0]}" if payment else f"/v1/invoices/{segments[1]}/payments"
        case ["payments"]:
            return f"/v1/payments/{segments[1]}" if segments[1:] else "/v1/invoices/{id}/payments"
    return None


def _path(attempt: Attempt, meant: str) -> Iterator[str]:
    """What is wrong with a path that is nearly right."""
    path = _short(attempt.path)
    if f"/v1{attempt.path}" == meant:
        yield f"The path {path} lacks the version in front; this API wants {_short(meant)}."
    elif attempt.path == f"/v1{meant}":
        yield f"The path {path} has `/v1` twice, once from the client's base URL; this API wants {_short(meant)}."
    else:
        yield f"The path is {path}; this API wants {_short(meant)}."


def _scope(attempt: Attempt) -> Iterator[str]:
    """A scope that is not heeded, so that the call is not confined to it."""
    if "scope-id" in attempt.headers:
        return
    names = {name for name, _ in attempt.query}
    wrong = [f"in the header `{name}`" for name in _SCOPE_HEADERS if name in attempt.headers]
    wrong += [f"as `{name}` in the query" for name in _SCOPE_QUERIES if name in names]
    if wrong:
        yield f"The scope is sent {wrong[0]}, where nothing reads it; this API reads it from the header `scope-id`."


def _wrapped(body: Mapping[str, Any]) -> Iterator[str]:
    """A wrapper around the payment; this API has none."""
    if any(name in body for name in (*_MEMBERS, *_MEANT)):
        return
    for name, value in body.items():
        if isinstance(value, dict):
            yield f"The body is wrapped in `{_short(name)}`; this API wants the payment's members at the top."
            return


def _members(body: Mapping[str, Any]) -> Iterator[str]:
    """Names and values of the payment that are nearly right."""
    for name, meant in _MEANT.items():
        if name in body:
            yield f"There is no member `{name}`; this API calls it `{meant}`."
    method = body.get("method")
    if isinstance(method, str) and method not in get_args(Method):
        right = _METHODS.get(re.sub("[-_ ]", "", method).lower())
        if right is not None:
            yield f"`method` is {_short(method)!r}; the names of methods are fixed, capitals included: `{right}`."
    paid_at = body.get("paidAt")
    moment = _A_MOMENT.fullmatch(paid_at) if isinstance(paid_at, str) else None
    if moment is not None:
        yield f"`paidAt` is {_short(str(paid_at))!r}; it is a day without a time: `{moment[1]}`."


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

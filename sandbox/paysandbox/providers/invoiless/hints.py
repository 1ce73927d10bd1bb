"""What clients of Invoiless often get wrong, as far as one call shows it.

Source: the faults that our notes list from public code, and near misses of the vendor page's names. Nothing is said of
a call that is right, and no value that could be a secret is repeated.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, get_args

from paysandbox.core.messages import Attempt
from paysandbox.providers.invoiless.records import Method

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
_INVOICE_MEMBERS: Final = ("customer", "items", "number", "date", "dueDate", "currency", "status", "isRetainer")
_INVOICE_MEANT: Final[Mapping[str, str]] = {
    "customerId": "customer",
    "customer_id": "customer",
    "client": "customer",
    "clientId": "customer",
    "lines": "items",
    "lineItems": "items",
    "line_items": "items",
    "due_date": "dueDate",
    "dueAt": "dueDate",
    "issueDate": "date",
    "invoiceDate": "date",
    "is_retainer": "isRetainer",
    "retainer": "isRetainer",
    "tax_included": "taxIncluded",
}
_ITEM_MEANT: Final[Mapping[str, str]] = {
    "unitPrice": "price",
    "unit_price": "price",
    "rate": "price",
    "amount": "price",
    "qty": "quantity",
    "title": "name",
}
_STATUSES: Final[Mapping[str, str]] = {name.lower(): name for name in ("Draft", "Pending", "Unpaid")}
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
_LOWER_CURRENCY: Final = re.compile(r"[a-z]{3}", re.ASCII)
_A_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ].*", re.ASCII | re.DOTALL)
_INVOICES: Final = "/v1/invoices"
_A_NUMBER: Final = re.compile(r"/invoices/((?:INV|RET)-[0-9]{4}-[0-9]+)", re.ASCII)
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
    number = _A_NUMBER.search(attempt.path)
    if number is not None:
        yield f"The path names the invoice by its number, {_short(number[1])}; this API wants its `id`, 24 hex digits."
    if not isinstance(attempt.body, dict) or attempt.method not in {"POST", "PUT", "PATCH"}:
        return
    if attempt.operation == "createInvoice" or meant == _INVOICES:
        yield from _wrapped(attempt.body, "the invoice", {*_INVOICE_MEMBERS, *_INVOICE_MEANT})
        yield from _invoice(attempt.body)
    else:
        yield from _wrapped(attempt.body, "the payment", {*_MEMBERS, *_MEANT})
        yield from _payment(attempt.body)


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
        case ["invoices" | "retainers"]:
            return _INVOICES if attempt.method == "POST" else "/".join([_INVOICES, *segments[1:2]])
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


def _wrapped(body: Mapping[str, Any], what: str, names: Collection[str]) -> Iterator[str]:
    """A wrapper around what is sent; this API has none."""
    if any(name in body for name in names):
        return
    for name, value in body.items():
        if isinstance(value, dict):
            yield f"The body is wrapped in `{_short(name)}`; this API wants {what}'s members at the top."
            return


def _misnamed(body: Mapping[str, Any], names: Mapping[str, str], of: str = "") -> Iterator[str]:
    """Members whose names are nearly right."""
    for name, meant in names.items():
        if name in body:
            yield f"There is no member `{name}`{of}; this API calls it `{meant}`."


def _invoice(body: Mapping[str, Any]) -> Iterator[str]:
    """Names and values of the invoice that are nearly right."""
    yield from _misnamed(body, _INVOICE_MEANT)
    items = body.get("items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and not item.keys().isdisjoint(_ITEM_MEANT):
            yield from _misnamed(item, _ITEM_MEANT, " of an item")
            break
    status = body.get("status")
    if isinstance(status, str) and status not in _STATUSES.values():
        right = _STATUSES.get(status.lower())
        if right is not None:
            yield f"`status` is {_short(status)!r}; the names of statuses are fixed, capitals included: `{right}`."
    if isinstance(body.get("currency"), str) and _LOWER_CURRENCY.fullmatch(body["currency"]):
        yield f"`currency` is {body['currency']!r}; it is a code of three capitals: `{body['currency'].upper()}`."
    yield from _timed(body, ("date", "dueDate"))


def _payment(body: Mapping[str, Any]) -> Iterator[str]:
    """Names and values of the payment that are nearly right."""
    yield from _misnamed(body, _MEANT)
    method = body.get("method")
    if isinstance(method, str) and method not in get_args(Method):
        right = _METHODS.get(re.sub("[-_ ]", "", method).lower())
        if right is not None:
            yield f"`method` is {_short(method)!r}; the names of methods are fixed, capitals included: `{right}`."
    yield from _timed(body, ("paidAt",))


def _timed(body: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    """Days that are sent as moments."""
    for name in names:
        value = body.get(name)
        moment = _A_MOMENT.fullmatch(value) if isinstance(value, str) else None
        if moment is not None:
            yield f"`{name}` is {_short(str(value))!r}; it is a day without a time: `{moment[1]}`."


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

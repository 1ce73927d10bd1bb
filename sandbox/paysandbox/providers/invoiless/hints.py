"""Hints about likely mistakes of Invoiless's clients.

Source: mistakes in public client code, and near misses of the names on the vendor's page.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, get_args

from paysandbox.core.messages import Attempt
from paysandbox.kit.hints import (
    Placement,
    Properties,
    TextForm,
    check_address,
    check_scheme,
    make_spellings,
    shorten,
)
from paysandbox.providers.invoiless.records import Method, Status
from paysandbox.providers.invoiless.totals import read_adjustment, read_rate

_KEY: Final = Placement(what="key", right="alone in the header `api-key`")
# A scope in a wrong place is ignored, so that the call is not confined to it.
_SCOPE: Final = Placement(
    what="scope",
    right="in the header `scope-id`",
    headers=("scope_id", "scopeid", "x-scope-id", "scope"),
    queries=("scope-id", "scope_id", "scopeId", "scope"),
)

# A time without a zone, or after a space; the service takes a time in the form of RFC 3339.
_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?!T[0-9:.]+(?:Z|[+-][0-9:]{5})$)[T ].*", re.ASCII | re.DOTALL
)
_PAYMENT: Final = Properties(
    names=make_spellings(
        ("amount", "method", "paidAt", "notes", "sendNotification"),
        {
            "paymentMethod": "method",
            "paymentDate": "paidAt",
            "date": "paidAt",
            "note": "notes",
            "notify": "sendNotification",
        },
    ),
    values={
        "method": make_spellings(
            get_args(Method),
            {
                "check": "Cheque",
                "credit card": "Card",
                "debit card": "Card",
                "transfer": "BankTransfer",
                "wire": "BankTransfer",
            },
        )
    },
    texts=(
        TextForm(
            ("paidAt",),
            _DATE_TIME,
            lambda match: f"a day, `{match[1]}`, or a time with its zone, `{match[1]}T00:00:00Z`",
        ),
    ),
)
_INVOICE: Final = Properties(
    names=make_spellings(
        (
            "customer",
            "items",
            "number",
            "slug",
            "header",
            "date",
            "dueDate",
            "currency",
            "status",
            "isRetainer",
            "taxIncluded",
            "shipTo",
            "discount",
            "extraCharges",
            "extraFields",
            "taxes",
        ),
        {
            "customerId": "customer",
            "client": "customer",
            "clientId": "customer",
            "lines": "items",
            "lineItems": "items",
            "dueAt": "dueDate",
            "issueDate": "date",
            "invoiceDate": "date",
            "retainer": "isRetainer",
        },
    ),
    values={
        "status": make_spellings(
            get_args(Status), {"cancelled": "Canceled", "void": "Canceled", "sent": "Unpaid", "overdue": "Unpaid"}
        )
    },
    texts=(
        TextForm(
            ("currency",),
            re.compile("[a-z]{3}", re.ASCII),
            lambda match: f"a code of three capital letters, `{match[0].upper()}`",
        ),
        TextForm(
            ("date", "dueDate"),
            _DATE_TIME,
            lambda match: f"a day, `{match[1]}`, or a time with its zone, `{match[1]}T00:00:00Z`",
        ),
    ),
)
_ITEM: Final = Properties(
    names=make_spellings(
        ("name", "price", "quantity"),
        {"unitPrice": "price", "rate": "price", "amount": "price", "qty": "quantity", "title": "name"},
    ),
    owner=" of an item",
)

_CUSTOMER: Final = Properties(
    names=make_spellings(
        ("billTo", "shipTo", "cc", "bcc", "currency", "lang", "dateFormat", "attachPdf", "notes", "tags"),
        {
            "billing": "billTo",
            "billingAddress": "billTo",
            "shipping": "shipTo",
            "shippingAddress": "shipTo",
            "note": "notes",
        },
    ),
)
_PARTY: Final = Properties(
    names=make_spellings(
        ("company", "firstName", "lastName", "email", "phone", "address", "legal"),
        {"companyName": "company", "mobile": "phone", "telephone": "phone", "street": "address", "taxId": "legal"},
    ),
    owner=" of a customer",
)

_INVOICES: Final = "/v1/invoices"
_CUSTOMERS: Final = "/v1/customers"
_INVOICE_NUMBER: Final = re.compile(r"/invoices/((?:INV|RET)-[0-9]{4}-[0-9]+)", re.ASCII)


def advise(attempt: Attempt) -> Iterator[str]:
    """Yield a sentence for each likely mistake of a call, the most basic first; none for a right call."""
    key = attempt.headers.get("api-key", "")
    yield from check_scheme(key, "the key in the header `api-key`") if key else _KEY.check(attempt)
    path = _find_path(attempt)
    if attempt.operation is None and path is None:
        return
    if path is not None:
        yield from check_address(attempt, attempt.method, path, _explain_path(attempt.path, path))
    if "scope-id" not in attempt.headers:
        yield from _SCOPE.check(attempt)
    if number := _INVOICE_NUMBER.search(attempt.path):
        yield f"Name the invoice in the path by its `id` of 24 hex digits, not by its number {shorten(number[1])}."
    if isinstance(attempt.body, dict) and attempt.method in {"POST", "PUT", "PATCH"}:
        subject = (attempt.operation or "").lower()
        if "customer" in subject or (path or "").startswith(_CUSTOMERS):
            yield from _check_customer(attempt.body)
        elif "invoice" in subject or path == _INVOICES:
            yield from _check_invoice(attempt.body, attempt.status)
        else:
            yield from _PAYMENT.check_wrapper(attempt.body, ())
            yield from _PAYMENT.check(attempt.body)


def _check_invoice(body: Mapping[str, Any], status: int | None) -> Iterator[str]:
    yield from _INVOICE.check_wrapper(body, ())
    yield from _INVOICE.check(body)
    items = body.get("items")
    objects = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        yield from dict.fromkeys(_explain_totals(body))
    # Items usually share their mistakes: name each mistake once.
    yield from dict.fromkeys(hint for item in objects for hint in _ITEM.check(item))


def _check_customer(body: Mapping[str, Any]) -> Iterator[str]:
    yield from _CUSTOMER.check(body)
    bill_to = body.get("billTo")
    if isinstance(bill_to, dict):
        yield from _PARTY.check(bill_to)
        return
    outside = [name for name in ("company", "firstName", "lastName", "phone", "address") if name in body]
    if outside:
        yield f"Move {', '.join(f'`{name}`' for name in outside)} into `billTo`."


def _explain_totals(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was kept without entering the total, because its shape is not understood."""
    for name in ("discount", "extraCharges"):
        if read_adjustment(body.get(name)) is None:
            yield (
                f"`{name}` did not enter the total: send its `value` as a number, and its `type` as `Fixed` or "
                "`Percentage` (up to 100)."
            )
    for tax in body.get("taxes") or ():
        if read_rate(tax) is None:
            yield "A tax did not enter the total: send its `rate` as a number from 0 to 100."


def _find_path(attempt: Attempt) -> str | None:
    """Return the path of the operation that a path unknown to the contract is near to."""
    if attempt.operation is not None:
        return None
    segments = [segment for segment in attempt.path.split("/") if segment]
    while segments and segments[0].lower() in {"v1", "v2", "api"}:
        del segments[0]
    match [re.sub("^(invoice|payment|retainer|customer)$", r"\1s", segment.lower()) for segment in segments[:3:2]]:
        case ["invoices" | "retainers", "payments"]:
            payment = segments[3:4]
            return f"/v1/payments/{payment[0]}" if payment else f"/v1/invoices/{segments[1]}/payments"
        case ["invoices" | "retainers"]:
            return _INVOICES if attempt.method == "POST" else "/".join([_INVOICES, *segments[1:2]])
        case ["payments"]:
            return f"/v1/payments/{segments[1]}" if segments[1:] else "/v1/invoices/{id}/payments"
        case ["customers"]:
            return "/".join([_CUSTOMERS, *segments[1:2]])
    return None


def _explain_path(sent: str, path: str) -> str:
    if f"/v1{sent}" == path:
        return "the path lacks the version"
    # A base URL that ends with the version, and a path that begins with it.
    return "the path has `/v1` twice" if sent == f"/v1{path}" else ""

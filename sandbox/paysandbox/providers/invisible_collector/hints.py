"""Hints about likely mistakes of Invisible Collector's clients."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from paysandbox.core.messages import Attempt
from paysandbox.core.money import ZERO, strip_zeros
from paysandbox.kit.hints import Placement, Properties, check_address, make_spellings

_TOKEN: Final = Placement(what="token", right="in the header `Authorization: Bearer <token>`")
_PROPERTIES: Final = Properties(
    make_spellings(
        (
            "externalId",
            "netTotal",
            "grossTotal",
            "referenceNumber",
            "customerId",
            "dueDate",
            "vatNumber",
            "zipCode",
        ),
        {"vat": "vatNumber", "nif": "vatNumber"},
    )
)
_LARGEST: Final = 10**12  # adding up larger numbers, like 9e999999, would take too long
_BY_EXTERNAL_ID: Final = ("getPayment", "deletePayment", "cancelPayment")
_BY_DEBT_ID: Final = (
    "getDebt",
    "createCreditNote",
    "createDebitNote",
    "suspendDebt",
    "unsuspendDebt",
    "cancelDebt",
    "setDebtAttributes",
    "deleteDebtAttributes",
)
_BY_CUSTOMER: Final = (
    "getCustomer",
    "updateCustomer",
    "listCustomerDebts",
    "getCustomerAttributes",
    "setCustomerAttributes",
    "listCustomerContacts",
    "setCustomerContacts",
)
_WRITES_CUSTOMER: Final = ("createCustomer", "updateCustomer")
_COLLECTION: Final = re.compile(r"(.*)(/payments|/debts|/customers)")
_CANCEL: Final = re.compile(r"/payments/[^/]+/cancel")
_BEARER: Final = re.compile(r"\s*bearer\s+\S", re.IGNORECASE)


def advise(attempt: Attempt) -> Iterator[str]:
    """Yield a sentence for each likely mistake of a call; none for a right call."""
    if attempt.path.startswith("//"):
        yield "End the base URL without a slash, because the path begins with two; other APIs do not tolerate that."
    if attempt.operation is None:
        yield from _check_address(attempt)
    elif attempt.status == HTTPStatus.NOT_FOUND:
        yield from _check_identifier(attempt.operation)
    sent = attempt.headers.get("authorization")
    if sent is None:
        yield from _TOKEN.check(attempt)
    elif not _BEARER.match(sent):
        yield "Write `Bearer` and a space before the token: `Authorization: Bearer <token>`."
    yield from _check_body(attempt)


def _check_address(attempt: Attempt) -> Iterator[str]:
    path = "/" + attempt.path.strip("/")
    collection = _COLLECTION.fullmatch(path)
    if _CANCEL.fullmatch(path):
        yield from check_address(attempt, "PUT", attempt.path)
    elif path in {"/debts", "/customers"} and attempt.method == "GET":
        yield from check_address(attempt, "GET", f"{path}/find")
    elif collection is not None:
        reason = "the API has no version or other prefix" if collection[1] else "a path does not end in a slash"
        if path != attempt.path or collection[1]:
            yield from check_address(attempt, "POST", collection[2], reason)


def _check_identifier(operation: str) -> Iterator[str]:
    if operation in _BY_EXTERNAL_ID:
        yield (
            "Name a payment in the path by the externalId it was registered with, not by its number or gid; a payment "
            "without an externalId cannot be read, cancelled or deleted."
        )
    elif operation in _BY_DEBT_ID:
        yield (
            "Name a debt in the path by the id that POST /debts answered, in lower case, not by its number: "
            "GET /debts/find?number=… finds the id of a number."
        )
    elif operation in _BY_CUSTOMER:
        yield (
            "Name a customer in the path by gid or externalId, not by VAT number: GET /customers/find?vat=… finds the "
            "gid of a VAT number."
        )


def _check_body(attempt: Attempt) -> Iterator[str]:
    body = attempt.body
    if isinstance(body, dict):
        lines = body.get("lines")
        objects = [body, *(line for line in lines if isinstance(line, dict))] if isinstance(lines, list) else [body]
        # Lines usually share their mistakes: name each mistake once.
        yield from dict.fromkeys(hint for each in objects for hint in _PROPERTIES.check(each))
        yield from _check_total(body)
        is_new = attempt.status == HTTPStatus.CREATED and attempt.operation == "createPayment"
        if is_new and body.get("externalId") is None:
            yield "Send an externalId: a payment without it can never be read, cancelled or deleted."
        if attempt.operation in _WRITES_CUSTOMER and body.get("externalId") == "find":
            search = "GET /customers/find is the search"
            yield f"Give this customer another externalId, or read and change it by its gid: {search}."
    elif body is None and b'"number"' in attempt.content and not attempt.content.lstrip().startswith(b"{"):
        yield "Put the body between { and }, which the example on the vendor's page lacks."
    if attempt.rule == "different-payment-same-number-conflicts":
        yield (
            "Repeat every property exactly in a retry, externalId and status included, or give a new payment a number "
            "of its own."
        )


def _check_total(body: Mapping[str, Any]) -> Iterator[str]:
    gross, lines = _read_amount(body.get("grossTotal")), body.get("lines")
    if gross is None or not isinstance(lines, list):
        return
    amounts = [_read_amount(line.get("amount")) if isinstance(line, dict) else None for line in lines]
    known = [amount for amount in amounts if amount is not None]
    total = sum(known, ZERO)
    if len(known) == len(amounts) and total != gross:
        yield (
            f"Send a grossTotal that the lines add up to: it is {strip_zeros(gross)}, they are {strip_zeros(total)}. "
            "This API accepts the difference, and settles the debts by the lines."
        )


def _read_amount(value: Any) -> Decimal | None:
    """Return a number as an amount; None for other types, infinities and numbers beyond any amount."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Decimal(value) if -_LARGEST < value < _LARGEST else None

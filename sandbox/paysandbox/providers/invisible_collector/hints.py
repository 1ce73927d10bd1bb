"""Likely mistakes of a client of Invisible Collector, as a call shows them, each with its mend."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from paysandbox.core.messages import Attempt
from paysandbox.core.money import ZERO, plain

_LARGEST: Final = 10**12  # what is far beyond an amount of money is no amount, and is not added up
_MEMBERS: Final = ("externalId", "netTotal", "grossTotal", "referenceNumber", "customerId", "dueDate")
_BY_EXTERNAL_ID: Final = ("getPayment", "deletePayment", "cancelPayment")
_BY_DEBT_ID: Final = ("getDebt", "createCreditNote", "createDebitNote")
_OTHER_HEADERS: Final = ("api-key", "x-api-key", "x-api-token", "apikey", "token", "x-auth-token")
_OTHER_QUERIES: Final = ("token", "access_token", "api_key", "apikey")
_COLLECTION: Final = re.compile(r"(.*)(/payments|/debts)")
_CANCEL: Final = re.compile(r"/payments/[^/]+/cancel")
_BEARER: Final = re.compile(r"\s*bearer\s+\S", re.IGNORECASE)


def advise(attempt: Attempt) -> Iterator[str]:
    """Sentences about what the client probably got wrong; none for a call without a likely mistake."""
    yield from _address(attempt)
    yield from _credentials(attempt)
    yield from _body(attempt)


def _address(attempt: Attempt) -> Iterator[str]:
    if attempt.path.startswith("//"):
        yield (
            "The path begins with two slashes, as the base URL ends with one: let the base URL end without a slash. "
            "This API tolerates it; others do not."
        )
    if attempt.operation is None:
        yield from _unknown_address(attempt)
    elif attempt.status == HTTPStatus.NOT_FOUND and attempt.operation in _BY_EXTERNAL_ID:
        yield (
            "The path names a payment by the externalId that it was registered with, not by its number or gid; one "
            "that was registered without an externalId cannot be read, cancelled or deleted."
        )
    elif attempt.status == HTTPStatus.NOT_FOUND and attempt.operation in _BY_DEBT_ID:
        yield (
            "The path names a debt by the id that POST /debts answered, in lower case, not by its number: "
            "GET /debts/find?number=… finds the id of a number."
        )


def _unknown_address(attempt: Attempt) -> Iterator[str]:
    path = "/" + attempt.path.strip("/")
    found = _COLLECTION.fullmatch(path)
    if _CANCEL.fullmatch(path) and attempt.method != "PUT":
        yield f"A payment is cancelled with PUT, not {attempt.method[:20]}."
    elif path == "/debts" and attempt.method == "GET":
        yield "Debts are listed by GET /debts/find, with or without parameters, not by GET /debts."
    elif found is not None and found[1]:
        yield (
            "This API stands at the root of its host, without a version or a prefix: "
            f"send POST {found[2]}, not {path[:80]}."
        )
    elif found is not None and attempt.path.endswith("/"):
        yield f"The path ends with a slash: send POST {found[2]} without it."


def _credentials(attempt: Attempt) -> Iterator[str]:
    sent = attempt.headers.get("authorization")
    if sent is not None:
        if not _BEARER.match(sent):
            yield (
                "The Authorization header has no `Bearer` before the token: "
                "write `Authorization: Bearer <token>`, with one space."
            )
        return
    places = [f"the header {name}" for name in _OTHER_HEADERS if name in attempt.headers]
    queries = {name for name, _ in attempt.query}
    places += [f"the query parameter {name}" for name in _OTHER_QUERIES if name in queries]
    if places:
        yield (
            "The token is looked for only in the Authorization header: "
            f"send `Authorization: Bearer <token>`, not {places[0]}."
        )


def _body(attempt: Attempt) -> Iterator[str]:
    body = attempt.body
    if isinstance(body, dict):
        yield from _spelling(body)
        yield from _totals(body)
        made = attempt.status == HTTPStatus.CREATED and attempt.operation == "createPayment"
        if made and body.get("externalId") is None:
            yield (
                "The payment has no externalId, by which alone the API can read, cancel or delete a payment: "
                "give it one if you ever want to find it again."
            )
    elif body is None and b'"number"' in attempt.content and not attempt.content.lstrip().startswith(b"{"):
        yield "The body lacks its braces, as the example on the vendor's page does: put it between { and }."
    if attempt.rule == "different-payment-same-number-conflicts":
        yield (
            "A retry is only taken as one if every member is the same as at first, externalId and status included: "
            "send the same payment again, or give a new payment a number of its own."
        )


def _spelling(body: Mapping[str, Any]) -> Iterator[str]:
    """Names that are right but for their case or underscores."""
    lines = body.get("lines")
    objects = [body, *(line for line in lines if isinstance(line, dict))] if isinstance(lines, list) else [body]
    given = {name for each in objects for name in each if isinstance(name, str)}
    for member in _MEMBERS:
        near = sorted(name for name in given if name != member and name.replace("_", "").lower() == member.lower())
        if near:
            yield f"This API writes its members in camel case: `{member}`, not `{near[0][:40]}`."


def _totals(body: Mapping[str, Any]) -> Iterator[str]:
    gross, lines = _amount(body.get("grossTotal")), body.get("lines")
    if gross is None or not isinstance(lines, list):
        return
    amounts = [_amount(line.get("amount")) if isinstance(line, dict) else None for line in lines]
    known = [amount for amount in amounts if amount is not None]
    total = sum(known, ZERO)
    if len(known) == len(amounts) and total != gross:
        yield (
            f"The amounts of the lines add up to {plain(total)}, but grossTotal says {plain(gross)}: nobody refuses "
            "that, and the debts follow the lines, so let the two agree."
        )


def _amount(value: Any) -> Decimal | None:
    """A number as an amount; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Decimal(value) if -_LARGEST < value < _LARGEST else None

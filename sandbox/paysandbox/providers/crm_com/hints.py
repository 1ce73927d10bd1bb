"""Likely mistakes of a client of CRM.COM, as a call shows them, each with its mend. No credential is repeated."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from paysandbox.core.messages import Attempt

_BASE: Final = "/crmapi/rest/v2"
_METHODS: Final[Mapping[str, str]] = {
    "/authentication/token/release": "POST",
    "/authentication/token": "POST",
    "/payments/pay_invoice": "POST",
    "/payments/cancel": "POST",
    "/payments/show": "GET",
    "/payments/list": "GET",
    "/invoices/show": "GET",
}
_READING: Final = ("showPayment", "listPayments", "showInvoice")
_HEADERS: Final = ("authorization", "token", "x-token", "x-auth-token", "x-access-token", "api-key", "x-api-key")
_QUERIES: Final = ("token", "access_token", "api_key")
_AMOUNTS: Final = ("payment_amount", "amount", "outstanding_amount")
_IDENTIFIERS: Final = (
    "accounts_receivable_identifier",
    "wallet_identifier",
    "type_identifier",
    "category_identifier",
    "payment_method_identifier",
    "invoice_identifier",
    "received_by_user_identifier",
    "received_by_unit_identifier",
    "card_identifier",
    "accounts_receivable_payment_preference_identifier",
    "payment_preference_identifier",
    "payment_identifier",
)
_DATE_TIMES: Final = ("received_on", *(f"udf_date_{number}" for number in range(1, 5)))
_ZONED: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{5,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_PLAIN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_PLACEHOLDER: Final = re.compile(rb"\{\{[ \t]{0,8}[A-Za-z_$.-]{1,40}[ \t]{0,8}\}\}")
_TRAILING_COMMA: Final = re.compile(rb",\s*[}\]]")
_LOWER_CASE_TOKEN: Final = re.compile(r"(?=.*[a-f])[0-9a-fA-F]{32}")
_ID: Final = re.compile(r"[0-9A-F]{32}")
_PACKED: Final = re.compile(r"[a-z_]{1,32}=.")
_EXPIRED: Final = (
    "The token has expired, after two hours, or before R12.0.0 after an idle one: "
    "log in again with POST authentication/token and send the new token."
)


def advise(attempt: Attempt) -> Iterator[str]:
    """Sentences about what the client probably got wrong; none for a call without a likely mistake."""
    if attempt.operation is None:
        yield from _address(attempt)
    elif _refused_with_200(attempt):
        yield (
            "This call was refused with HTTP 200, as this API refuses everything: "
            "test `status.code` of the answer for OK, never the HTTP status."
        )
    if attempt.operation in _READING:
        yield from _query(attempt)
        return
    yield from _credentials(attempt)
    yield from _text(attempt)
    if isinstance(attempt.body, dict):
        yield from _login(attempt, attempt.body)
        yield from _payment(attempt, attempt.body)


def _address(attempt: Attempt) -> Iterator[str]:
    """For a path or a method that there is not."""
    path = re.sub("/{2,}", "/", unquote(attempt.path)).rstrip("/").lower()
    name, method = next(((one, method) for one, method in _METHODS.items() if path.endswith(one)), (None, ""))
    if name is None:
        return
    if attempt.path != _BASE + name:
        yield f"The path is not one of this API's: send {method} {_BASE}{name}, exactly so."
    elif attempt.method != method:
        what = "a POST with a JSON body" if method == "POST" else "a GET with the token and all else in its query"
        yield f"This call is {what}: send {method} {_BASE}{name}."


def _refused_with_200(attempt: Attempt) -> bool:
    """Whether an answer with HTTP 200 was a refusal; of a body that was not read there is no rule and no violation."""
    if attempt.status == HTTPStatus.OK and attempt.operation in _READING:
        return bool(attempt.violations) or attempt.rule is not None or not _token_in(attempt)
    kind = attempt.headers.get("content-type", "").partition(";")[0].strip().lower()
    return attempt.status == HTTPStatus.OK and (
        bool(attempt.violations)
        or attempt.rule is not None
        or kind != "application/json"
        or not isinstance(attempt.body, dict)
        or (attempt.operation != "createToken" and not _has_token(attempt.body))
    )


def _credentials(attempt: Attempt) -> Iterator[str]:
    if attempt.operation in {"createToken", None}:
        return
    body = attempt.body
    if not _has_token(body):
        queries = {name for name, _ in attempt.query}
        places = [f"the header {name}" for name in _HEADERS if name in attempt.headers]
        places += [f"the query parameter {name}" for name in _QUERIES if name in queries]
        if places:
            yield f"The token is looked for only in the member `token` of the body: send it there, not as {places[0]}."
        return
    token: str = body["token"]
    if token.lower().startswith("bearer "):
        yield "The member `token` begins with `Bearer`: send the token alone."
    elif _LOWER_CASE_TOKEN.fullmatch(token.partition("~")[0]):
        yield "The token has letters in lower case: send it as the login answered it, in upper case."
    if attempt.rule == "token-expires":
        yield _EXPIRED


def _query(attempt: Attempt) -> Iterator[str]:
    """For a call that reads: the token and packed identifiers are in its query."""
    token = _token_in(attempt)
    if not token:
        places = [f"the header {name}" for name in _HEADERS if name in attempt.headers]
        places += ["a member of the body"] if _has_token(attempt.body) else []
        if places:
            yield f"A call that reads has its token in the query: send it as `?token=…`, not as {places[0]}."
    elif _LOWER_CASE_TOKEN.fullmatch(token.partition("~")[0]):
        yield "The token has letters in lower case: send it as the login answered it, in upper case."
    if attempt.rule == "token-expires":
        yield _EXPIRED
    if isinstance(attempt.body, dict) and any(name in attempt.body for name in _IDENTIFIERS):
        yield "A call that reads takes no body: send its identifiers in the query, like `payment_identifier=number=97`."
    for name, value in attempt.query:
        if name.partition("[")[0].partition(".")[0] in _IDENTIFIERS and not _PACKED.match(value):
            plain = name.partition("[")[0].partition(".")[0]
            yield (
                f"In a query `{plain}` is one text with the key before the value: send it like `{plain}=number=97`, "
                "neither as JSON nor as a bare value."
            )


def _token_in(attempt: Attempt) -> str:
    """The token in the query; empty if there is none."""
    return next((value for name, value in attempt.query if name == "token"), "")


def _text(attempt: Attempt) -> Iterator[str]:
    """For a body as it was written: what the documentation's own examples get wrong."""
    if attempt.body is None or _is_placeholder(attempt.body):
        if _PLACEHOLDER.search(attempt.content):
            yield (
                "The body has a placeholder in double braces, as the documentation's example 3 does: "
                "put a token of the login in its place, in quotes."
            )
        if attempt.body is None and _TRAILING_COMMA.search(attempt.content):
            yield (
                "A comma stands before a closing brace, as in the documentation's example 1: "
                "take it away, JSON has no trailing commas."
            )


def _login(attempt: Attempt, body: Mapping[str, Any]) -> Iterator[str]:
    if attempt.operation != "createToken":
        return
    if "organization" in body:
        yield "The member is spelt with an s: send `organisation`, not `organization`."
    unit = body.get("unit")
    if isinstance(unit, str) and not _ID.fullmatch(unit):
        yield "The `unit` of a login is an id of 32 hexadecimal digits, not a name: send the id, or leave it out."


def _payment(attempt: Attempt, body: Mapping[str, Any]) -> Iterator[str]:
    for name, identifier in _identifiers(body):
        yield from _identifier(name, identifier)
    if body.get("accounts_receivable_identifier") is not None and body.get("wallet_identifier") is not None:
        yield "A payment has one payer: send `accounts_receivable_identifier` or `wallet_identifier`, not both."
    for name in _AMOUNTS:
        if name in body:
            whole = (
                "A payment is cancelled as a whole"
                if attempt.operation == "cancelPayment"
                else "A payment is always of all that the invoice owes"
            )
            yield f"{whole}: leave `{name}` out."
    for name in _DATE_TIMES:
        value = body.get(name)
        if isinstance(value, str) and _ZONED.fullmatch(value) and not _PLAIN.fullmatch(value):
            yield f"`{name}` is written to the second and without a zone: send it like 2014-07-14T09:12:54."


def _identifier(name: str, identifier: Any) -> Iterator[str]:
    if isinstance(identifier, (str, int)):
        yield f'`{name}` is an object with the key to look for: send it like {{"id": "…"}}, not as a bare value.'
    if not isinstance(identifier, dict):
        return
    if len(identifier) > 1:
        keys = ", ".join(f"`{str(key)[:40]}`" for key in list(identifier)[:5])
        yield f"`{name}` has the keys {keys}: send exactly one of them, without the others even as null."
    if any(isinstance(value, int) for value in identifier.values()):
        yield f'The key of `{name}` is given as a number: send it as text, in quotes, like {{"number": "192"}}.'


def _identifiers(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _IDENTIFIERS:
        if name in body:
            yield name, body[name]
            if isinstance(body[name], dict):
                yield from _identifiers(body[name])


def _has_token(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("token"), str) and body["token"] != ""


def _is_placeholder(body: Any) -> bool:
    return _has_token(body) and body["token"].startswith("{{")

"""Hints about likely mistakes of CRM.COM's clients."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from paysandbox.core.messages import Attempt
from paysandbox.kit.hints import Placement, Properties, TextForm, check_address, check_scheme, make_spellings, shorten

_BASE: Final = "/crmapi/rest/v2"
# The longer path first: paths are compared by their ends.
_METHODS: Final[Mapping[str, str]] = {
    "/authentication/token/release": "POST",
    "/authentication/web_api_key/token": "POST",
    "/authentication/token": "POST",
    "/payments/pay_invoice": "POST",
    "/payments/create": "POST",
    "/payments/cancel": "POST",
    "/payments/show": "GET",
    "/payments/get_latest": "GET",
    "/payments/list": "GET",
    "/invoices/show": "GET",
    "/invoices/list": "GET",
    "/accounts_receivable/show": "GET",
    "/accounts_receivable/list": "GET",
    "/wallets/show": "GET",
    "/wallets/list": "GET",
    "/wallets/get_balance": "POST",
    "/payments/configuration/payment_methods/list": "GET",
    "/payments/configuration/types/list": "GET",
    "/invoices/configuration/types/list": "GET",
    "/accounts_receivable/configuration/payment_preferences/list": "GET",
}
_READS: Final = (
    "showPayment",
    "listPayments",
    "getLatestPayments",
    "showInvoice",
    "listInvoices",
    "showAccountsReceivable",
    "listAccountsReceivable",
    "showWallet",
    "listWallets",
    "listPaymentMethods",
    "listPaymentTypes",
    "listInvoiceTypes",
    "listPaymentPreferences",
)

_KEY_LOGIN: Final = "createWebApiKeyToken"
_BASIC: Final = re.compile(r"basic\s+\S", re.IGNORECASE)
_TOKEN_IN_BODY: Final = Placement(what="token", right="in the body as `token`")
_TOKEN_IN_QUERY: Final = Placement(what="token", right="of a call that reads in the query as `token`", body="token")
_LOWER_CASE_TOKEN: Final = re.compile(r"(?=.*[a-f])[0-9a-fA-F]{32}")

_LOGIN: Final = Properties(
    names=make_spellings(("organisation",), {"organization": "organisation"}),
    texts=(TextForm(("unit",), re.compile(r"(?![0-9A-F]{32}\Z).*", re.DOTALL), lambda _: "an id of 32 hex digits"),),
)
# Credentials of the sandbox that are none of a login's, by what to do with them.
_NOT_OF_LOGIN: Final[Mapping[str, str]] = {
    "token": "Leave `token` out of a login, because it is what a login answers.",
    "web_api_key": "Leave `web_api_key` out of this login: POST authentication/web_api_key/token takes it, as the user "
    "name of HTTP Basic authentication.",
}
_PAYMENT: Final = Properties(
    names={},
    texts=(
        TextForm(
            ("received_on", *(f"udf_date_{number}" for number in range(1, 5))),
            re.compile(
                r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[0-9]{2}:[0-9]{2}|[0-9:]{8}(?:\.[0-9]{1,9})?[+-][0-9]{4})|"
                r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}"
            ),
            lambda _: "a day, like 2014-07-14, or a time with seconds, like 2014-07-14T09:12:54 or with a zone +02:00",
        ),
    ),
)
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
    "intended_currency_identifier",
    "contact_information_identifier",
    "payment_type_identifier",
)
_QUERY_IDENTIFIER: Final = re.compile(r"[a-z_]{1,32}=.")
_PLACEHOLDER: Final = re.compile(rb"\{\{[ \t]{0,8}[A-Za-z_$.-]{1,40}[ \t]{0,8}\}\}")
_TRAILING_COMMA: Final = re.compile(rb",\s*[}\]]")


def advise(attempt: Attempt) -> Iterator[str]:
    """Yield a sentence for each likely mistake of a call; none for a right call."""
    is_read = attempt.operation in _READS
    token = _find_query_token(attempt) if is_read else _find_body_token(attempt.body)
    if attempt.operation is None:
        yield from _check_address(attempt)
    elif attempt.status == HTTPStatus.OK and _is_refused(attempt, token):
        yield "Test `status.code` of the reply for OK, because this API refuses with HTTP 200: this call was refused."
    if attempt.operation == _KEY_LOGIN and not _BASIC.match(attempt.headers.get("authorization", "")):
        yield "Send the web API key as the user name of HTTP Basic authentication, with an empty password."
    if attempt.operation == "createToken" and _lacks_login(attempt):
        yield (
            "Send `username`, `password` and `organisation` in the body, not in the header `authorization`: only "
            "POST authentication/web_api_key/token reads it."
        )
    if attempt.operation not in {"createToken", _KEY_LOGIN, None}:
        yield from _check_token(attempt, token, _TOKEN_IN_QUERY if is_read else _TOKEN_IN_BODY)
    if is_read:
        yield from _check_query(attempt)
        return
    yield from _check_text(attempt)
    if isinstance(attempt.body, dict):
        if attempt.operation == "createToken":
            yield from _LOGIN.check(attempt.body)
            yield from (hint for name, hint in _NOT_OF_LOGIN.items() if name in attempt.body)
        yield from _check_payment(attempt, attempt.body)


def _check_address(attempt: Attempt) -> Iterator[str]:
    path = re.sub("/{2,}", "/", unquote(attempt.path)).rstrip("/").lower()
    for end, method in _METHODS.items():
        if path.endswith(end):
            reason = "a call that reads has all in its query" if method == "GET" else "this call has a JSON body"
            yield from check_address(attempt, method, _BASE + end, reason if attempt.method != method else "")
            return


def _is_refused(attempt: Attempt, token: str) -> bool:
    """Tell whether a reply with HTTP 200 is a refusal: a body that was not read leaves no rule and no violation."""
    if attempt.violations or attempt.rule is not None:
        return True
    if attempt.operation in _READS:
        return not token
    if attempt.operation == _KEY_LOGIN:
        is_read = not attempt.content or isinstance(attempt.body, dict)
        return not is_read or not _BASIC.match(attempt.headers.get("authorization", ""))
    media_type = attempt.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_token = token or attempt.operation == "createToken"
    return media_type != "application/json" or not isinstance(attempt.body, dict) or not has_token


def _lacks_login(attempt: Attempt) -> bool:
    """Tell whether a login has its user name or password in a header alone."""
    body = attempt.body if isinstance(attempt.body, dict) else {}
    return bool(attempt.headers.get("authorization")) and not (body.get("username") and body.get("password"))


def _check_token(attempt: Attempt, token: str, placement: Placement) -> Iterator[str]:
    if not token:
        yield from placement.check(attempt)
    yield from check_scheme(token, "the `token`")
    if _LOWER_CASE_TOKEN.fullmatch(token.partition("~")[0]):
        yield "Send the token in upper case, as the login answered it."
    if attempt.rule == "token-expires":
        yield (
            "Log in again with POST authentication/token and send the new token, because this one has expired: after "
            "two hours, or before R12.0.0 after one hour without a call."
        )


def _check_query(attempt: Attempt) -> Iterator[str]:
    if isinstance(attempt.body, dict) and any(name in attempt.body for name in _IDENTIFIERS):
        yield "Send identifiers in the query, like `payment_identifier=number=97`: a call that reads has no body."
    for parameter, value in attempt.query:
        name = parameter.partition("[")[0].partition(".")[0]
        if name in _IDENTIFIERS and not _QUERY_IDENTIFIER.match(value):
            yield f"Send `{name}` as one string with its key, like `{name}=number=97`, not as JSON or a bare value."


def _check_text(attempt: Attempt) -> Iterator[str]:
    """Yield hints about the body as it was sent: mistakes of the documentation's own examples."""
    is_placeholder = _find_body_token(attempt.body).startswith("{{")
    if (attempt.body is None or is_placeholder) and _PLACEHOLDER.search(attempt.content):
        yield "Replace the placeholder in double braces, as in the documentation's example 3, by a token in quotes."
    if attempt.body is None and _TRAILING_COMMA.search(attempt.content):
        yield "Remove the comma before a closing brace, as in the documentation's example 1: JSON has none there."


def _check_payment(attempt: Attempt, body: Mapping[str, Any]) -> Iterator[str]:
    for name, identifier in _find_identifiers(body):
        yield from _check_identifier(name, identifier)
    if _is_given(body.get("accounts_receivable_identifier")) and _is_given(body.get("wallet_identifier")):
        yield "Send one payer, `accounts_receivable_identifier` or `wallet_identifier`, not both."
    is_cancellation = attempt.operation == "cancelPayment"
    reason = "a payment is cancelled as a whole" if is_cancellation else "a payment is of all that the invoice owes"
    for name in _AMOUNTS:
        if name in body and attempt.operation != "createPayment":
            yield f"Omit `{name}`, because {reason}."
    yield from _PAYMENT.check(body)


def _check_identifier(name: str, identifier: Any) -> Iterator[str]:
    if isinstance(identifier, (str, int)):
        yield f'Send `{name}` as an object with the key to look for, like {{"id": "…"}}, not as a bare value.'
    if not isinstance(identifier, dict):
        return
    given = [key for key, value in identifier.items() if _is_given(value)]
    if len(given) > 1:
        keys = ", ".join(f"`{shorten(key)}`" for key in given[:5])
        yield f"Send `{name}` with one of the keys {keys}, and the others left out, null or empty."
    if any(isinstance(value, int) for value in identifier.values()):
        yield f'Send the key of `{name}` as a string, like {{"number": "192"}}, not as a number.'


def _is_given(value: Any) -> bool:
    """Tell whether a key of an identifier counts: null and an empty string do not, nor an identifier of such keys."""
    return any(map(_is_given, value.values())) if isinstance(value, dict) else value is not None and value != ""


def _find_identifiers(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _IDENTIFIERS:
        if name in body:
            yield name, body[name]
            if isinstance(body[name], dict):
                yield from _find_identifiers(body[name])


def _find_query_token(attempt: Attempt) -> str:
    """Return the token in the query; empty if there is none."""
    return next((value for name, value in attempt.query if name == "token"), "")


def _find_body_token(body: Any) -> str:
    """Return the token in the body; empty if there is none."""
    token = body.get("token") if isinstance(body, dict) else None
    return token if isinstance(token, str) else ""

"""Authentication by API key, and refusals as InvoiceXpress words them."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound, Problem, Unauthenticated, Unroutable, Violation
from paysandbox.providers.invoicexpress.records import Account, InvoiceXpressState

# The rules that refuse a call because of the state that a document is in.
_OF_STATE: Final = frozenset(
    {
        "draft-or-cancelled-takes-no-payment",
        "receipt-is-cancelled-once",
        "receipted-document-is-not-cancelled",
        "states-follow-each-other",
        "cancel-or-credit-note",
        "only-drafts-change",
    }
)
# The vendor's text for one wrong property, by its pointer and the keyword that it violates.
_TEXTS: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r".*/client/country \w+", "Client is invalid"),
        (r".*/client/email \w+", "Email must be an email address"),
        (r".*/retention \w+", "Retention must be a number between 0 and 99.99"),
        (
            r".*/mb_reference (?:pattern|maximum|not)",
            "Option to generate MB reference is set but no payment provider is configurated",
        ),
        (r".*/items minItems", "Document should have at least one item"),
        (r".*/items/\d+/quantity (?:exclusiveMinimum|type)", "Quantity must be a number greater than 0"),
        (r".*/message minLength", "Cancel message can't be blank"),
        (r".*/unit_price required", "Unit price can't be blank"),
        (r"/tax/region required", "Tax region is empty"),
        (r"/tax/region (?:enum|minLength)", "Tax region is not valid"),
        (r"/tax/value (?:pattern|type)", "Value must be a number between 0 and 99.99"),
    )
)
_RULE_TEXTS: Final = {
    "exempt-line-needs-reason": "Razão de isenção deve ter uma opção selecionada",
    "client-name-unique": "Name has already been taken",
    "client-code-unique": "Code has already been taken",
    "only-drafts-change": "Invoice has been settled so can't be changed anymore",
    "item-name-unique": "Name has already been taken",
    "serie-unique": "Serie has already been taken",
    "fiscal-id-of-portugal": "Fiscal is invalid",
    "due-on-its-date-or-later": "Due date must be later than date",
}
# Not by strftime, which follows the locale.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def authenticate(api_key: str, state: InvoiceXpressState) -> Account:
    """Return the account of an API key.

    Raises:
        Unauthenticated: no account has this key.
    """
    account = state.accounts.find("api_key", api_key)
    if account is None:
        raise Unauthenticated("no account has this api_key")
    return account


def refuse(problem: Problem, state: InvoiceXpressState) -> Reply:
    """Word a refusal. Source: vendor page, Responses; 405 is a house decision.

    The page lists neither 400 nor 415, so a body that is not JSON is refused as 422, incorrect parameters.
    """
    match problem:
        case Unroutable(allow=allow):
            return Reply(405 if allow else 404)
        case Unauthenticated():
            return _reply(401, ["Invalid API key"], state)
        case NotFound():
            return Reply(404)
        case Conflict():
            return _reply(409, ["Conflict. There's an ongoing document creation with the provided UID."], state)
        case NotAllowed(rule="tax-name-unique") if state.variants["error_bodies"] != "empty":
            return Reply(422, [["name", "não está disponível."]], escaped=True)
        case NotAllowed(rule=rule) if rule in _OF_STATE:
            return _reply(int(state.variants["state_refusal_status"]), _list_errors(problem), state)
        case _:
            return _reply(422, _list_errors(problem), state)


def fail(status: int, state: InvoiceXpressState) -> Reply:
    """Word a failure requested by a fault: like a refusal with this status, otherwise with an empty body."""
    match status:
        case 401:
            return _reply(401, ["Invalid API key"], state)
        case 406:
            return _reply(406, ["document-id provided is in an invalid state"], state)
        case 409:
            return _reply(409, ["Conflict. There's an ongoing document creation with the provided UID."], state)
        case 422:
            return _reply(422, ["Some parameters sent were incorrect"], state)
        case _:
            return Reply(status)


def _reply(status: int, texts: Iterable[str], state: InvoiceXpressState) -> Reply:
    """Reply with these texts if the variant has error bodies. Source: a Ruby client's recordings of 2019."""
    if state.variants["error_bodies"] == "empty":
        return Reply(status)
    return Reply(status, {"errors": [{"error": text} for text in texts]}, escaped=True)


def _list_errors(problem: Problem) -> list[str]:
    """List the error texts: the vendor's where a source shows it, otherwise the sandbox's."""
    if (text := _find_vendor_text(problem)) is not None:
        return [text]
    return [_word_violation(violation) for violation in problem.violations] or [problem.message]


def _word_violation(violation: Violation) -> str:
    # A path names one record, of which the message tells enough.
    is_told = violation.pointer.startswith("{")
    return violation.message if is_told else f"{violation.pointer}: {violation.message}".lstrip(": ")


def _find_vendor_text(problem: Problem) -> str | None:
    """Return the vendor's text for a refusal. Source: vendor documentation, live checks and recordings."""
    if problem.rule in _RULE_TEXTS:
        return _RULE_TEXTS[problem.rule]
    match problem.rule:
        case "overpayment-is-refused":
            return f"O valor tem de ser menor ou igual a {problem.facts['outstanding']}"
        case "date-not-before-last-of-sequence":
            return (
                f"Date cannot be earlier than the last {problem.facts['type']} of this sequence"
                f"[{_write_short_date(problem.facts['date'])}]"
            )
        case _:
            if problem.rule is not None or len(problem.violations) != 1:
                return None
            wrong = f"{problem.violations[0].pointer} {problem.violations[0].keyword}"
            return next((text for pattern, text in _TEXTS if pattern.fullmatch(wrong)), None)


def _write_short_date(date: dt.date) -> str:
    return f"{date.day:02} {_MONTHS[date.month - 1]} {date.year % 100:02}"

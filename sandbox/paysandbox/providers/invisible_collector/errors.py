"""Authentication by token, and Invisible Collector's refusals: flat objects, `{"code": 404, "message": "…"}`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.core.problems import (
    Conflict,
    Malformed,
    NotAllowed,
    NotFound,
    Problem,
    Unauthenticated,
    UnknownResource,
    Unroutable,
)
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState

# The vendor's sentences about payments, except 400, whose sentence public clients expect.
_SENTENCES: Final[Mapping[int, str]] = {
    400: "Invalid JSON",
    401: "Invalid credentials were supplied",
    404: "One or more documents referenced by this payment was not found",
    409: "A different payment with the same number already exists on Invisible Collector",
    422: "The request is syntactically correct but not a valid payment JSON object",
}
# What takes the place of "payment JSON object" in other operations, because the vendor's sentence is not known.
_SUBJECTS: Final[Mapping[str, str]] = {
    "createPayment": "payment JSON object",
    "createDebt": "debt JSON object",
    "findDebts": "search for debts",
    "createCreditNote": "credit note JSON object",
    "createDebitNote": "debit note JSON object",
    "createCustomer": "customer JSON object",
    "findCustomers": "search for customers",
    "updateCustomer": "customer JSON object",
    "setCustomerAttributes": "attributes JSON object",
    "setDebtAttributes": "attributes JSON object",
    "setCustomerContacts": "contacts JSON array",
    "createGroup": "group JSON object",
    "updateCompany": "company JSON object",
}
_WITHOUT_A_BODY: Final = "set of query parameters"
# The sentences of other refusals that are known.
_NOT_FOUND: Final[Mapping[str, str]] = {
    "customer": "The user doesn't have any customer registered with that specific id.",
    "group": "Group not found",
}
_TAKEN: Final[Mapping[str, str]] = {
    "customer": "Customer already registered",
    "group": "A group with the given name already exists",
}
_NO_PAYMENT: Final = "00000000-0000-4000-8000-000000000000"


def authenticate(token: str, state: InvisibleCollectorState) -> str:
    """Return the id of the company that a bearer token belongs to.

    Raises:
        Unauthenticated: no company has this token.
    """
    record = state.tokens.get(token)
    if record is None:
        raise Unauthenticated("no company has this token")
    return record.company


def refuse(problem: Problem, state: InvisibleCollectorState) -> Reply:
    """Write the reply to a refused call, with the vendor's sentence where its page has one."""
    match problem:
        case Unroutable(allow=allow):
            status = 405 if allow else 404
            return _reply(state, status, _reason_phrase(status))
        case Malformed():
            return _reply(state, 400, _SENTENCES[400])
        case Unauthenticated():
            return _reply(state, 401, _SENTENCES[401])
        case UnknownResource():
            return _reply(state, 404, _reason_phrase(404))
        case NotFound(facts={"what": what}):
            return _reply(state, 404, _NOT_FOUND.get(what) or f"The {what} was not found")
        case NotFound():
            return _reply(state, 404, _SENTENCES[404])
        case Conflict(facts={"what": what, "gid": gid}):
            message = _TAKEN.get(what) or f"A {what} with the same number already exists on Invisible Collector"
            return _reply(state, 409, message, gid=gid)
        case Conflict(facts=facts):
            return _reply(state, 409, _SENTENCES[409], gid=facts["gid"])
        case NotAllowed(facts={"message": message}):
            return _reply(state, 422, message)
        case _:
            return _reply(state, 422, _word_unprocessable(problem.operation))


def fail(status: int, state: InvisibleCollectorState) -> Reply:
    """Write a failure with this HTTP status: with the vendor's sentence, else with HTTP's reason phrase.

    The `gid` of a 409 is that of no payment.
    """
    properties = {"gid": _NO_PAYMENT} if status == HTTPStatus.CONFLICT else {}
    return _reply(state, status, _SENTENCES.get(status) or _reason_phrase(status), **properties)


def _word_unprocessable(operation: str | None) -> str:
    subject = _SUBJECTS.get(operation or "createPayment", _WITHOUT_A_BODY)
    return _SENTENCES[422].replace("payment JSON object", subject)


def _reason_phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "Unknown Failure")


def _reply(state: InvisibleCollectorState, code: int, message: str, **properties: str) -> Reply:
    written_code = str(code) if state.variants.get("code_type") == "string" else code
    return Reply(code, {"code": written_code, "message": message, **properties})

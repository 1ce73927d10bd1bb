"""Who a token belongs to, and Invisible Collector's words for a refusal: `{"code": 404, "message": "…"}`, flat."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.core.problems import (
    Conflict,
    Malformed,
    NotFound,
    Problem,
    Unauthenticated,
    UnknownResource,
    Unroutable,
)
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState

# The vendor's own sentences about payments, but for that of 400, which clients expect.
_SENTENCES: Final[Mapping[int, str]] = {
    400: "Invalid JSON",
    401: "Invalid credentials were supplied",
    404: "One or more documents referenced by this payment was not found",
    409: "A different payment with the same number already exists on Invisible Collector",
    422: "The request is syntactically correct but not a valid payment JSON object",
}
# What the request should have been, where it is no payment. The vendor's sentence for these is not known.
_INSTEAD: Final[Mapping[str, str]] = {
    "createDebt": "debt JSON object",
    "findDebts": "search for debts",
    "createCreditNote": "credit note JSON object",
    "createDebitNote": "debit note JSON object",
}
_NO_PAYMENT: Final = "00000000-0000-4000-8000-000000000000"


def authenticate(token: str, state: InvisibleCollectorState) -> str:
    """The id of the company that a bearer token belongs to.

    Raises:
        Unauthenticated: nobody has this token.
    """
    found = state.tokens.get(token)
    if found is None:
        raise Unauthenticated("no company has this token")
    return found.company


def refuse(problem: Problem, state: InvisibleCollectorState) -> Reply:
    """The answer to a refused call, in the vendor's own sentences where its page has one."""
    match problem:
        case Unroutable(allow=allow):
            status = 405 if allow else 404
            return _reply(state, status, _phrase(status))
        case Malformed():
            return _reply(state, 400, _SENTENCES[400])
        case Unauthenticated():
            return _reply(state, 401, _SENTENCES[401])
        case UnknownResource():
            return _reply(state, 404, _phrase(404))
        case NotFound(facts={"what": what}):
            return _reply(state, 404, f"The {what} was not found")
        case NotFound():
            return _reply(state, 404, _SENTENCES[404])
        case Conflict(facts={"what": what, "gid": gid}):
            return _reply(state, 409, f"A {what} with the same number already exists on Invisible Collector", gid=gid)
        case Conflict(facts=facts):
            return _reply(state, 409, _SENTENCES[409], gid=facts["gid"])
        case _:
            return _reply(state, 422, _unprocessable(problem.operation))


def fail(status: int, state: InvisibleCollectorState) -> Reply:
    """A failure with this HTTP status: the vendor's sentence of it, else the standard reason phrase.

    The `gid` of a 409 is made up: no payment has it.
    """
    more = {"gid": _NO_PAYMENT} if status == HTTPStatus.CONFLICT else {}
    return _reply(state, status, _SENTENCES.get(status) or _phrase(status), **more)


def _unprocessable(operation: str | None) -> str:
    instead = _INSTEAD.get(operation or "")
    return _SENTENCES[422].replace("payment JSON object", instead) if instead is not None else _SENTENCES[422]


def _phrase(status: int) -> str:
    return next((one.phrase for one in HTTPStatus if one == status), "Unknown Failure")


def _reply(state: InvisibleCollectorState, code: int, message: str, **more: str) -> Reply:
    spelt = str(code) if state.variants.get("code_type") == "string" else code
    return Reply(code, {"code": spelt, "message": message, **more})

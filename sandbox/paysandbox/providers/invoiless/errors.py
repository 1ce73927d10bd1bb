"""Authentication by API key, and refusals as Invoiless words them: a status and `{"message": "…"}`.

Statuses and messages are the vendor's, except for 405; that the body carries the message is a house decision. One
text is of the live service itself, which public clients have seen.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.core.problems import (
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    Unauthenticated,
    Unroutable,
    Violation,
)
from paysandbox.providers.invoiless.records import Account, InvoilessState

_SERVER_ERROR: Final = "Something went wrong on Invoiless's end. (These are rare.)"
_MESSAGES: Final[Mapping[int, str]] = {
    400: "The request was unacceptable, often due to missing a required parameter.",
    403: "The API key doesn't have permissions to perform the request.",
    404: "The requested resource doesn't exist.",
    405: "The resource does not take this method.",
    500: _SERVER_ERROR,
    502: _SERVER_ERROR,
    503: _SERVER_ERROR,
    504: _SERVER_ERROR,
}


def authenticate(key: str, state: InvoilessState) -> Account:
    """Return the account of an API key.

    Raises:
        Unauthenticated: no account has this key.
    """
    account = state.accounts.find("api_key", key)
    if account is None:
        raise Unauthenticated("no account has this api-key")
    return account


def refuse(problem: Problem, state: InvoilessState) -> Reply:
    """Word a refusal. The vendor documents no 401, 409, 415 or 422, so these are 403 or 400.

    Under the variant `unauthenticated_status: 401` a wrong key is a 401.
    """
    match problem:
        case Unroutable(allow=allow) if allow:
            return _reply(405, _MESSAGES[405])
        case Unroutable() | NotFound():
            return _reply(404, _MESSAGES[404])
        case Unauthenticated() if state.variants["unauthenticated_status"] == "401":
            return fail(401, state)
        case Unauthenticated() | Forbidden():
            return _reply(403, _MESSAGES[403])
        case NotAllowed(rule="retainer-flag-is-final"):
            return _reply(403, _MESSAGES[403])
        case NotAllowed(message=message):
            return _reply(400, message)
        case Invalid(violations=[Violation(pointer="/isRecurring")]):
            return _reply(400, '"isRecurring" is not allowed')
        case _:
            return _reply(400, _MESSAGES[400])


def fail(status: int, _state: InvoilessState) -> Reply:
    """Word a failure requested by a fault: with the vendor's message, or HTTP's phrase if the vendor has none.

    Source: the vendor's documentation, Errors & Support.
    """
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"Status {status}"
    return _reply(status, _MESSAGES.get(status, phrase))


def _reply(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})

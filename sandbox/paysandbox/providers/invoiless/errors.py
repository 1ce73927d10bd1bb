"""Who a key belongs to, and how the imitated Invoiless refuses: a status and `{"message": "…"}`.

The statuses and their sentences, of 405 excepted, are the vendor's; that a body carries them is a house decision.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.core.problems import Forbidden, NotAllowed, NotFound, Problem, Unauthenticated, Unroutable
from paysandbox.providers.invoiless.records import Account, InvoilessState

_OUR_END: Final = "Something went wrong on Invoiless's end. (These are rare.)"
_SAYS: Final[Mapping[int, str]] = {
    400: "The request was unacceptable, often due to missing a required parameter.",
    403: "The API key doesn't have permissions to perform the request.",
    404: "The requested resource doesn't exist.",
    405: "The resource does not take this method.",
    500: _OUR_END,
    502: _OUR_END,
    503: _OUR_END,
    504: _OUR_END,
}


def authenticate(key: str, state: InvoilessState) -> Account:
    """The account of an API key.

    Raises:
        Unauthenticated: nobody has this key.
    """
    account = state.accounts.find("api_key", key)
    if account is None:
        raise Unauthenticated("no account has this api-key")
    return account


def refuse(problem: Problem, state: InvoilessState) -> Reply:
    """The answer to a refused call. The vendor documents no 401, 409, 415 or 422: what would be one is a 403 or 400.

    The variant `unauthenticated_status` has a 401 all the same.
    """
    match problem:
        case Unroutable(allow=allow) if allow:
            return _reply(405, _SAYS[405])
        case Unroutable() | NotFound():
            return _reply(404, _SAYS[404])
        case Unauthenticated() if state.variants["unauthenticated_status"] == "401":
            return fail(401, state)
        case Unauthenticated() | Forbidden():
            return _reply(403, _SAYS[403])
        case NotAllowed(message=message):
            return _reply(400, message)
        case _:
            return _reply(400, _SAYS[400])


def fail(status: int, _state: InvoilessState) -> Reply:
    """A failure that was asked for: in the vendor's sentence, or in HTTP's where the vendor does not know the status.

    Source: the vendor's documentation, Errors & Support.
    """
    known = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"Status {status}"
    return _reply(status, _SAYS.get(status, known))


def _reply(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})

"""Who a key belongs to, and how the imitated Invoiless refuses: a status and `{"message": "…"}`.

The statuses and the sentences about 400, 403 and 404 are the vendor's; that a body carries them is a house decision.
"""

from sandbox.exchange import Reply
from sandbox.problems import Forbidden, NotAllowed, NotFound, Problem, Unauthenticated, Unroutable
from sandbox.providers.invoiless.records import Account, InvoilessState


def authenticate(key: str, state: InvoilessState) -> Account:
    """The account of an API key.

    Raises:
        Unauthenticated: nobody has this key.
    """
    account = state.accounts.find("api_key", key)
    if account is None:
        raise Unauthenticated("no account has this api-key")
    return account


def refuse(problem: Problem, _state: InvoilessState) -> Reply:
    """The answer to a refused call. The vendor documents no 401, 409, 415 or 422: what would be one is a 403 or 400."""
    match problem:
        case Unroutable(allow=allow) if allow:
            return _reply(405, "The resource does not take this method.")
        case Unroutable() | NotFound():
            return _reply(404, "The requested resource doesn't exist.")
        case Unauthenticated() | Forbidden():
            return _reply(403, "The API key doesn't have permissions to perform the request.")
        case NotAllowed(message=message):
            return _reply(400, message)
        case _:
            return _reply(400, "The request was unacceptable, often due to missing a required parameter.")


def _reply(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})

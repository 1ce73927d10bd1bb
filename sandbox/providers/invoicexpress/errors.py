"""Whose key it is, and refusals in InvoiceXpress's words: a status and nothing else."""

from sandbox.exchange import Reply
from sandbox.problems import NotFound, Problem, Unauthenticated, Unroutable
from sandbox.providers.invoicexpress.records import Account, InvoiceXpressState


def authenticate(api_key: str, state: InvoiceXpressState) -> Account:
    """The account that an API key belongs to.

    Raises:
        Unauthenticated: it belongs to none.
    """
    account = state.accounts.find("api_key", api_key)
    if account is None:
        raise Unauthenticated("no account has this api_key")
    return account


def refuse(problem: Problem, _: InvoiceXpressState) -> Reply:
    """The answer to a call that cannot be done. Source: seed, Responses (Empty Response); 405 is a house decision.

    The seed knows neither 400 nor 415, so a body that is no JSON is one more parameter that was sent incorrectly.
    """
    match problem:
        case Unroutable(allow=allow):
            return Reply(405 if allow else 404)
        case Unauthenticated():
            return Reply(401)
        case NotFound():
            return Reply(404)
        case _:
            return Reply(422)


def fail(status: int, _: InvoiceXpressState) -> Reply:
    """A failure that was asked for. Source: seed, Responses (Empty Response); other statuses are empty as well."""
    return Reply(status)

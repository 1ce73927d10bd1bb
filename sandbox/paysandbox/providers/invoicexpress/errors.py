"""Whose key it is, and refusals in InvoiceXpress's words: a status, and under a variant a text."""

from collections.abc import Iterable

from paysandbox.core.messages import Reply
from paysandbox.core.problems import NotFound, Problem, Unauthenticated, Unroutable
from paysandbox.providers.invoicexpress.records import Account, InvoiceXpressState


def authenticate(api_key: str, state: InvoiceXpressState) -> Account:
    """The account that an API key belongs to.

    Raises:
        Unauthenticated: it belongs to none.
    """
    account = state.accounts.find("api_key", api_key)
    if account is None:
        raise Unauthenticated("no account has this api_key")
    return account


def refuse(problem: Problem, state: InvoiceXpressState) -> Reply:
    """The answer to a call that cannot be done. Source: vendor page, Responses; 405 is a house decision.

    The page knows neither 400 nor 415, so a body that is no JSON is one more parameter that was sent incorrectly.
    """
    match problem:
        case Unroutable(allow=allow):
            return Reply(405 if allow else 404)
        case Unauthenticated():
            return _told(401, ["Invalid API key"], state)
        case NotFound():
            return Reply(404)
        case _:
            return _told(422, _texts(problem), state)


def fail(status: int, state: InvoiceXpressState) -> Reply:
    """A failure that was asked for, like a refusal of that status; other statuses are empty as well."""
    match status:
        case 401:
            return _told(401, ["Invalid API key"], state)
        case 422:
            return _told(422, ["Some parameters sent were incorrect"], state)
        case _:
            return Reply(status)


def _told(status: int, texts: Iterable[str], state: InvoiceXpressState) -> Reply:
    """A refusal with these texts, where refusals have any. Source: our notes, as recorded in 2019."""
    if state.variants["error_bodies"] == "empty":
        return Reply(status)
    return Reply(status, {"errors": [{"error": text} for text in texts]}, escaped=True)


def _texts(problem: Problem) -> list[str]:
    """What is wrong. Of the vendor's texts only the one about an overpayment was seen; the others are the sandbox's."""
    if problem.rule == "overpayment-is-refused":
        return [f"O valor tem de ser menor ou igual a {problem.facts['outstanding']}"]
    return [f"{one.pointer}: {one.message}".lstrip(": ") for one in problem.violations] or [problem.message]

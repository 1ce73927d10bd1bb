"""Who a token belongs to, and Invisible Collector's words for a refusal: `{"code": 404, "message": "…"}`, flat."""

from typing import Any, Final

from sandbox.exchange import Reply
from sandbox.problems import Conflict, Malformed, NotFound, Problem, Unauthenticated, Unroutable
from sandbox.providers.invisible_collector.records import InvisibleCollectorState

# The vendor's own sentences, where its page has one.
_MESSAGES: Final[dict[type[Problem], tuple[int, str]]] = {
    Malformed: (400, "Invalid JSON"),
    Unauthenticated: (401, "Invalid credentials were supplied"),
    NotFound: (404, "One or more documents referenced by this payment was not found"),
    Conflict: (409, "A different payment with the same number already exists on Invisible Collector"),
}
_INVALID: Final = (422, "The request is syntactically correct but not a valid payment JSON object")


def authenticate(token: str, state: InvisibleCollectorState) -> str:
    """The id of the company that a bearer token belongs to.

    Raises:
        Unauthenticated: nobody has this token.
    """
    found = state.tokens.get(token)
    if found is None:
        raise Unauthenticated("no company has this token")
    return found.company


def refuse(problem: Problem, _state: InvisibleCollectorState) -> Reply:
    """The problem in Invisible Collector's words; a conflict also names the payment already held (`gid`)."""
    if isinstance(problem, Unroutable):
        code, message = (405, "Method Not Allowed") if problem.allow else (404, "Not Found")
    else:
        code, message = next((said for kind, said in _MESSAGES.items() if isinstance(problem, kind)), _INVALID)
    body: dict[str, Any] = {"code": code, "message": message}
    return Reply(code, {**body, **problem.facts})

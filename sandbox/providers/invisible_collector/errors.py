"""Who a token belongs to, and Invisible Collector's words for a refusal: `{"code": 404, "message": "…"}`, flat."""

from sandbox.exchange import Reply
from sandbox.problems import Conflict, Malformed, NotFound, Problem, Unauthenticated, Unroutable
from sandbox.providers.invisible_collector.records import InvisibleCollectorState


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
    """The answer to a refused call, in the vendor's own sentences where its page has one."""
    match problem:
        case Unroutable(allow=allow) if allow:
            return _reply(405, "Method Not Allowed")
        case Unroutable():
            return _reply(404, "Not Found")
        case Malformed():
            return _reply(400, "Invalid JSON")
        case Unauthenticated():
            return _reply(401, "Invalid credentials were supplied")
        case NotFound():
            return _reply(404, "One or more documents referenced by this payment was not found")
        case Conflict(facts=facts):
            message = "A different payment with the same number already exists on Invisible Collector"
            return _reply(409, message, gid=facts["gid"])
        case _:
            return _reply(422, "The request is syntactically correct but not a valid payment JSON object")


def _reply(code: int, message: str, **more: str) -> Reply:
    return Reply(code, {"code": code, "message": message, **more})

"""Whose key it is, and Piggybank's words."""

from paysandbox.providers.piggybank.records import Bank, PiggybankState

from paysandbox.core.messages import Reply
from paysandbox.core.problems import Conflict, Problem, Unauthenticated, Unroutable


def authenticate(key: str, state: PiggybankState) -> Bank:
    """The bank that a key opens."""
    bank = state.banks.get(key)
    if bank is None:
        raise Unauthenticated("no bank has this key")
    return bank


def refuse(problem: Problem, _state: PiggybankState) -> Reply:
    """A status and a squeal."""
    match problem:
        case Unroutable(allow=allow):
            status = 405 if allow else 404
        case Unauthenticated():
            status = 401
        case Conflict():
            status = 409
        case _:
            status = 400
    return Reply(status, {"oink": problem.message})


def fail(status: int, _state: PiggybankState) -> Reply:
    """Any failure."""
    return Reply(status, {"oink": f"That is a {status}."})

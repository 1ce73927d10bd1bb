"""Word why a vendor's exchange is shown as refused."""

from collections.abc import Iterable
from typing import Final

from paysandbox.core.problems import Problem
from paysandbox.judging.differences import TOO_STRICT, Difference
from paysandbox.store.journal import Refusal

_REFUSED: Final = 400


def find_refusal(status: int, problem: Problem | None, differences: Iterable[Difference]) -> Refusal | None:
    """Say why: the vendor or the contract refused the request, or the reply is not as documented; None if neither.

    `problem` is the contract's verdict on the request, `differences` are all between the exchange and the contract.
    """
    said = "; ".join(f"{one.verdict}: {one.message}" for one in differences if one.verdict != TOO_STRICT)
    if problem is not None:
        took = "the vendor took what" if status < _REFUSED else "the vendor refused, and"
        reason = f"{took} the contract refuses: {problem.message}"
        message = "; ".join(filter(None, [reason, said]))
        return Refusal(message, tuple(problem.violations), problem.rule, depends_on_state=False)
    if status >= _REFUSED:
        reason = f"the vendor refused with {status} what the contract allows"
        return Refusal("; ".join(filter(None, [reason, said])), (), None, depends_on_state=True)
    return Refusal(said, (), None, depends_on_state=True) if said else None

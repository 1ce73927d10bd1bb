"""Tell which refusals that a contract documents a check has never met, because nothing is known about those."""

from collections.abc import Mapping
from typing import Final

from paysandbox.check.patience import LIMITED
from paysandbox.check.results import Tally
from paysandbox.contract.operation import Operation

REFUSALS: Final = range(400, 500)
MOST: Final = 8  # operations that the line names
_DOCUMENTED: Final = "documented"


def list_documented(operation: Operation) -> frozenset[int]:
    """The statuses of an operation's documented refusals, but for that of a rate limit, which no check is after."""
    return frozenset(
        status
        for status, spec in operation.replies.items()
        if status in REFUSALS and status != LIMITED and spec.provenance == _DOCUMENTED
    )


def describe_unmet(operations: Mapping[str, Tally]) -> list[str]:
    """The documented refusals that no call of these operations was answered with, in one line; none if all were met."""
    count = sum(len(tally.documented) for tally in operations.values())
    unmet = {name: sorted(tally.documented - tally.met) for name, tally in operations.items()}
    named = [f"{name} {' '.join(map(str, statuses))}" for name, statuses in unmet.items() if statuses]
    if not named:
        return []
    more = [f"{len(named) - MOST} operations more"] if len(named) > MOST else []
    missed = sum(map(len, unmet.values()))
    return [f"documented refusals never met: {missed} of {count}: {', '.join([*named[:MOST], *more])}"]

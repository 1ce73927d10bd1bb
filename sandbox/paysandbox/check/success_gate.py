"""What follows from the share of valid requests that succeeded: findings, or operations that were not reached."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from paysandbox.check import own_checks
from paysandbox.check.own_data import OwnData
from paysandbox.check.profiles import LEAST_CARRIED_OUT
from paysandbox.check.results import Finding, Run, Tally, Unreached
from paysandbox.check.target import Target
from paysandbox.contract.operation import Operation

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403


def check_success(run: Run, operations: Sequence[Operation], target: Target, own: OwnData | None) -> None:
    """success_gate: enough valid requests must succeed, because a run that is always refused tests nothing."""
    tallies = run.operations
    if run.errors:  # which may be why
        run.unreached.extend(list_untried(operations, tallies))
        return
    if own is not None and any(tally.carried_out for tally in tallies.values()):
        run.unreached.extend(list_unreached(operations, tallies, own))
        return
    for operation in operations:
        tally = tallies[operation.id]
        why = target.refused.get(operation.id)
        if why is not None and not tally.carried_out:
            run.unreached.append(describe_refused(operation, tally, why))
            continue
        least = tally.positive * LEAST_CARRIED_OUT / 100 if target.is_sandbox else 1
        if tally.carried_out < least:
            run.add(make_gate_finding(run.provider, operation, tally, is_sandbox=target.is_sandbox))


def make_gate_finding(provider: str, operation: Operation, tally: Tally, *, is_sandbox: bool) -> Finding:
    """The finding on an operation whose valid requests were mostly refused."""
    says = (
        f"only {tally.carried_out} of {tally.positive} valid requests succeeded"
        if tally.carried_out
        else _describe_refusals(tally)
    )
    total = tally.refusals.total()
    if total and tally.refusals[UNAUTHORIZED] + tally.refusals[FORBIDDEN] == total and not tally.carried_out:
        help_ = "the server refuses the credential; give the account's with --credential NAME=VALUE"
    elif is_sandbox:
        help_ = "so the operation was hardly tested; the target must have the records of the fixtures"
    else:
        help_ = "so the operation was not tested; name records of the server with --data"
    return Finding(
        provider=provider,
        operation=operation.id,
        phase="all",
        check="success_gate",
        says=f"{says}, {help_}",
        curl="",
        sentence=own_checks.cite_contract(operation, None),
    )


def describe_refused(operation: Operation, tally: Tally, why: str) -> Unreached:
    """An operation that the sandbox always refuses, which is no finding."""
    return Unreached(operation=operation.id, says=_describe_refusals(tally), help=why)


def list_untried(operations: Iterable[Operation], tallies: Mapping[str, Tally]) -> Iterator[Unreached]:
    """The operations of which no valid request had succeeded when the check ended early."""
    for operation in operations:
        tally = tallies[operation.id]
        if not tally.carried_out:
            called = _describe_refusals(tally) if tally.positive else "not called"
            yield Unreached(operation=operation.id, says=f"{called} before the check ended", help="")


def list_unreached(operations: Iterable[Operation], tallies: Mapping[str, Tally], own: OwnData) -> Iterator[Unreached]:
    """The operations of which no valid request succeeded, on a server with its own data.

    Such a server does not say whether its state is why, so they are no findings.
    """
    for operation in operations:
        tally = tallies[operation.id]
        if tally.carried_out:
            continue
        missing = own.describe_missing(operation)
        yield Unreached(
            operation=operation.id,
            says=_describe_refusals(tally),
            help=f"give a record that it accepts with --data: {', '.join(missing)}" if missing else "",
        )


def _describe_refusals(tally: Tally) -> str:
    statuses = ", ".join(f"{status} to {count}" for status, count in tally.refusals.most_common())
    return f"none of {tally.positive} valid requests succeeded" + (f": {statuses}" if statuses else "")

"""Whether a failure counts: the exclusions that `profiles.EXCLUDED` lists with their reasons."""

from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import (
    AllowHeaderMismatch,
    EnsureResourceAvailability,
    IgnoredAuth,
    MissingHeaderNotRejected,
    RejectedPositiveData,
)

from paysandbox.check import own_checks, scenarios
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target
from paysandbox.contract.operation import Operation


def is_failure(
    subject: Subject, target: Target, failure: Failure, operation: Operation, case: AnyCase, reply: Response
) -> bool:
    """Whether a failure of a check of schemathesis counts at this target."""
    if isinstance(failure, RejectedPositiveData):
        by_state = own_checks.get_header(reply, "x-sandbox-reason") == "state"
        may_be = scenarios.is_step(case) or subject.is_control
        return target.is_sandbox and not (by_state and may_be)
    if isinstance(failure, AllowHeaderMismatch):
        left_out = _list_left_out(subject, target, operation)
        return bool({*failure.missing_methods, *failure.undocumented_methods} - left_out)
    if isinstance(failure, EnsureResourceAvailability):
        has_path = any(parameter.place == "path" for parameter in operation.parameters)
        return has_path and (target.is_sandbox or not _names_example(subject, operation, case))
    if isinstance(failure, IgnoredAuth | MissingHeaderNotRejected):
        return not subject.envelope(operation, reply.status_code)  # `CredentialSuite` covers it
    if not isinstance(failure, AcceptedNegativeData) or not subject.envelope(operation, reply.status_code):
        return True
    return subject.is_success(operation, reply.status_code, own_checks.read_body(reply))


def _names_example(subject: Subject, operation: Operation, case: AnyCase) -> bool:
    """Whether the path of a case names a record of the contract's examples, so not one that was just created."""
    sent = case.path_parameters or {}
    return any(
        str(sent.get(parameter["name"])) == str(parameter["example"])
        for parameter in subject.parameters(operation)
        if parameter["in"] == "path"
    )


def _list_left_out(subject: Subject, target: Target, operation: Operation) -> set[str]:
    """The methods of operations on the same path that are not checked."""
    left = target.skipped | target.unchecked
    alike = (other for other in subject.operations if other.template == operation.template)
    return {other.method for other in alike if other.id in left}

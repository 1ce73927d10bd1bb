"""Checks that schemathesis lacks, applied to the bytes on the wire with validators that the server does not use.

Schemathesis accepts any 401, 404 or 409 as the refusal of an invalid request, so a server that ignores enums and
formats passes its checks.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import Request
from schemathesis.generation.meta import TestPhase

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.sources import Evidence
from paysandbox.core.problems import Violation

AnyCase = Case[Any]

REFUSALS: Final = {400, 415, 422}
NOT_THE_BODY: Final = [place for place in ParameterLocation if place is not ParameterLocation.BODY]


class CheckFailure(NamedTuple):
    """Name of a failed check, what failed in a line, and what the contract says.

    `is_assumed`: whether that is only assumed; None if the part of the contract that the check is about tells.
    """

    check: str
    says: str
    sentence: str
    is_assumed: bool | None = None


class Outcome(NamedTuple):
    """The status of a reply, whether it says that the call succeeded, and whether it refuses for the state."""

    status: int
    done: bool
    by_state: bool


class Unreadable(ValueError):
    """Not JSON, or JSON about which readers disagree."""


def read_json_strictly(content: bytes) -> Any:
    """Read JSON as strictly as the sandbox does; numbers with a fraction or exponent are Decimal.

    Raises:
        Unreadable: not UTF-8 JSON, a byte order mark, NaN, a lone surrogate, a property given twice.
    """
    try:
        text = content.decode()
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeats
        )
        if "\\u" in text:  # only an escape can make a lone surrogate, which has no UTF-8
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise Unreadable(str(error)) from None
    return value


def body_schema_iff(
    subject: Subject, operation: Operation, case: AnyCase, request: Request, reply: Response
) -> Iterator[CheckFailure]:
    """An invalid body is refused for its schema; a valid one succeeds or is refused for the state.

    Only a sandbox marks refusals for the state. On other servers the check is only that an invalid body never succeeds.
    """
    if not is_decided_by_body(operation, case, request):
        return
    content = request.body or b""
    if not content and operation.body is not None and not operation.body.required:
        content = b"{}"
    try:
        value = read_json_strictly(content)
        if operation.body is not None:
            value = operation.body.read_only.strip(value)
        valid = subject.is_valid(subject.body_schema_path(operation), value)
    except Unreadable:
        value, valid = None, False
    done = subject.is_success(operation, reply.status_code, read_body(reply))
    outcome = Outcome(reply.status_code, done, get_header(reply, "x-sandbox-reason") == "state")
    # The last exclusion in `profiles.EXCLUDED`.
    meta = case.meta
    revocable = (
        meta is not None
        and meta.phase.name is TestPhase.STATEFUL
        and operation.body is not None
        and subject.service.provider.body_credential in operation.body.members
    )
    if not (valid and revocable):
        yield from judge_body(subject, operation, value, outcome, valid=valid)


def judge_body(
    subject: Subject, operation: Operation, value: Any, outcome: Outcome, *, valid: bool
) -> Iterator[CheckFailure]:
    """What is wrong with the outcome of a request whose body has this value; `valid` by the contract, or not."""
    said = f"{outcome.status}{' (for the state)' if outcome.by_state else ''}"
    if valid and not outcome.done and not outcome.by_state and subject.is_sandbox:
        sentence = cite_contract(operation, outcome.status)
        yield CheckFailure("body_schema_iff", f"a valid body is refused with {said}", sentence)
    elif not valid and outcome.done:
        yield CheckFailure("body_schema_iff", f"an invalid body is accepted with {said}", _cite_body(operation, value))
    elif not valid and subject.is_sandbox and (outcome.by_state or not may_refuse(subject, operation, outcome.status)):
        says = f"an invalid body is refused for another reason, with {said}"
        yield CheckFailure("body_schema_iff", says, _cite_body(operation, value))


def may_refuse(subject: Subject, operation: Operation, status: int) -> bool:
    """Whether this status may refuse an invalid body; where there is an envelope, the envelope says it."""
    return status in REFUSALS or subject.envelope(operation, status) is not None


def documented_empty_body(subject: Subject, operation: Operation, reply: Response) -> Iterator[CheckFailure]:
    """A status documented without content has no body and no Content-Type."""
    written = subject.follow(subject.operation_object(operation)["responses"].get(str(reply.status_code), {}))
    if written and "content" not in written and (reply.content or get_header(reply, "content-type")):
        kind = get_header(reply, "content-type")
        says = f"{reply.status_code} is documented as empty but has a body: {kind} {reply.content[:200]!r}"
        yield CheckFailure("documented_empty_body", says, _cite_reply(operation, reply))


def envelope_status(subject: Subject, operation: Operation, reply: Response) -> Iterator[CheckFailure]:
    """The envelope of an API that always answers HTTP 200 matches exactly one documented form."""
    place = subject.envelope(operation, reply.status_code)
    if place is not None:
        body = read_body(reply)
        branches = range(subject.envelope_branches(operation, reply.status_code))
        fitting = [branch for branch in branches if subject.is_valid((*place[:-1], branch), body)]
        if len(fitting) != 1:
            says = f"the envelope matches {len(fitting)} of the documented forms: {(reply.content or b'')[:200]!r}"
            yield CheckFailure("envelope_status", says, _cite_reply(operation, reply))


def explained(subject: Subject, operation: Operation, reply: Response) -> Iterator[CheckFailure]:
    """A sandbox explains every refusal in X-Sandbox-Explain, and nothing else."""
    done = subject.is_success(operation, reply.status_code, read_body(reply))
    marked = get_header(reply, "x-sandbox-explain") is not None
    if subject.is_sandbox and subject.name in subject.runtime.services and marked == done:
        says = f"{reply.status_code} {'has' if marked else 'lacks'} X-Sandbox-Explain"
        yield CheckFailure("explained", says, _cite_reply(operation, reply))


def is_of_another_record(subject: Subject, operation: Operation, before: Any, after: Any) -> bool:
    """Whether a read after a delete found another record: a value that each new record must have is not the same.

    An id that clients choose, such as an external id, can be that of several records.
    """
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    names = {
        name
        for creating in subject.operations
        if creating.method == "POST" and operation.template.startswith(f"{creating.template}/{{")
        for name in subject.body_schema(creating).get("required", ())
    }
    values = [(before.get(name), after.get(name)) for name in names]
    return any(isinstance(old, str) and isinstance(new, str) and old != new for old, new in values)


def cite_contract(operation: Operation, status: int | None) -> str:
    """What the contract says about a status of an operation; for an undeclared status, which ones it declares.

    Each status has its own provenance, because a documented operation may have an assumed status.
    """
    spec = None if status is None else operation.replies.get(status)
    if spec is None:
        listed = ", ".join(f"{known} [{operation.replies[known].provenance}]" for known in sorted(operation.replies))
        return f"{operation.summary}: it answers {listed}"
    return f"{status}: {spec.says}{_provenance_suffix(spec.provenance, spec.source)}"


def cite_operation(subject: Subject, operation: Operation) -> str:
    """What the contract says about an operation as a whole."""
    says = str(subject.operation_object(operation).get("description", "")).partition("\n")[0]
    suffix = _provenance_suffix(operation.provenance, operation.source)
    return f"{operation.summary}{f': {says}' if says else ''}{suffix}"


def _cite_reply(operation: Operation, reply: Response) -> str:
    return cite_contract(operation, reply.status_code)


def _cite_body(operation: Operation, value: Any) -> str:
    """What the contract says about the property that makes a body invalid."""
    found = operation.body.validator.violations(value) if operation.body is not None else []
    if not found:
        return f"The body is {operation.body.media_type if operation.body else 'empty'}, as every JSON reader reads it"
    return cite_violation(found[0], operation)


def cite_violation(violation: Violation, operation: Operation) -> str:
    """What the contract says about a part that makes a request invalid."""
    provenance = violation.provenance or operation.provenance
    evidence = _provenance_suffix(provenance, violation.source or operation.source)
    said = f"; {violation.says or operation.summary}" if violation.said_by is None else ""
    return f"{violation}{said}{evidence}"


def _provenance_suffix(provenance: str, source: Evidence | str | None) -> str:
    return f" [{provenance}{f': {source}' if source else ''}]"


def read_body(reply: Response) -> Any:
    """The JSON value of a reply; None if its body is not JSON."""
    try:
        return read_json_strictly(reply.content or b"")
    except Unreadable:
        return None


def get_header(reply: Response, name: str) -> str | None:
    """The first value of a header, or None."""
    found = reply.headers.get(name)
    return found[0] if found else None


def is_decided_by_body(operation: Operation, case: AnyCase, request: Request) -> bool:
    """Whether only the body can make the request invalid."""
    if operation.body is None or request.method != operation.method:
        return False
    declared = {name.lower(): value for name, value in request.headers.items()}.get("content-type")
    meta = case.meta  # once, because each look hashes the whole case, to see whether it has changed
    return (
        meta is not None
        and declared == [operation.body.media_type]
        and not any(meta.is_negative_at(place) for place in NOT_THE_BODY)
    )


def _refuse_constant(text: str) -> Any:
    raise Unreadable(text)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Unreadable("a property is given twice")
    return dict(pairs)

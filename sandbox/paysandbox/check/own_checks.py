"""What schemathesis's own checks forgive, judged from the bytes on the wire by readers that the server does not use.

The built-in checks take any 401, 404 or 409 for the refusal of an invalid request, so a server that ignores enums and
formats passes them.
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

AnyCase = Case[Any]

REFUSALS: Final = {400, 415, 422}
NOT_THE_BODY: Final = [place for place in ParameterLocation if place is not ParameterLocation.BODY]


class Remark(NamedTuple):
    """What a check of our own found: its name, the disagreement in a line, and what the contract says."""

    check: str
    says: str
    sentence: str


class Unreadable(ValueError):
    """Not JSON, or JSON about which readers disagree."""


def read(content: bytes) -> Any:
    """A JSON value as the design's door lets it in; numbers with a fraction or exponent are Decimal.

    Raises:
        Unreadable: not UTF-8 JSON, a byte order mark, NaN, a lone surrogate, a member given twice.
    """
    try:
        value = json.loads(
            content.decode(), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeats
        )
        json.dumps(value, ensure_ascii=False, default=str).encode()  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise Unreadable(str(error)) from None
    return value


def body_schema_iff(
    subject: Subject, operation: Operation, case: AnyCase, request: Request, reply: Response
) -> Iterator[Remark]:
    """An invalid body is refused because of itself; a valid one is refused by the state or not at all.

    What a server that is no sandbox refuses for its state it does not mark: of such a server it is only known that an
    invalid body must not be carried out. `subject.marks` says which it is.
    """
    if not judges_the_body(operation, case, request):
        return
    content = request.body or b""
    try:
        value = read(content)
        valid = subject.is_valid(subject.body_place(operation), value)
    except Unreadable:
        value, valid = None, False
    done = subject.carried_out(operation, reply.status_code, body_of(reply))
    by_state = header(reply, "x-sandbox-reason") == "state"
    said = f"{reply.status_code}{' (by the state)' if by_state else ''}"
    # The last exclusion of `depths.EXCLUDED`.
    revocable = (
        case.meta is not None
        and case.meta.phase.name is TestPhase.STATEFUL
        and operation.body is not None
        and subject.service.provider.body_credential in operation.body.members
    )
    if valid and not done and not by_state and subject.marks and not revocable:
        yield Remark("body_schema_iff", f"a valid body is refused with {said}", _of_reply(operation, reply))
    elif not valid and done:
        yield Remark("body_schema_iff", f"an invalid body is taken with {said}", _of_body(operation, value))
    elif not valid and subject.marks and (by_state or not may_refuse(subject, operation, reply.status_code)):
        says = f"an invalid body is refused for another reason, with {said}"
        yield Remark("body_schema_iff", says, _of_body(operation, value))


def may_refuse(subject: Subject, operation: Operation, status: int) -> bool:
    """Whether an invalid body may be answered with this status: an envelope says the rest itself."""
    return status in REFUSALS or subject.envelope(operation, status) is not None


def documented_empty_body(subject: Subject, operation: Operation, reply: Response) -> Iterator[Remark]:
    """A status documented without content comes without a body, and without a Content-Type."""
    written = subject.follow(subject.written(operation)["responses"].get(str(reply.status_code), {}))
    if written and "content" not in written and (reply.content or header(reply, "content-type")):
        kind = header(reply, "content-type")
        says = f"{reply.status_code} is documented as empty and comes with {kind} {reply.content[:200]!r}"
        yield Remark("documented_empty_body", says, _of_reply(operation, reply))


def envelope_status(subject: Subject, operation: Operation, reply: Response) -> Iterator[Remark]:
    """An API that answers everything with HTTP 200 says in its envelope, unmistakably, whether the call succeeded."""
    place = subject.envelope(operation, reply.status_code)
    if place is not None:
        body = body_of(reply)
        branches = range(subject.envelope_branches(operation, reply.status_code))
        fitting = [branch for branch in branches if subject.is_valid((*place[:-1], branch), body)]
        if len(fitting) != 1:
            says = f"the envelope fits {len(fitting)} of the documented forms: {(reply.content or b'')[:200]!r}"
            yield Remark("envelope_status", says, _of_reply(operation, reply))


def explained(subject: Subject, operation: Operation, reply: Response) -> Iterator[Remark]:
    """Whoever is refused by a sandbox is told why, whatever the provider's own body says."""
    done = subject.carried_out(operation, reply.status_code, body_of(reply))
    marked = header(reply, "x-sandbox-explain") is not None
    if subject.marks and subject.name in subject.runtime.services and marked == done:
        says = f"{reply.status_code} comes {'with' if marked else 'without'} X-Sandbox-Explain"
        yield Remark("explained", says, _of_reply(operation, reply))


def sentence(operation: Operation, status: int | None) -> str:
    """The contract's sentence on a status of an operation; of a status that it lacks, all statuses that it has.

    Each with its own provenance: a documented operation may have an assumed status.
    """
    spec = None if status is None else operation.replies.get(status)
    if spec is None:
        listed = ", ".join(f"{known} [{operation.replies[known].provenance}]" for known in sorted(operation.replies))
        return f"{operation.summary}: it answers {listed}"
    return f"{status}: {spec.says}{_by(spec.provenance, spec.source)}"


def _of_reply(operation: Operation, reply: Response) -> str:
    return sentence(operation, reply.status_code)


def _of_body(operation: Operation, value: Any) -> str:
    """The member's sentence that a body breaks, in the words of the contract."""
    found = operation.body.validator.violations(value) if operation.body is not None else []
    if not found:
        return f"The body is {operation.body.media_type if operation.body else 'empty'}, as every JSON reader reads it"
    first = found[0]
    broken = f"{first.pointer or 'the body'}: {first.message}"
    provenance = first.provenance or operation.provenance
    return f"{broken}; {first.says or operation.summary}{_by(provenance, first.source or operation.source)}"


def _by(provenance: str, source: Evidence | str | None) -> str:
    return f" [{provenance}{f': {source}' if source else ''}]"


def body_of(reply: Response) -> Any:
    """The JSON value of a reply; None if it has none."""
    try:
        return read(reply.content or b"")
    except Unreadable:
        return None


def header(reply: Response, name: str) -> str | None:
    """The only value of a header, or None."""
    found = reply.headers.get(name)
    return found[0] if found else None


def judges_the_body(operation: Operation, case: AnyCase, request: Request) -> bool:
    """Whether the body alone decides: nothing else of the request is wrong on purpose."""
    declared = {name.lower(): value for name, value in request.headers.items()}.get("content-type")
    return (
        operation.body is not None
        and case.meta is not None
        and request.method == operation.method
        and declared == [operation.body.media_type]
        and not any(case.meta.is_negative_at(place) for place in NOT_THE_BODY)
    )


def _refuse_constant(text: str) -> Any:
    raise Unreadable(text)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Unreadable("a member is given twice")
    return dict(pairs)

"""What schemathesis's own checks forgive, judged from the bytes on the wire by readers that the server does not use.

The built-in checks take any 401, 404 or 409 for the refusal of an invalid request, so a server that ignores enums and
formats passes them.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import Request

from sandbox.contract.operation import Operation
from tests.conformance.subject import Subject

AnyCase = Case[Any]

REFUSALS: Final = {400, 415, 422}
NOT_THE_BODY: Final = [place for place in ParameterLocation if place is not ParameterLocation.BODY]


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
) -> Iterator[str]:
    """An invalid body is refused because of itself; a valid one is refused by the state or not at all."""
    if not judges_the_body(operation, case, request):
        return
    content = request.body or b""
    try:
        valid = subject.is_valid(subject.body_place(operation), read(content))
    except Unreadable:
        valid = False
    done = subject.carried_out(operation, reply.status_code, body_of(reply))
    by_state = header(reply, "x-sandbox-reason") == "state"
    said = f"answered {reply.status_code}{' (by the state)' if by_state else ''}: {header(reply, 'x-sandbox-explain')}"
    if valid and not done and not by_state:
        yield f"body_schema_iff: a valid body is refused, {said}\n{content!r}"
    elif not valid and done:
        yield f"body_schema_iff: an invalid body is taken\n{content!r}"
    elif not valid and (by_state or not may_refuse(subject, operation, reply.status_code)):
        yield f"body_schema_iff: an invalid body is refused for another reason, {said}\n{content!r}"


def may_refuse(subject: Subject, operation: Operation, status: int) -> bool:
    """Whether an invalid body may be answered with this status: an envelope says the rest itself."""
    return status in REFUSALS or subject.envelope(operation, status) is not None


def documented_empty_body(subject: Subject, operation: Operation, reply: Response) -> Iterator[str]:
    """A status documented without content comes without a body, and without a Content-Type."""
    written = subject.followed(subject.written(operation)["responses"].get(str(reply.status_code), {}))
    if written and "content" not in written and (reply.content or header(reply, "content-type")):
        yield f"documented_empty_body: {reply.status_code} comes with {header(reply, 'content-type')} {reply.content!r}"


def explained(subject: Subject, operation: Operation, reply: Response) -> Iterator[str]:
    """Whoever is refused is told why, whatever the provider's own body says."""
    done = subject.carried_out(operation, reply.status_code, body_of(reply))
    marked = header(reply, "x-sandbox-explain") is not None
    if subject.name in subject.world.services and marked == done:
        yield f"explained: {reply.status_code} comes {'with' if marked else 'without'} X-Sandbox-Explain"


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

"""Dispatch a call to its provider: apply faults and the Prefer header, keep the journal, count coverage."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec import UNSET, Struct

from paysandbox.contract.operation import Operation
from paysandbox.core.clock import read_ticks
from paysandbox.core.messages import JSON_TYPE, PROBLEM_TYPE, Reply, Request, problem_document
from paysandbox.core.problems import ContractBreach, Malformed, Problem, TooLarge, Unroutable
from paysandbox.kit.provider import Service
from paysandbox.pipeline.explanation import headers as explanation_headers
from paysandbox.pipeline.process import OtherStatus, Outcome, encode_body, process
from paysandbox.store.faults import LOST_BEFORE, Effect, Fault
from paysandbox.store.journal import Entry, Refusal
from paysandbox.store.namespaces import Namespace

Headers = list[tuple[bytes, bytes]]

FAILURE: Final = 500  # never sent, because the connection is closed
SUCCESSES: Final = range(200, 300)
NO_PROVIDER: Final = "No such provider"
_CONTENT_TYPES: Final = {name: (b"content-type", name.encode()) for name in (JSON_TYPE, PROBLEM_TYPE)}
_STATUS: Final = re.compile(r"[1-5][0-9]{2}", re.ASCII)
_CODE: Final = re.compile(r"(?:^|,)\s*code\s*=\s*\"?([^\s,;\"]*)", re.IGNORECASE)

_log = logging.getLogger("paysandbox.pipeline.dispatch")


class WireReply(Struct, frozen=True, gc=False):
    """A reply as bytes; `effect` is the effect of a fault that is still to be applied when it is sent."""

    status: int
    headers: Headers
    content: bytes
    effect: Effect | None = None


class Observation(Struct, frozen=True, gc=False):
    """One exchange, as an observer sees it: the request below the provider's root, its outcome, the reply as sent.

    `variants` are the choices that the contract of this exchange was under.
    """

    provider: str
    request: Request
    outcome: Outcome
    reply: WireReply
    variants: Mapping[str, str] = {}


class Wishes(NamedTuple):
    """What a request says to the sandbox beside the call: its Prefer header, and that it will be refused."""

    prefer: str | None = None
    expects_refusal: bool = False


NO_WISH: Final = Wishes()
Observer = Callable[[Observation], None]


def dispatch(
    request: Request, service: Service, namespace: Namespace, wishes: Wishes = NO_WISH, observe: Observer | None = None
) -> WireReply:
    """Answer one call under the faults of its namespace, and add it to the journal."""
    started, state = read_ticks(), namespace.state(service.provider.name)
    number, at = namespace.next_request(), namespace.clock.now()
    fault = _find_fault(request, service, namespace) if namespace.is_faulty else None
    effect = None if fault is None else fault.effect
    outcome, more = _process_or_simulate(request, service, state, fault, wishes.prefer)
    operation, problem = outcome.operation, outcome.problem
    if operation is not None:
        _count_units(operation, outcome, service, namespace)
    if operation is None and (fault is not None or wishes.prefer is not None):
        operation = _find_operation(request, service)  # the journal names the operation even if it was not processed
    headers = [*encode_headers(outcome), *explanation_headers(outcome, namespace.request_id(number)), *more]
    namespace.journal.add(
        Entry(
            number=number,
            at=at,
            provider=service.provider.name,
            request=request,
            operation=None if operation is None else operation.id,
            status=None if effect is not None and effect.drop == LOST_BEFORE else outcome.reply.status,
            headers=tuple(headers),
            content=outcome.content,
            rules=tuple(outcome.rules),
            refusal=None if problem is None else _make_refusal(problem),
            breach=outcome.breach,
            fault_id=None if fault is None else fault.id,
            effect=effect,
            duration=read_ticks() - started,
            expects_refusal=wishes.expects_refusal,
        ),
        state.end_call(),
    )
    wire_reply = WireReply(outcome.reply.status, headers, outcome.content, effect)
    if observe is not None:
        observe(Observation(service.provider.name, request, outcome, wire_reply, service.variants))
    return wire_reply


def _count_units(operation: Operation, outcome: Outcome, service: Service, namespace: Namespace) -> None:
    reply = outcome.reply
    units = service.coverage.find_exercised(operation, reply.status, reply.body, outcome.call, outcome.rules)
    namespace.count_units((service.provider.name, tuple(units)))


def refuse_unknown_mount(
    request: Request, namespace: Namespace, detail: str, *, expects_refusal: bool = False
) -> WireReply:
    """Answer a call that reaches no provider, and add it to the journal, where a wrong base URL is looked for."""
    outcome = _problem_document(NO_PROVIDER, detail, 404, Unroutable(detail))
    return _refuse_unprocessed(request, namespace, outcome, expects_refusal=expects_refusal)


def refuse_long_head(
    request: Request, service: Service, namespace: Namespace, detail: str, *, expects_refusal: bool = False
) -> WireReply:
    """Answer a call whose URL and headers are too long, in the provider's words, and add it to the journal."""
    try:
        operation: Operation | None = service.contract.route(request.method, request.path)[0]
        problem: Problem = TooLarge(detail)
    except Unroutable as unroutable:
        operation, problem = None, unroutable
    problem.operation = None if operation is None else operation.id
    reply = service.provider.refuse(problem, namespace.state(service.provider.name))
    if operation is not None and reply.status not in operation.replies:
        operation = None  # one without a body has no words for what cannot be read
    outcome = Outcome(reply, encode_body(reply), operation, (), problem)
    return _refuse_unprocessed(request, namespace, outcome, service.provider.name, expects_refusal=expects_refusal)


def refuse_wish(request: Request, namespace: Namespace, title: str, detail: str, provider: str = "") -> WireReply:
    """Answer a call that asks the sandbox for what it lacks, and add it to the journal, where gates count it."""
    return _refuse_unprocessed(request, namespace, _refuse(title, detail), provider)


def _refuse_unprocessed(
    request: Request, namespace: Namespace, outcome: Outcome, provider: str = "", *, expects_refusal: bool = False
) -> WireReply:
    started = read_ticks()
    number, at = namespace.next_request(), namespace.clock.now()
    headers = [*encode_headers(outcome), *explanation_headers(outcome, namespace.request_id(number))]
    namespace.journal.add(
        Entry(
            number=number,
            at=at,
            provider=provider,
            request=request,
            operation=None if outcome.operation is None else outcome.operation.id,
            status=outcome.reply.status,
            headers=tuple(headers),
            content=outcome.content,
            rules=(),
            refusal=None if outcome.problem is None else _make_refusal(outcome.problem),
            breach=None,
            fault_id=None,
            effect=None,
            duration=read_ticks() - started,
            expects_refusal=expects_refusal,
        )
    )
    return WireReply(outcome.reply.status, headers, outcome.content)


def encode_headers(outcome: Outcome) -> Headers:
    """Return the headers of a reply, without those of the explanation."""
    reply = outcome.reply
    headers = [(b"content-length", b"%d" % len(outcome.content))]
    if reply.body is not UNSET:
        headers.append(_CONTENT_TYPES.get(reply.media_type) or _encode_content_type(reply.media_type))
    if isinstance(outcome.problem, Unroutable) and outcome.problem.allow:
        headers.append((b"allow", ", ".join(outcome.problem.allow).encode()))
    for name, value in reply.headers:
        headers.append((name.lower().encode(), value.encode()))
    return headers


def _encode_content_type(media_type: str) -> tuple[bytes, bytes]:
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return b"content-type", f"{media_type}{charset}".encode()


def _make_refusal(problem: Problem) -> Refusal:
    return Refusal(problem.message, problem.violations, problem.rule, problem.depends_on_state)


def _find_fault(request: Request, service: Service, namespace: Namespace) -> Fault | None:
    operation = _find_operation(request, service)
    return namespace.faults.find_firing(service.provider.name, None if operation is None else operation.id)


def _find_operation(request: Request, service: Service) -> Operation | None:
    """Return the operation of a request; None if the contract lacks the path or method."""
    try:
        return service.contract.route(request.method, request.path)[0]
    except Unroutable:
        return None


def _process_or_simulate(
    request: Request, service: Service, state: Any, fault: Fault | None, prefer: str | None
) -> tuple[Outcome, Headers]:
    """Process the call, or simulate the reply that a fault or the Prefer header demands; return extra headers too."""
    if fault is not None and fault.effect.drop == LOST_BEFORE:
        return Outcome(Reply(FAILURE), b"", None, (), is_simulated=True), []
    if fault is not None and fault.effect.status is not None:
        why = f"{fault.id} of this namespace answers {fault.effect.status}; the call was not processed"
        return _simulate_failure(request, service, state, fault.effect.status), [(b"x-sandbox-explain", why.encode())]
    asked = _CODE.search(prefer) if prefer is not None else None
    if asked is None:
        return process(request, service, state), []
    return _apply_preference(request, service, state, asked[1])


def _simulate_failure(request: Request, service: Service, state: Any, status: int) -> Outcome:
    """Return a failure with this status, in the provider's words if it has them."""
    reply = service.provider.fail(status, state) if service.provider.fail is not None else Reply(status)
    return Outcome(reply, encode_body(reply), _find_operation(request, service), (), is_simulated=True)


def _apply_preference(request: Request, service: Service, state: Any, code: str) -> tuple[Outcome, Headers]:
    """Answer the documented status that the Prefer header names (RFC 7240); only the call itself can succeed."""
    operation = _find_operation(request, service)
    if operation is None:
        return process(request, service, state), []
    status = int(code) if _STATUS.fullmatch(code) else 0
    if status not in operation.replies:
        known = ", ".join(map(str, operation.replies))
        return _refuse("No such status", f"{operation.id} documents {known}; the Prefer header names {code[:40]!r}"), []
    applied = [(b"preference-applied", b"code=%d" % status)]
    if status in SUCCESSES:
        try:
            outcome = process(request, service, state, status)
        except OtherStatus as other:
            why = f"this call has the status {other.status}, so it was rolled back; the Prefer header names {status}"
            return _refuse("Another status", why), []
        # A refusal is passed on, because it explains more than "another status", and changed nothing either.
        return outcome, applied if outcome.reply.status == status else []
    outcome = _simulate_failure(request, service, state, status)
    try:
        operation.check_reply(outcome.reply)
    except ContractBreach as error:
        what = f"{service.provider.name} has no reply for {status}: {error}"
        _log.error("%s %s: %s", request.method, request.path, what)
        reply = problem_document(500, "The sandbox broke its own contract", what)
        return Outcome(reply, encode_body(reply), operation, (), breach=what, is_simulated=True), []
    why = f"the Prefer header names {status}; the call was not processed"
    return outcome, [*applied, (b"x-sandbox-explain", why.encode())]


def _refuse(title: str, detail: str) -> Outcome:
    """Refuse what the sandbox cannot do; a refusal, so that gates count it."""
    return _problem_document(title, detail, 400, Malformed(detail))


def _problem_document(title: str, detail: str, status: int, problem: Problem) -> Outcome:
    reply = problem_document(status, title, detail)
    return Outcome(reply, encode_body(reply), None, (), problem, is_simulated=True)

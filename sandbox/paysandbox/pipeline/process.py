"""The life of a call, on one page: route, authenticate, check the call, handle it, check the reply."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from msgspec import UNSET, Struct

from paysandbox.contract.credentials import read_body_credential
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import escape_non_ascii, read_json, write_json
from paysandbox.core.messages import Call, Reply, Request, problem_document
from paysandbox.core.problems import ContractBreach, Problem
from paysandbox.kit.provider import Service

_log = logging.getLogger("paysandbox.pipeline.process")


class Outcome(Struct, frozen=True):
    """Result of one request: the reply, and why it is that one.

    `call` is None if the request was refused before it was understood. `breach` says how the sandbox broke its own
    contract. `is_simulated` if a fault or a Prefer header chose the reply and the request was not processed.
    """

    reply: Reply
    content: bytes
    operation: Operation | None
    rules: Sequence[str]
    problem: Problem | None = None
    breach: str | None = None
    call: Call | None = None
    is_simulated: bool = False


class OtherStatus(Exception):
    """The call would have another status than the requested one, and was rolled back."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def process(request: Request, service: Service, state: Any, wanted: int | None = None) -> Outcome:
    """Process a request in one transaction, which an exception rolls back.

    Raises:
        OtherStatus: the call has another status than `wanted`.
    """
    operation: Operation | None = None
    call: Call | None = None
    rules: list[str] = []
    try:
        try:
            operation, path = service.contract.route(request.method, request.path)
            with state.open_call():
                call = _read_call(request, service, (operation, path), state, rules)
                reply = service.handlers[operation.id](call, state)
                outcome = _check_reply(reply, operation, rules, None, call)
                if wanted is not None and reply.status != wanted:
                    raise OtherStatus(reply.status)
                return outcome
        except Problem as problem:
            # Its frames lead back to the caller that keeps the problem, and cyclic garbage cost a tenth of a refusal.
            problem.__traceback__ = problem.__context__ = problem.__cause__ = None
            problem.operation = operation.id if operation is not None else None
            return _check_reply(service.provider.refuse(problem, state), operation, rules, problem, call)
    except OtherStatus:
        raise
    except Exception as error:  # noqa: BLE001 - any other exception is an error of the sandbox, and is reported as one
        return _report_breach(request, operation, rules, error)


def _read_call(
    request: Request, service: Service, routed: tuple[Operation, Mapping[str, str]], state: Any, rules: list[str]
) -> Call:
    """Authenticate and validate a request; raise the first `Problem`."""
    operation, path = routed
    provider = service.provider
    query = _read_query(request.query) if request.query else []
    principal = body = None
    if provider.admit is not None:
        provider.admit(operation, request, state)
    if operation.scheme is not None:
        credential = operation.scheme.read(request, query)
        authenticate = provider.authenticators.get(operation.scheme.id, provider.authenticate)
        principal = authenticate(credential.removesuffix(request.namespace_suffix), state)
    arguments, violations = operation.read_arguments(path, query, request)
    if query:
        violations = [*operation.query_names.find_unknown(query), *violations]
    if operation.body is not None:
        body = operation.body.read_only.strip(read_json(operation.read_content(request)))
        if provider.body_credential in operation.body.members:
            credential = read_body_credential(body, provider.body_credential, request, query)
            principal = provider.authenticate(credential.removesuffix(request.namespace_suffix), state)
    operation.check(body, violations)
    return Call(
        operation=operation.id,
        path=arguments.path,
        query=arguments.query,
        headers=arguments.headers,
        body=body,
        principal=principal,
        origin=request.origin,
        passed=rules,
        namespace_suffix=request.namespace_suffix,
        root=request.root,
    )


def _read_query(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    # Most queries have nothing to decode, which takes a quarter of the time.
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return [(name, value) for name, _, value in pairs]


def _check_reply(
    reply: Reply, operation: Operation | None, rules: list[str], problem: Problem | None, call: Call | None = None
) -> Outcome:
    """Validate the reply. Replies without an operation (404, 405) are not validated."""
    if operation is not None:
        operation.check_reply(reply)
        if problem is not None and problem.rule is not None and problem.rule not in rules:
            rules.append(problem.rule)
        for rule in rules:
            if rule not in operation.rules:
                raise ContractBreach(
                    f"{operation.id} passes through rules that are not in its contract: {', '.join(rules)}"
                )
    return Outcome(reply, encode_body(reply), operation, rules, problem, call=call)


def encode_body(reply: Reply) -> bytes:
    """Encode the body: JSON, or text unchanged."""
    if reply.body is UNSET:
        return b""
    if not reply.media_type.endswith("json"):
        return str(reply.body).encode()
    return escape_non_ascii(write_json(reply.body)) if reply.escaped else write_json(reply.body)


def _report_breach(request: Request, operation: Operation | None, rules: list[str], error: Exception) -> Outcome:
    """Log an error of the sandbox, and answer it as a problem document."""
    what = f"{type(error).__name__}: {error}"
    _log.error("%s %s: %s", request.method, request.path, what, exc_info=error)
    reply = problem_document(500, "The sandbox broke its own contract", what)
    return Outcome(reply, write_json(reply.body), operation, rules, breach=what)

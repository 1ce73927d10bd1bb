"""The life of a call, on one page: route, authenticate, check the call, handle it, check the reply."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from msgspec import UNSET, Struct

from sandbox.contract.credentials import in_body
from sandbox.contract.operation import Operation
from sandbox.documents import read_json, write_json
from sandbox.exchange import Call, Reply, Request, own_voice
from sandbox.problems import ContractBreach, Problem
from sandbox.provider import Service

_log = logging.getLogger("sandbox.answer")


class Answer(Struct, frozen=True):
    """What became of a request, and why. `breach` says what is wrong with the sandbox itself."""

    reply: Reply
    content: bytes
    operation: Operation | None
    rules: Sequence[str]
    problem: Problem | None = None
    breach: str | None = None


def answer(request: Request, service: Service, state: Any) -> Answer:
    """Answer one request. Either everything that the handler did stays, or nothing."""
    operation: Operation | None = None
    rules: list[str] = []
    try:
        try:
            operation, path = service.contract.route(request.method, request.path)
            with state.transaction():
                call = _understood(request, service, (operation, path), state, rules)
                reply = service.handlers[operation.id](call, state)
                return _checked(reply, operation, rules, None)
        except Problem as problem:
            return _checked(service.provider.refuse(problem, state), operation, rules, problem)
    except Exception as error:  # noqa: BLE001 - whatever it is, the sandbox is wrong and must say so
        return _breach(request, operation, rules, error)


def _understood(
    request: Request, service: Service, routed: tuple[Operation, Mapping[str, str]], state: Any, rules: list[str]
) -> Call:
    """The call that a request means; raises the `Problem` that comes first."""
    operation, path = routed
    provider = service.provider
    query = parse_qsl(request.query, keep_blank_values=True) if request.query else []
    principal = body = None
    if provider.admit is not None:
        provider.admit(operation, request, state)
    if operation.scheme is not None:
        principal = provider.authenticate(operation.scheme.read(request, query), state)
    arguments, violations = operation.arguments(path, query, request)
    if operation.body is not None:
        body = read_json(operation.content(request))
        if provider.body_credential in operation.body.members:
            principal = provider.authenticate(in_body(body, provider.body_credential, request, query), state)
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
    )


def _checked(reply: Reply, operation: Operation | None, rules: list[str], problem: Problem | None) -> Answer:
    """The answer, once the contract allows it. Of a path that it does not have, the contract cannot say anything."""
    if operation is not None:
        operation.check_reply(reply)
        if problem is not None and problem.rule is not None and problem.rule not in rules:
            rules.append(problem.rule)
        if not operation.rules.keys() >= set(rules):
            raise ContractBreach(f"{operation.id} passes through rules that its contract lacks: {', '.join(rules)}")
    content = b"" if reply.body is UNSET else write_json(reply.body)
    return Answer(reply, content, operation, rules, problem)


def _breach(request: Request, operation: Operation | None, rules: list[str], error: Exception) -> Answer:
    """The sandbox's own fault, in its own voice."""
    what = f"{type(error).__name__}: {error}"
    _log.error("%s %s: %s", request.method, request.path, what, exc_info=error)
    reply = own_voice(500, "The sandbox broke its own contract", what)
    return Answer(reply, write_json(reply.body), operation, rules, breach=what)

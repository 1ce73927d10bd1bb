"""Ask a server first whether it takes the credential, because one that refuses it refuses everything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from paysandbox.check.choice import READING
from paysandbox.check.credentials import name_variable
from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_data import is_look_up
from paysandbox.check.read_back import Call
from paysandbox.check.records import example_query, list_leaves
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

ENOUGH: Final = 5  # operations; an account may be refused some for other reasons, such as its role
UNAUTHORIZED: Final = 401
MADE_UP: Final = "made-up-credential"


class CredentialRefused(Exception):
    """The server refuses the credential; the message says what to give."""


def ask_for_credential(
    subject: Subject, call: Call, operations: Sequence[Operation], secret: Mapping[str, str]
) -> None:
    """Call a few operations, the reading ones first, until one is not refused for the credential.

    `secret` are the credentials that the user gave, by environment variable.

    Raises:
        CredentialRefused: all of them are.
        Unreachable: no server answers.
    """
    refused: dict[str, int] = {}
    for operation in _choose(subject, operations):
        body = next(iter(subject.examples(operation).values()), ...)
        reply = call(operation, body, {}, example_query(subject, operation))
        if reply is None:
            continue
        if not _is_refused(subject, operation, body, reply):
            return
        refused[f"{operation.method} {operation.template}"] = reply.status
    if refused:
        raise CredentialRefused(_describe(subject, operations, refused, secret))


def _choose(subject: Subject, operations: Sequence[Operation]) -> list[Operation]:
    closed = [operation for operation in operations if _name_credential(subject, operation)]
    reads = [operation for operation in closed if operation.method in READING]
    return sorted(reads, key=lambda operation: not is_look_up(operation))[:ENOUGH] or closed[:1]


def _is_refused(subject: Subject, operation: Operation, body: Any, reply: Response) -> bool:
    """Tell whether a reply says what the sandbox says to a credential that does not exist."""
    if reply.status == UNAUTHORIZED:
        return True
    member, scheme = subject.service.provider.body_credential, operation.scheme
    wrong = body | {member: MADE_UP} if member is not None and isinstance(body, dict) and member in body else body
    given = {} if scheme is None else {scheme.name: MADE_UP if scheme.place == "query" else scheme.write(MADE_UP)}
    where = "query" if scheme is not None and scheme.place == "query" else "header"
    parameters = {"query": example_query(subject, operation)}
    parameters[where] = parameters.get(where, {}) | given
    known = subject.call(operation, wrong, None, parameters)
    if known.status != reply.status or subject.succeeded(operation, known):
        return False
    return list(_list_codes(read_reply(known))) == list(_list_codes(read_reply(reply)))


def _list_codes(body: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a reply says to programs."""
    return ((place, value) for place, value in list_leaves(body) if place and place[-1].lower().endswith("code"))


def _name_credential(subject: Subject, operation: Operation) -> str | None:
    """The name of the credential that an operation is called with; None if it needs none."""
    if operation.scheme is not None:
        return operation.scheme.choose_name(subject.credentials)
    member = subject.service.provider.body_credential
    return member if operation.body is not None and member in operation.body.members else None


def _describe(
    subject: Subject, operations: Sequence[Operation], refused: Mapping[str, int], secret: Mapping[str, str]
) -> str:
    names = dict.fromkeys(filter(None, (_name_credential(subject, operation) for operation in operations)))
    name = next(iter(names))
    variable = name_variable(subject.name, name)
    sent = "that was given" if variable in secret else "of the sandbox's fixtures, as none was given"
    calls = ", ".join(f"{status} to {call}" for call, status in refused.items())
    return (
        f"the server refuses the credential {sent} ({calls}), so nothing else was sent; "
        f"give the account's with --credential {name}=VALUE, or in {variable}"
    )

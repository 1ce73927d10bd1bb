"""Read what a call has made, along the contract's links, and compare: the first few times that it succeeds.

Scenarios follow links too, but only at full depth, and they do not compare what was made with what is read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from schemathesis.core.transport import Response as SentReply

from paysandbox.check.choice import READING
from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import (
    AnyCase,
    CheckFailure,
    cite_contract,
    cite_operation,
    is_of_another_record,
    read_body,
)
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.core.exact_json import write_json
from paysandbox.judging.verdict_on_request import find_value
from paysandbox.testing import Response

MOST: Final = 3  # readings along a link
NAME: Final = "read_back"
_IN_REPLY: Final = re.compile(r"\{?\$response\.body#(/[^}]*)\}?")
_MISSING: Final[Any] = object()
Call = Callable[[Operation, Any, Mapping[str, Any], Mapping[str, Any]], Response | None]


class Reading(Struct, frozen=True):
    """A link to an operation that reads: `place` and `name` of its one parameter, its `value` with a JSON pointer.

    `is_same`: both replies have the same schema, so all that both show is compared.
    """

    target: Operation
    place: str
    name: str
    value: str
    pointer: str
    is_same: bool


class ReadBack:
    """Reads by `call` what the operations of an API have made."""

    def __init__(self, subject: Subject, call: Call) -> None:
        self._subject = subject
        self._call = call
        self._followed: Counter[tuple[str, int, str]] = Counter()

    def check(
        self, operation: Operation, case: AnyCase, reply: SentReply, counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        """Read what a successful call has made or deleted, and count that in `counts`; yield what contradicts it.

        Raises:
            Unreachable: no server answers.
        """
        status, body = reply.status_code, read_body(reply)
        if case.method.upper() != operation.method or not self._subject.is_success(operation, status, body):
            return
        if operation.method == "DELETE":
            yield from self._check_deleted(operation, dict(case.path_parameters or {}), body, counts)
        for reading in list_readings(self._subject, operation, status):
            found = find_value(body, reading.pointer, _MISSING)
            times = (operation.id, status, reading.target.id)
            if found is _MISSING or self._followed[times] >= MOST:
                continue
            self._followed[times] += 1
            given = {reading.name: _IN_REPLY.sub(lambda _, found=found: str(found), reading.value)}  # type: ignore[misc]
            path, query = (given, {}) if reading.place == "path" else ({}, given)
            read = self._call(reading.target, ..., path, query)
            if read is not None:
                counts[NAME] += 1
                yield from self._compare(reading, body, found, read)

    def _check_deleted(
        self, operation: Operation, path: Mapping[str, Any], deleted: Any, counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        target = find_reading(self._subject, operation)
        times = (operation.id, 0, "")
        if target is None or self._followed[times] >= MOST:
            return
        self._followed[times] += 1
        reply = self._call(target, ..., path, {})
        if reply is None:
            return
        counts[NAME] += 1
        body = read_reply(reply)
        if not self._subject.is_success(target, reply.status, body):
            return
        if not is_of_another_record(self._subject, operation, deleted, body):
            says = f"what it deleted can still be read: {target.method} {target.template} answers {reply.status}"
            yield CheckFailure(NAME, says, cite_operation(self._subject, operation))

    def _compare(self, reading: Reading, made: Any, found: Any, reply: Response) -> Iterator[CheckFailure]:
        what = f"{reading.target.method} {reading.target.template} of {reading.name} {found}"
        body = read_reply(reply)
        sentence = cite_contract(reading.target, reply.status)
        if not self._subject.is_success(reading.target, reply.status, body):
            yield CheckFailure(NAME, f"what it made cannot be read: {what} answers {reply.status}", sentence)
            return
        pointers = dict.fromkeys([reading.pointer, *(list_scalars(made) if reading.is_same else ())])
        for pointer in pointers:
            before, after = (find_value(value, pointer, _MISSING) for value in (made, body))
            if after is not _MISSING and before != after:
                said, read = write_json(before).decode(), write_json(after).decode()
                yield CheckFailure(
                    NAME, f"{what} has {read} at {pointer}, but when it was made it had {said}", sentence
                )
                return


def list_readings(subject: Subject, operation: Operation, status: int) -> list[Reading]:
    """The links of a status to operations that read what the reply names; of operations that only read, none.

    A link that is only assumed to lead anywhere shows nothing.
    """
    if operation.method in READING:
        return []
    written = subject.follow(subject.operation_object(operation)["responses"].get(str(status), {}))
    operations = {known.id: known for known in subject.operations}
    found = []
    for link in map(subject.follow, written.get("links", {}).values()):
        target, parameters = operations.get(link.get("operationId")), list(link.get("parameters", {}).items())
        if target is None or target.method != "GET" or target.provenance == ASSUMED or len(parameters) != 1:
            continue
        ((key, value),) = parameters
        place, _, name = key.partition(".")
        inner = _IN_REPLY.search(str(value))
        if inner is not None and place in {"path", "query"}:
            is_same = _schema(subject, operation, status) == _schema(subject, target, 200)
            found.append(Reading(target, place, name, str(value), inner[1], is_same))
    return found


def list_targets(subject: Subject, operations: Iterable[Operation]) -> list[Operation]:
    """The operations that may be called to read what these have made or deleted."""
    found = {}
    for operation in operations:
        targets = [
            reading.target for status in operation.replies for reading in list_readings(subject, operation, status)
        ]
        found.update(
            {target.id: target for target in [*targets, find_reading(subject, operation)] if target is not None}
        )
    return list(found.values())


def find_reading(subject: Subject, operation: Operation) -> Operation | None:
    """The operation that reads what another one deletes; None if that is only assumed to go away."""
    if operation.method != "DELETE" or operation.provenance == ASSUMED:
        return None
    same = (known for known in subject.operations if known.template == operation.template and known.method == "GET")
    return next(same, None)


def _schema(subject: Subject, operation: Operation, status: int) -> Any:
    reply = subject.follow(subject.operation_object(operation)["responses"].get(str(status), {}))
    return {kind: subject.follow(media.get("schema")) for kind, media in reply.get("content", {}).items()}


def list_scalars(value: Any, pointer: str = "") -> Iterator[str]:
    """The JSON pointers of all values but objects and arrays."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from list_scalars(below, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from list_scalars(below, f"{pointer}/{number}")
    else:
        yield pointer

"""Read what a call has made, along the contract's links, and compare: the first few times that it succeeds.

Scenarios follow links too, but only at full depth, and they do not compare what was made with what is read.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from time import sleep
from typing import Any, Final, NamedTuple

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
from paysandbox.check.read_difference import find_difference, is_telling
from paysandbox.check.shared_properties import SharedProperties, SharedProperty
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.judging.verdict_on_request import find_value
from paysandbox.testing import Response

MOST: Final = 3  # readings along a link
MOST_ANEW: Final = 12  # with those of replies that show a property for the first time
NAME: Final = "read_back"
MOMENT: Final = 1  # seconds
_IN_REPLY: Final = re.compile(r"\{?\$response\.body#(/[^}]*)\}?")
_INDEX: Final = re.compile(r"/\d+(?=/|$)")
_MISSING: Final[Any] = object()
Call = Callable[[Operation, Any, Mapping[str, Any], Mapping[str, Any]], Response | None]


class Reading(Struct, frozen=True):
    """A link to an operation that reads: `place` and `name` of its one parameter, its `value` with a JSON pointer."""

    target: Operation
    place: str
    name: str
    value: str
    pointer: str


class Made(NamedTuple):
    """What an operation has made, by its reply.

    `found` is the value that a link passes on, `compared` are the properties that a read shows again.
    """

    body: Any
    found: Any
    compared: list[SharedProperty]


class ReadBack:
    """Reads by `call` what the operations of an API have made.

    A difference counts if it is still there after `wait`, because a read may follow a little later.
    """

    def __init__(self, subject: Subject, call: Call, wait: Callable[[], None] = lambda: sleep(MOMENT)) -> None:
        self._subject = subject
        self._call = call
        self._wait = wait
        self._followed: Counter[tuple[str, int, str]] = Counter()
        self._compared: dict[tuple[str, int, str], set[str]] = defaultdict(set)

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
            if found is _MISSING or self._followed[times] >= MOST_ANEW:
                continue
            compared = list_compared(self._subject, reading, (operation, status), body)
            shown = {_INDEX.sub("/*", shared.pointer) for shared in compared if is_telling(body, shared.pointer)}
            if self._followed[times] >= MOST and shown <= self._compared[times]:
                continue
            self._followed[times] += 1
            self._compared[times] |= shown
            given = {reading.name: _IN_REPLY.sub(lambda _, found=found: str(found), reading.value)}  # type: ignore[misc]
            yield from self._check_reading(reading, Made(body, found, compared), given, counts)

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

    def _check_reading(
        self, reading: Reading, made: Made, given: Mapping[str, Any], counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        path, query = (given, {}) if reading.place == "path" else ({}, given)
        target = reading.target
        reply = self._call(target, ..., path, query)
        if reply is None:
            return
        counts[NAME] += 1
        what = f"{target.method} {target.template} of {reading.name} {made.found}"
        body = read_reply(reply)
        if not self._subject.is_success(target, reply.status, body):
            says = f"what it made cannot be read: {what} answers {reply.status}"
            yield CheckFailure(NAME, says, cite_contract(target, reply.status))
            return
        if find_difference(made.compared, made.body, [body]) is None:
            return
        self._wait()
        later = self._call(target, ..., path, query)
        if later is None or not self._subject.is_success(target, later.status, read_reply(later)):
            return
        difference = find_difference(made.compared, made.body, [body, read_reply(later)])
        if difference is not None:
            pointer, before, after = difference.pointer, difference.before, difference.after
            says = f"{what} has {after} at {pointer}, but when it was made it had {before}"
            yield CheckFailure(NAME, says, cite_contract(target, reply.status), is_assumed=difference.is_assumed)


def list_compared(
    subject: Subject, reading: Reading, made_by: tuple[Operation, int], made: Any
) -> list[SharedProperty]:
    """What a read shows again of a reply, the link's value first; nothing if it is of another record."""
    shared = SharedProperties(subject, made_by, (reading.target, HTTPStatus.OK))
    if not shared.names(reading.pointer):
        return []
    found = [one._replace(has_one_schema=True) if one.pointer == reading.pointer else one for one in shared.find(made)]
    return sorted(found, key=lambda one: one.pointer != reading.pointer)


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
            found.append(Reading(target, place, name, str(value), inner[1]))
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

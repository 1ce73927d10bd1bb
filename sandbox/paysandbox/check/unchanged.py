"""See that a refused call changes nothing: what its path names is read before and after some of the refused calls."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from time import sleep
from typing import Any, Final, NamedTuple

from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response as SentReply

from paysandbox.check.choice import READING
from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import AnyCase, CheckFailure, cite_contract, read_body
from paysandbox.check.read_back import Call, list_scalars
from paysandbox.check.records import example_query
from paysandbox.check.subject import Subject
from paysandbox.check.verdicts import is_positive
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.core.exact_json import write_json
from paysandbox.judging.verdict_on_request import find_value

NAME: Final = "unchanged"
TURNS: Final = (1, 4, 16, 64)  # of an operation's valid and of its invalid calls, because each takes two reads more
MOST_READS: Final = 2  # before and after a call
MOMENT: Final = 1.2  # seconds; what still changes by then changes by itself, such as a time
REFUSED: Final = range(200, 500)  # beyond, a server does not say that it changed nothing
_OF_REQUEST: Final = re.compile(r"\{?\$request\.(?:path\.([\w-]+)|body#(/[^}]*))\}?")
_MISSING: Final[Any] = object()


class Watched(NamedTuple):
    """An operation that reads what another one is about.

    `parameters` are its own, by place and name, with expressions of OpenAPI's links over the other's request.
    """

    target: Operation
    parameters: Mapping[tuple[str, str], str]


class Look(NamedTuple):
    """What a read answered before a call."""

    target: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any


class Unchanged:
    """Reads by `call` what the operations of an API are about, before and after."""

    def __init__(self, subject: Subject, call: Call, wait: Callable[[], None] = lambda: sleep(MOMENT)) -> None:
        self._subject = subject
        self._call = call
        self._wait = wait
        self._turns: Counter[tuple[str, bool]] = Counter()
        self._looks: dict[str, list[Look]] = {}

    def prepare(self, operation: Operation, case: AnyCase) -> None:
        """Read before a case is sent, if it is its turn.

        Raises:
            Unreachable: no server answers.
        """
        self._looks.clear()  # of a case that was not sent
        of_others = case.meta is None or case.meta.is_negative_at(ParameterLocation.PATH)
        if of_others or case.method.upper() != operation.method or operation.method in READING:
            return
        kind = (operation.id, is_positive(case))
        self._turns[kind] += 1
        if self._turns[kind] in TURNS:
            self._looks[case.id] = self.look(operation, dict(case.path_parameters or {}), case.body)

    def check(
        self, operation: Operation, case: AnyCase, reply: SentReply, counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        """Read again if a case was refused, and count that in `counts`; yield what has changed.

        Raises:
            Unreachable: no server answers.
        """
        looks = self._looks.pop(case.id, [])
        done = self._subject.is_success(operation, reply.status_code, read_body(reply))
        if looks and not done:
            yield from self.compare(operation, reply.status_code, looks, counts)

    def look(self, operation: Operation, path: Mapping[str, Any], body: Any) -> list[Look]:
        """What can be read of what an operation with these path parameters and this body is about."""
        found: list[Look] = []
        for watched in list_watched(self._subject, operation):
            if len(found) == MOST_READS:
                break
            values = {place: _fill(said, path, body) for place, said in watched.parameters.items()}
            if None in values.values():
                continue
            of_path, of_query = (
                {name: value for (at, name), value in values.items() if at == place} for place in ("path", "query")
            )
            read = self._read(watched.target, of_path, of_query)
            if read is not _MISSING:
                found.append(Look(watched.target, of_path, of_query, read))
        return found

    def compare(
        self, operation: Operation, status: int, looks: list[Look], counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        """Read again after a call was refused with a status; yield what has changed."""
        for look in looks if status in REFUSED else ():
            counts[NAME] += 1
            said = self._find_change(look)
            if said is not None:
                where = f"{look.target.method} {look.target.template}"
                says = f"a refused call changes something: it was answered {status}, and {where} {said}"
                yield CheckFailure(NAME, says, cite_contract(operation, status))
                return

    def _find_change(self, look: Look) -> str | None:
        after = self._read(look.target, look.path, look.query)
        if after is _MISSING:
            return "finds nothing any more"
        if after == look.body:
            return None
        self._wait()
        later = self._read(look.target, look.path, look.query)
        for pointer in dict.fromkeys([*list_scalars(look.body), *list_scalars(after)]):
            before, now, then = (find_value(body, pointer, _MISSING) for body in (look.body, after, later))
            if before != now and now == then:
                return f"has {_show(now)} at {pointer or '/'}, before it had {_show(before)}"
        return None

    def _read(self, target: Operation, path: Mapping[str, Any], query: Mapping[str, Any]) -> Any:
        reply = self._call(target, ..., path, {**example_query(self._subject, target), **query})
        if reply is None:
            return _MISSING
        body = read_reply(reply)
        return body if self._subject.is_success(target, reply.status, body) and body is not None else _MISSING


def list_watched(subject: Subject, operation: Operation) -> list[Watched]:
    """The operations that read what an operation is about: its own path, one above, or a link from its request.

    What is only assumed to be read shows nothing.
    """
    own = operation.template.removesuffix(".json")
    linked = list(_list_linked(subject, operation))
    found = []
    for target in subject.operations:
        if target.method != "GET" or target.provenance == ASSUMED:
            continue
        template = target.template.removesuffix(".json")
        if template == own or ("{" in template and own.startswith(f"{template}/")):
            names = [parameter["name"] for parameter in subject.parameters(target) if parameter["in"] == "path"]
            found.append(Watched(target, {("path", name): f"$request.path.{name}" for name in names}))
        else:
            found += [Watched(target, parameters) for name, parameters in linked if name == target.id]
    return found


def _list_linked(subject: Subject, operation: Operation) -> Iterator[tuple[str, Mapping[tuple[str, str], str]]]:
    """The operations that links lead to from values of the request alone, each once, with their parameters."""
    known = []
    for status in operation.replies:
        written = subject.follow(subject.operation_object(operation)["responses"].get(str(status), {}))
        for link in map(subject.follow, written.get("links", {}).values()):
            given = {tuple(key.split(".", 1)): str(value) for key, value in (link.get("parameters") or {}).items()}
            named = link.get("operationId", ""), given
            if given and named not in known and all(_OF_REQUEST.search(value) for value in given.values()):
                known.append(named)
                yield named


def _fill(expression: str, path: Mapping[str, Any], body: Any) -> Any:
    """The value of a link's expression in a request; None if the request lacks it."""
    inner = _OF_REQUEST.search(expression)
    name, pointer = inner.groups() if inner is not None else (None, "")
    value = path.get(name) if name else find_value(body, pointer)
    if value is None or isinstance(value, dict | list):
        return None
    return value if inner is not None and inner[0] == expression else _OF_REQUEST.sub(lambda _: str(value), expression)


def _show(value: Any) -> str:
    return "nothing" if value is _MISSING else write_json(value).decode()

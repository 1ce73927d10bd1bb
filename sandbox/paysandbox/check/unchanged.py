"""See that a refused call changes nothing: what its path names is read before and after some of the refused calls."""

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
_PATH_OF_REQUEST: Final = "$request.path."
_MISSING: Final[Any] = object()


class Look(NamedTuple):
    """What a read answered before a call."""

    target: Operation
    path: Mapping[str, Any]
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
            self._looks[case.id] = self.look(operation, dict(case.path_parameters or {}))

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

    def look(self, operation: Operation, path: Mapping[str, Any]) -> list[Look]:
        """What can be read of what an operation with these path parameters is about."""
        found = []
        for target in list_watched(self._subject, operation)[:MOST_READS]:
            names = [parameter["name"] for parameter in self._subject.parameters(target) if parameter["in"] == "path"]
            known = {name: path[name] for name in names if name in path}
            if len(known) == len(names):
                body = self._read(target, known)
                if body is not _MISSING:
                    found.append(Look(target, known, body))
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
        after = self._read(look.target, look.path)
        if after is _MISSING:
            return "finds nothing any more"
        if after == look.body:
            return None
        self._wait()
        later = self._read(look.target, look.path)
        for pointer in dict.fromkeys([*list_scalars(look.body), *list_scalars(after)]):
            before, now, then = (find_value(body, pointer, _MISSING) for body in (look.body, after, later))
            if before != now and now == then:
                return f"has {_show(now)} at {pointer or '/'}, before it had {_show(before)}"
        return None

    def _read(self, target: Operation, path: Mapping[str, Any]) -> Any:
        reply = self._call(target, ..., path, example_query(self._subject, target))
        if reply is None:
            return _MISSING
        body = read_reply(reply)
        return body if self._subject.is_success(target, reply.status, body) and body is not None else _MISSING


def list_watched(subject: Subject, operation: Operation) -> list[Operation]:
    """The operations that read what an operation is about: its own path, one above, or a link from its path.

    What is only assumed to be read shows nothing.
    """
    own = operation.template.removesuffix(".json")
    linked = set(_list_linked(subject, operation))
    found = []
    for target in subject.operations:
        if target.method != "GET" or target.provenance == ASSUMED:
            continue
        template = target.template.removesuffix(".json")
        if template == own or ("{" in template and own.startswith(f"{template}/")) or target.id in linked:
            found.append(target)
    return found


def _list_linked(subject: Subject, operation: Operation) -> Iterator[str]:
    for status in operation.replies:
        written = subject.follow(subject.operation_object(operation)["responses"].get(str(status), {}))
        for link in map(subject.follow, written.get("links", {}).values()):
            parameters = (link.get("parameters") or {}).items()
            if parameters and all(f"path.{value.removeprefix(_PATH_OF_REQUEST)}" == key for key, value in parameters):
                yield link.get("operationId", "")


def _show(value: Any) -> str:
    return "nothing" if value is _MISSING else write_json(value).decode()

"""List the requests that a check would send: what came to the sandbox in memory that answers a rehearsal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

from msgspec.structs import replace

from paysandbox.check.binding import Binder
from paysandbox.check.choice import READING
from paysandbox.check.listing import find_listing
from paysandbox.check.own_data import OwnData, is_look_up
from paysandbox.check.read_back import list_targets
from paysandbox.check.records import Fields, is_telling, list_leaves
from paysandbox.check.results import PlannedRequest
from paysandbox.check.rule_suite import list_probes
from paysandbox.check.subject import Subject
from paysandbox.check.task import Task
from paysandbox.check.unchanged import list_watched
from paysandbox.contract.operation import Operation
from paysandbox.control.masking import read_content
from paysandbox.core.json_types import name_type
from paysandbox.core.problems import Unroutable
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import judge_request, without_state
from paysandbox.recordings.exchange import Exchange, Message

_DEEPEST: Final = 3  # levels of a body's shape
_LONGEST: Final = 200  # characters of a path, a query or a name
_MOST: Final = 12  # properties of a shape


class Listener:
    """An ASGI application in front of another one; `seen` are the requests: method, path, query, headers, body."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.seen: list[tuple[str, str, str, tuple[tuple[str, str], ...], bytes]] = []

    @property
    def state(self) -> Any:
        """The state of the application behind, for which a client in memory asks."""
        return self._app.state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        content = b"".join(parts)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        self.seen.append((scope["method"], path, scope["query_string"].decode("latin-1"), headers, content))

        async def replay() -> Mapping[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        await self._app(scope, replay, send)


def list_planned(subject: Subject, seen: Listener) -> list[PlannedRequest]:
    """List the requests that were seen, alike ones once with their number, in the order of the operations."""
    counts: dict[PlannedRequest, int] = {}
    for planned in _Planner(subject).plan(seen):
        counts[planned] = counts.get(planned, 0) + 1
    order = {operation.id: number for number, operation in enumerate(subject.operations)}
    found = [replace(planned, count=count) for planned, count in counts.items()]
    return sorted(found, key=lambda planned: order.get(planned.operation, len(order)))


def list_calls_for_records(subject: Subject, task: Task) -> tuple[list[str], list[str], list[str], list[str]]:
    """The calls that a check of a server with its own data makes beside the cases.

    Four lists: calls that learn which records it has, calls that may make the records that operations need, calls that
    read what was made or refused, and calls that a rule refuses.
    """
    own = OwnData(subject, Binder(subject), lambda *_: None, task.given)
    checked = [operation for operation in subject.operations if operation.id not in task.unchecked]
    makers = [] if task.reads_only else own.list_makers(checked)
    readers = {} if task.reads_only else {_name(each): None for each in _list_readers(subject, checked)}
    lookups = filter(is_look_up, subject.operations)
    probes = [] if task.reads_only else list_probes(subject, own, checked)
    refused = [f"{_name(probe.operation)} {probe.what}: {probe.refuser}" for probe in probes]
    return [_name(each) for each in lookups], [_name(each) for each in makers], list(readers), refused


def _list_readers(subject: Subject, checked: Sequence[Operation]) -> Iterator[Operation]:
    yield from list_targets(subject, checked)
    for operation in checked:
        if operation.method not in READING:
            yield from (watched.target for watched in list_watched(subject, operation))
            listing = find_listing(subject, operation)
            yield from [listing.target] if listing is not None else []


def _name(operation: Operation) -> str:
    return f"{operation.method} {operation.template} ({operation.id})"


class _Planner:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._fields = Fields(subject)
        self._service = without_state(subject.service)
        self._state: Any = subject.runtime.namespaces.get("default").state(subject.name)

    def plan(self, listener: Listener) -> Iterator[PlannedRequest]:
        prefix = f"/{self._subject.service.provider.prefix}"
        for method, path, query, headers, content in listener.seen:
            below = path.removeprefix(prefix)
            message = Message(headers, content)
            exchange = Exchange(method, f"{below}?{query}", message, None, Message())
            yield self._describe(Addressed(self._subject.name, below, exchange), query)

    def _describe(self, addressed: Addressed, query: str) -> PlannedRequest:
        exchange = addressed.exchange
        try:
            operation, variables = self._subject.service.contract.route(exchange.method, addressed.path)
        except Unroutable:
            name, valid, variables, hidden, known = "", False, {}, "", set()
        else:
            name, hidden = operation.id, operation.scheme.name if operation.scheme is not None else ""
            known = {parameter.name.lower() for parameter in operation.parameters if parameter.place == "header"}
            valid = judge_request(addressed, self._service, operation, self._state).problem is None
        pairs = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != hidden]
        body = read_content(exchange.request.content).value if exchange.request.content else None
        named = [((key,), value) for key, value in (*((k, unquote(v)) for k, v in variables.items()), *pairs)]
        return PlannedRequest(
            operation=name,
            method=exchange.method,
            path=_shorten(addressed.path),
            query=_shorten(urlencode(pairs)),
            headers=tuple(sorted({key.lower() for key, _ in exchange.request.headers} & known)),
            body="" if not exchange.request.content else describe_shape(body),
            records=tuple(dict.fromkeys(self._name_tables([*named, *list_leaves(body)]))),
            valid=valid,
        )

    def _name_tables(self, values: Any) -> Iterator[str]:
        for place, value in values:
            fields = self._fields.of_value(str(value).rpartition("=")[2]) if is_telling(place, value) else []
            yield from fields[:1]


def describe_shape(value: Any, depth: int = _DEEPEST) -> str:
    """The types of a JSON value, as `{amount: number, tags: [string]}`."""
    if isinstance(value, dict):
        if not depth:
            return "{…}"
        names = [f"{_shorten(str(name))}: {describe_shape(below, depth - 1)}" for name, below in value.items()]
        return f"{{{', '.join([*names[:_MOST], *(['…'] if len(names) > _MOST else [])])}}}"
    if isinstance(value, list):
        kinds = list(dict.fromkeys(describe_shape(item, depth - 1) for item in value[:_MOST])) if depth else ["…"]
        return f"[{' or '.join(kinds)}]"
    return name_type(value, whole=False)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

"""Every way in which batches of two processes can go over a file of SQLite, with failing and unfinished transactions.

Nothing waits here, so a step is a call that comes in, or the end of a turn of a process's event loop. The file is real;
its transactions fail, or their process ends, at each of their statements.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from paysandbox.store.log.batches import Batches
from paysandbox.store.log.engine import StoreError, run_at_once
from paysandbox.store.log.sqlite import SqliteLog
from tests.helpers.replication_model import CODEC, Worker, running_loop

NAMES: Final = ("default", "other")
Event = tuple[str, int, int]


class GoneError(BaseException):
    """The process has ended."""


class Plan(NamedTuple):
    """A call: to which process, and in which namespace."""

    process: int
    namespace: str = "default"


class FailingLog(SqliteLog):
    """A log of which a statement fails; `fault` is the kind, and how many statements before it go well."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.fault: tuple[str, int] | None = None
        self._connection.execute("PRAGMA synchronous = OFF")
        self._run = partial(self._do, self._run)
        self._run_many = partial(self._do_each, self._run_many)  # type: ignore[assignment] # as far as it is used
        self._ends._run, self._ends._run_many = self._run, self._run_many  # noqa: SLF001 - which it notes ends with

    def describe_ends(self) -> Any:
        """What it knows of the ends of logs without the file."""
        ends = self._ends
        later = sorted((namespace, end[1]) for namespace, (end, _) in ends._later.items())  # noqa: SLF001
        found = sorted((name, version) for name, (_, _, version, _) in ends._found.items())  # noqa: SLF001
        return later, found, ends._noted, ends.last, bool(ends._alone), ends._seen is None  # noqa: SLF001

    def _do(self, execute: Callable[..., Any], statement: str, *values: Any) -> Any:
        changes = statement.lstrip().startswith(("INSERT", "UPDATE", "COMMIT"))
        if self.fault is None or not changes:
            return execute(statement, *values)
        kind, left = self.fault
        self.fault = (kind, left - 1) if left else None
        if left:
            return execute(statement, *values)
        if kind == "fail":
            raise sqlite3.OperationalError("disk I/O error")
        if kind == "end after":
            execute(statement, *values)
        raise GoneError

    def _do_each(self, execute: Callable[..., Any], statement: str, rows: Iterable[Any]) -> None:
        for row in rows:
            self._do(execute, statement, [row])


class Process(Worker):
    """A process with its replicas, its batch, and its own connection to the file."""

    def __init__(self, path: Path) -> None:
        self.log = FailingLog(path)
        super().__init__(self.log)
        self.batches: Batches[Any] = Batches(self.replication, lambda error: error)

    def close(self) -> None:
        self.log._connection.close()  # noqa: SLF001 - as the end of a process does


class Call:
    """A call; `said` is each reply to it, of which there must be one in the end, unless its process has ended."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self.plan = name, plan
        self.said: list[Any] = []
        self.is_made = self.is_lost = False


class Way:
    """One way of the calls: events happen, one after the other."""

    def __init__(self, plans: Sequence[Plan], faults: int, path: Path) -> None:
        self.path, self.faults = path, faults
        self.processes = [Process(path) for _ in range(2)]
        self.calls = [Call(f"call-{number}", plan) for number, plan in enumerate(plans)]
        for number in (1, 0):
            process = self.processes[number]
            for name in NAMES:  # a call by itself, so that the next ones need no look at the log
                run_at_once(process.replication.run(partial(process.write, f"first-{number}", name)))

    def list_events(self) -> Iterator[Event]:
        """List what can happen next."""
        for number, call in enumerate(self.calls):
            if not call.is_made:
                yield "make", number, 0
        for number in range(len(self.processes)):
            waiting = {call.plan.namespace for call in self._list_waiting(number)}
            if waiting:
                yield "turn", number, 0
                if self.faults:
                    # An entry is a statement, as is an end that is noted, how far they are, and the commit.
                    points = range(len(waiting) + len(NAMES) + 2)
                    yield from ((kind, number, point) for kind in ("fail", "end", "end after") for point in points)

    def happen(self, event: Event) -> None:
        """Let an event happen."""
        kind, number, point = event
        if kind == "make":
            call = self.calls[number]
            call.is_made = True
            process = self.processes[call.plan.process]
            process.batches.add(partial(process.write, call.name, call.plan.namespace), call.said.append)
            return
        process = self.processes[number]
        if kind != "turn":
            self.faults -= 1
            process.log.fault = kind, point
        try:
            process.batches.flush()
        except GoneError:
            process.close()
            for call in self._list_waiting(number):
                call.is_lost = True
            self.processes[number] = Process(self.path)
        process.log.fault = None

    def _list_waiting(self, number: int) -> list[Call]:
        return [c for c in self.calls if c.plan.process == number and c.is_made and not c.said and not c.is_lost]

    def close(self) -> None:
        for process in self.processes:
            process.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    def describe(self) -> Any:
        """The state, so that two that go on alike are equal."""
        replicas = [
            (process.replicas.replica(name).version, process.replicas.replica(name).checks, process.describe(name))
            for process in self.processes
            for name in NAMES
        ]
        calls = [
            (call.is_made, call.is_lost, [type(said) if isinstance(said, Exception) else said for said in call.said])
            for call in self.calls
        ]
        ends = [process.log.describe_ends() for process in self.processes]
        return repr((list(self.read_log().values()), replicas, calls, ends, self.faults))

    def read_log(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the file holds: for each entry its number of requests and the calls that it keeps."""
        found = {}
        for name in NAMES:
            changes = [CODEC.decode(name, stored).change for stored in run_at_once(self.processes[0].log.read(name, 0))]
            found[name] = [(c.requests, *(sorted(s.counters) for s in c.states)) for c in changes if c is not None]
        return found


def check(way: Way, *, is_end: bool) -> None:
    """Check what must hold in every state, and in the end.

    Raises:
        AssertionError: it does not hold.
    """
    reader = Worker(way.processes[0].log)
    kept: dict[tuple[str, str], int] = {}
    for name in NAMES:
        run_at_once(reader.replication.catch_up(name))
        requests, records, counters = reader.describe(name)
        assert len(records) == requests, f"{requests} requests are kept, with {records}"
        assert all(count == 1 for _, count in counters), f"a call is kept twice: {counters}"
        kept |= {(name, call): number for call, number in records}
    for call in way.calls:
        _check_reply(call, kept.get((call.plan.namespace, call.name)), is_end=is_end)
    for process in way.processes:
        _check_replicas(process, reader)


def _check_reply(call: Call, number: int | None, *, is_end: bool) -> None:
    assert len(call.said) <= 1, f"{call.name} is answered twice"
    assert not is_end or call.said or call.is_lost, f"{call.name} is not answered"
    if not call.said:
        assert number is None or call.is_lost, f"{call.name} is kept, and waits"
    elif isinstance(call.said[0], StoreError):
        assert number is None, f"{call.name} is refused, and kept"
    else:
        assert call.said == [(number, (number or 0) - 1)], f"{call.name} is answered {call.said}, and kept as {number}"


def _check_replicas(process: Process, reader: Worker) -> None:
    """Check that a replica at the end of its log, which no call is at work on, holds what the log has."""
    for name in NAMES:
        held, read = process.replicas.replica(name), reader.replicas.replica(name)
        if held.version == read.version > 0 and held._draft is None:  # noqa: SLF001 - a call is at work on it
            assert held.token == read.token
            assert process.describe(name) == reader.describe(name), f"a replica of {name} differs from its log"


def explore(plans: Sequence[Plan], faults: int, folder: Path) -> int:
    """Go all ways of some calls with at most so many faults; return the number of states.

    Raises:
        AssertionError: what must hold does not hold; the message has the way.
    """
    seen: set[Any] = set()
    others: list[tuple[Event, ...]] = [()]
    with running_loop():
        while others:
            events = others.pop()
            way = Way(plans, faults, folder / "store.db")
            try:
                for event in events:
                    way.happen(event)
                while (state := way.describe()) not in seen:
                    seen.add(state)
                    following = list(way.list_events())
                    check(way, is_end=not following)
                    if not following:
                        break
                    others += [(*events, event) for event in following[1:]]
                    events = (*events, following[0])
                    way.happen(following[0])
            except (StoreError, AssertionError, RuntimeError, LookupError) as error:
                raise AssertionError(f"{error!r} after {events}") from error
            finally:
                way.close()
    return len(seen)

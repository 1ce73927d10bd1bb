"""However calls of two workers go over a log: what is answered is kept, once, and replicas of a version are equal."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from paysandbox.store.log.changes import LogEntry
from paysandbox.store.log.engine import Stored, StoreError, UndecidedError, run_at_once
from paysandbox.store.log.folding import Folding
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import Turn
from paysandbox.store.log.replication import Replication
from tests.helpers.replication_model import Event, Plan, Way, Worker, running_loop
from tests.helpers.stores import MemoryLog

WRITES: Final = (Plan(0), Plan(0), Plan(1))
READS: Final = (Plan(0), Plan(1, reads=True), Plan(1))


class WrongError(AssertionError):
    """A way on which something that must hold does not."""


def explore(plans: Sequence[Plan], faults: int, log: type[MemoryLog] = MemoryLog) -> int:
    """Go all ways of some calls with at most so many faults; return the number of states.

    Raises:
        WrongError: what must hold does not hold; the message has the way.
    """
    seen: set[Any] = set()
    others: list[tuple[Event, ...]] = [()]
    with running_loop():
        while others:
            events = others.pop()
            way = Way(plans, faults, log)
            try:
                for event in events:
                    way.happen(event)
                while (following := note_state(way, seen)) is not None:
                    others += [(*events, event) for event in following[1:]]
                    events = (*events, following[0])
                    way.happen(following[0])
            except (StoreError, AssertionError, RuntimeError, LookupError) as error:
                raise WrongError(f"{error!r} after {events}") from error
            finally:
                way.close()
    return len(seen)


def note_state(way: Way, seen: set[Any]) -> list[Event] | None:
    """Check the state of a way, and list the events that can follow; None if it was seen before, or is an end."""
    state = way.describe()
    if state in seen:
        return None
    seen.add(state)
    following = list(way.list_events())
    check(way, is_end=not following)
    return following or None


def check(way: Way, *, is_end: bool) -> None:
    """Check what must hold in every state, and in the end.

    Raises:
        WrongError: it does not hold.
    """
    reader = Worker(way.log)
    run_at_once(reader.replication.catch_up("default"))
    requests, records, counters = reader.describe()
    kept, counts = dict(records), dict(counters)
    if len(kept) != requests or any(count != 1 for count in counts.values()):
        raise WrongError(f"{requests} requests are kept, with {counts}")
    for call in way.calls:
        if call.is_over and not way.is_wiped:
            check_reply(call, kept)
    check_replicas(way)
    if is_end and not all(call.is_over for call in way.calls):
        raise WrongError("a call waits for ever")


def check_reply(call: Any, kept: dict[str, int]) -> None:
    number = kept.get(call.name)
    if isinstance(call.said, UndecidedError):
        return
    if isinstance(call.said, StoreError):
        if number is not None:
            raise WrongError(f"{call.name} is refused, and kept")
    elif call.plan.reads:
        if not call.began <= call.said[0] <= call.ended:
            raise WrongError(f"{call.name} has read {call.said[0]}, not {call.began} to {call.ended}")
    elif call.said != (number, (number or 0) - 1):
        raise WrongError(f"{call.name} is answered {call.said}, and kept as {number}")


def check_replicas(way: Way) -> None:
    """Check that a replica that no call is at work on holds what the log has at its version."""
    held = way.log.entries.get("default", [])
    for worker in way.workers:
        replica = worker.replicas.replica("default")
        if replica.version == 0 or replica._draft is not None or replica.version > len(held):  # noqa: SLF001
            continue
        log = MemoryLog()
        log.entries["default"] = held[: replica.version]
        other = Worker(log)
        run_at_once(other.replication.catch_up("default"))
        if other.replicas.replica("default").token == replica.token and other.describe() != worker.describe():
            raise WrongError(f"{worker.describe()} is not {other.describe()}")


def test_two_calls_with_one_fault() -> None:
    assert explore((Plan(0), Plan(1)), 1) > 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plans", "faults", "least"),
    [
        pytest.param((Plan(0), Plan(1)), 2, 3000, id="two writes, two faults"),
        pytest.param(WRITES, 1, 3000, id="three writes, one fault"),
        pytest.param(READS, 1, 3000, id="two writes and a read, one fault"),
        pytest.param(READS, 2, 10_000, marks=pytest.mark.sweep, id="two writes and a read, two faults"),
    ],
)
def test_more_calls_and_faults(
    plans: Sequence[Plan], faults: int, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    states = explore(plans, faults)
    with capsys.disabled():
        print(f"\n{states:,} states")  # noqa: T201 - the figure is what people ask for
    assert states > least


class AcceptingLog(MemoryLog):
    """An engine that takes an entry which does not follow the last one."""

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        if not await super().append(namespace, version, content, keep_from=keep_from):
            held = self.entries.setdefault(namespace, [])
            held.append(Stored(len(held) + 1, content))
        return True


class ForgetfulLog(MemoryLog):
    """An engine that says that it has taken what it has refused."""

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        await super().append(namespace, version, content, keep_from=keep_from)
        return True


async def _ask_once(self: Replication, replica: Replica, entry: LogEntry) -> bool:
    """Take a lost connection for a refusal."""
    try:
        return await self.log.append(replica.name, replica.version + 1, self.codec.encode(entry))
    except UndecidedError:
        return False


async def _believe(self: Replication, replica: Replica, entry: LogEntry) -> bool:
    """Take a lost connection for a confirmation."""
    try:
        return await self.log.append(replica.name, replica.version + 1, self.codec.encode(entry))
    except UndecidedError:
        return True


async def _give_up(self: Replication, replica: Replica, entry: LogEntry) -> bool:
    """Say after a lost connection that the call was not carried out."""
    try:
        return await _append_once(self, replica, entry)
    except UndecidedError as error:
        raise StoreError(str(error)) from None


async def _answer_early(self: Replication, turn: Turn, replica: Replica, entry: LogEntry) -> bool:
    """Answer before anything is appended."""
    self.keep(turn, replica, entry)
    return True


async def _trust_replica(self: Replication, turn: Turn, changed: Any) -> bool:
    """Answer what was only read from the replica as it is."""
    if changed is not None:
        return await _confirm(self, turn, changed)
    self._undo(turn)
    return True


def _keep_changes(_: Replication, turn: Turn) -> None:
    """Keep what was not appended."""
    for replica in turn.opened.values():
        replica.commit(replica.version, replica.token)


def _skip_last(self: Folding, page: Sequence[Stored], *, is_last: bool) -> bool:
    """Leave an entry out, but go on from its version."""
    if not _add(self, page[:-1] if len(page) > 2 else page, is_last=is_last):
        return False
    replica = self._replica
    if page:
        replica.version, replica.token = page[-1].version, self._decode(page[-1]).token
    return True


_add: Final = Folding.add
_append_once: Final = Replication._append_once  # noqa: SLF001 - what is planted stands in its place
_confirm: Final = Replication._confirm  # noqa: SLF001 - as above
PAIR: Final = (Plan(0), Plan(1))
ERRORS: Final[dict[str, tuple[Sequence[Plan], type[MemoryLog], dict[str, Any]]]] = {
    "the engine takes every entry": (PAIR, AcceptingLog, {}),
    "the engine confirms what it has refused": (PAIR, ForgetfulLog, {}),
    "a lost connection is a refusal": (PAIR, MemoryLog, {"replication.Replication._append_once": _ask_once}),
    "a lost connection is a confirmation": (PAIR, MemoryLog, {"replication.Replication._append_once": _believe}),
    "a lost connection is a plain error": (PAIR, MemoryLog, {"replication.Replication._append_once": _give_up}),
    "answered before the append": (PAIR, MemoryLog, {"replication.Replication._append": _answer_early}),
    "a refused call is not undone": (PAIR, MemoryLog, {"replication.Replication._undo": _keep_changes}),
    "an entry is left out": ((Plan(0), Plan(0), Plan(1)), MemoryLog, {"folding.Folding.add": _skip_last}),
    "what is read is not looked up": (READS, MemoryLog, {"replication.Replication._confirm": _trust_replica}),
    "calls of one worker are at work together": (
        (Plan(0), Plan(0)),
        MemoryLog,
        {
            "locks.Locks.is_free": lambda *_: True,
            "locks.Locks.take": lambda *_: None,
            "locks.Locks.give_back": lambda *_: None,
        },
    ),
}


@pytest.mark.parametrize("error", ERRORS)
def test_a_planted_error_is_found(monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    plans, log, patches = ERRORS[error]
    for name, planted in patches.items():
        monkeypatch.setattr(f"paysandbox.store.log.{name}", planted)
    with pytest.raises(WrongError):
        explore(plans, 0 if plans is READS else 2, log)

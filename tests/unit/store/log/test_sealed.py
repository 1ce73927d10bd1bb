"""The journal of a log stays as it is written until somebody reads it."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Journal
from paysandbox.store.log.changes import Change
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.inspection import check_formats, check_namespaces
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.sealed import SealedEntry
from paysandbox.store.sealing import SealedRecord
from paysandbox.store.writes import Writes, split_writes
from tests.helpers.runtimes import Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker

PAYMENT = {
    "externalId": "123455",
    "status": "FINAL",
    "date": "2016-07-01",
    "type": "RG",
    "netTotal": 25,
    "tax": 5.75,
    "grossTotal": 30.75,
    "currency": "EUR",
    "lines": [
        {"number": "FT TEST/001", "amount": 10.75},
        {"number": "FT TEST/001", "referenceNumber": "NC NC/001", "amount": 20},
    ],
}
PROVIDER = "invisible_collector"
TOKEN = {"authorization": "Bearer ic-test-token"}
PATH = "/invisible-collector/companies"


@pytest.fixture
def log(base_runtime: Runtime) -> MemoryLog:
    """Three answered calls, one of them refused."""
    log = MemoryLog()
    client = Client(create_worker(base_runtime, log))
    for path in (PATH, f"{PATH}/nowhere", PATH):
        client.get(path, headers=TOKEN)
    return log


def read(base: Runtime, log: MemoryLog, journal_entries: int = 100) -> Replica:
    worker = create_worker(base, log, journal_entries=journal_entries)
    catch_up("default", worker)
    return worker.namespaces.get("default")  # type: ignore[return-value] # they are Replicas


def rewrite(base: Runtime, log: MemoryLog, version: int, change: Callable[[Change], Any]) -> None:
    """Put another change in the place of one, with a right check sum, as no damage can."""
    codec = Codec(base.namespaces.baselines, base.settings.seed)
    entries = log.entries["default"]
    found = codec.decode("default", entries[version - 1])
    assert found.change is not None
    entries[version - 1] = Stored(version, codec.encode(replace(found, change=change(found.change))))


def held(replica: Replica) -> list[Any]:
    return [type(entry) for entry in replica.journal._entries]  # noqa: SLF001 - whether they are sealed


def test_a_journal_is_read_as_it_was_written(base_runtime: Runtime, log: MemoryLog) -> None:
    replica = read(base_runtime, log)
    assert held(replica) == [SealedEntry] * 3
    codec = Codec(base_runtime.namespaces.baselines, base_runtime.settings.seed)
    changes = [codec.decode("default", stored).change for stored in log.entries["default"]]
    written = [entry for change in changes if change is not None for entry in change.entries]
    assert list(replica.journal) == written
    assert list(reversed(replica.journal)) == written[::-1]
    assert [entry for entry, _ in replica.journal.walk_writes()] == written[::-1]
    assert replica.journal.get(2) is replica.journal.get(2)
    assert (replica.journal.oldest, replica.journal.newest, replica.journal.refused) == (1, 3, 1)
    assert replica.journal._budget.size == sum(entry.size() for entry in written)  # noqa: SLF001 - as of opened ones


def find_each(journal: Journal) -> list[Writes | None]:
    return [journal.find_writes(number) for number in range(1, 61)]


def walk(journal: Journal) -> list[Writes | None]:
    return [writes for _, writes in journal.walk_writes()][::-1]


def list_payments(replica: Any, found: Callable[[Journal], list[Writes | None]]) -> list[Any]:
    """List the payments that calls have written, before and after; a record written twice is in a log once."""
    each = [write for writes in found(replica.journal) for write in split_writes(writes or ())]
    return [write for write in each if write[0] == "payments"]


def test_records_stay_sealed_until_they_are_read(base_runtime: Runtime) -> None:
    """By a call, or as what a call has written; a whole takes them as they are."""
    log = MemoryLog()
    one = create_worker(base_runtime, log)
    for number in range(60):  # more than are read with all checks
        reply = Client(one).post(
            "/invisible-collector/payments", json=PAYMENT | {"number": f"RG {number}"}, headers=TOKEN
        )
        assert reply.status == 201
    reader = read(base_runtime, log)
    writer: Any = one.namespaces.get("default")
    own: Any = reader.state(PROVIDER).table("payments").own
    held = [record for _, record in own.held()]
    assert [type(record) for record in held] == [SealedRecord] * 60
    codec = Codec(base_runtime.namespaces.baselines, base_runtime.settings.seed)
    assert reader.describe_whole(codec) == writer.describe_whole(codec)
    assert [record.record for record in held] == [None] * 60
    paid, walked = ([list_payments(replica, found) for replica in (reader, writer)] for found in (find_each, walk))
    assert paid[0] == paid[1] == walked[0] == walked[1]
    assert len(paid[0]) == 60
    tables = [replica.state(PROVIDER).table("payments") for replica in (reader, writer)]
    assert list(tables[0].records()) == list(tables[1].records())


def test_an_entry_without_notes_is_read_at_once(base_runtime: Runtime, log: MemoryLog) -> None:
    """Earlier releases wrote none."""
    expected = list(read(base_runtime, log).journal)
    for version in (1, 2, 3):
        rewrite(base_runtime, log, version, lambda change: replace(change, notes=()))
    replica = read(base_runtime, log)
    assert SealedEntry not in held(replica)
    assert list(replica.journal) == expected
    assert [entry.number for entry in read(base_runtime, log, journal_entries=2).journal] == [2, 3]


def test_an_entry_that_is_none_is_refused_when_it_is_read(base_runtime: Runtime, log: MemoryLog) -> None:
    rewrite(base_runtime, log, 2, lambda change: replace(change, entries=({"number": 2},)))
    replica = read(base_runtime, log)
    with pytest.raises(StoreError, match="journal entries cannot be read"):
        list(replica.journal)


def test_a_record_that_is_none_is_found_by_a_check(base_runtime: Runtime, log: MemoryLog) -> None:
    """A start does not read it: what its key and indexes are is there."""
    codec = Codec(base_runtime.namespaces.baselines, base_runtime.settings.seed)

    async def check() -> list[Any]:
        replicas: Any = create_worker(base_runtime, log).namespaces
        return [checked.errors async for checked in check_namespaces(log, replicas, codec)]

    assert asyncio.run(check()) == [()]
    content = b'{"id":"a","company":"b","number":"c","customerId":"d"}'
    rewrite(
        base_runtime, log, 2, lambda known: replace(known, states=((PROVIDER, None, [("debts", None, content)], {}),))
    )
    asyncio.run(check_formats(log, codec))
    (errors,) = asyncio.run(check())
    assert str(errors[0]).startswith(
        "version 2 of the namespace default: a record of invisible_collector's table debts cannot"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"states": ({"provider": 1},)}, " cannot be read"),
        ({"counts": {"invoiless": 7}}, ": counts of coverage cannot be read"),
        (
            {"states": (("invisible_collector", None, [("debts", None, b"{}")] * 70, {}),)},
            ": a record of invisible_collector's table debts cannot be read",
        ),
    ],
    ids=["records", "counts", "a record"],
)
def test_a_change_that_is_none_is_refused_and_not_half_applied(
    base_runtime: Runtime, log: MemoryLog, change: dict[str, Any], says: str
) -> None:
    rewrite(base_runtime, log, 2, lambda known: list((msgspec.structs.asdict(known) | change).values()))
    worker = create_worker(base_runtime, log)
    with pytest.raises(StoreError, match=f"version 2 of the namespace default{says}"):
        catch_up("default", worker)
    replica = worker.namespaces.get("default")
    assert (replica.version, replica.requests, len(replica.journal)) == (0, 0, 0)  # type: ignore[attr-defined] # a Replica

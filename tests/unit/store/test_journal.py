"""The journal: the latest calls of each namespace, bounded by count and by bytes over all of them."""

import gc
import tracemalloc
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.core.messages import Request
from paysandbox.core.problems import Problem
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import HEADER_BYTES, Entry, Journal, JournalBudget, Refusal
from paysandbox.store.writes import WriteMeter
from tests.helpers.runtimes import NOON, Client


def entry(number: int, content: bytes = b"", *, sent: bytes | None = b"", head: int = 0) -> Entry:
    """A call of which only number and size matter."""
    return Entry(
        number=number,
        at=NOON,
        provider="invoiless",
        request=Request("POST", "/v1/payments", "", [], sent, head_size=head),
        operation=None,
        status=200,
        headers=(),
        content=content,
        rules=(),
        refusal=None,
        breach=None,
        fault_id=None,
        effect=None,
        duration=0,
    )


def numbers(journal: Journal) -> list[int]:
    """Which calls it keeps, in its order."""
    return [one.number for one in journal]


def test_entries_are_kept_oldest_first() -> None:
    """Each is also found by its number."""
    journal = Journal(JournalBudget())
    for number in (1, 2, 3):
        journal.add(entry(number))
    found = journal.get(2)
    assert (numbers(journal), len(journal), journal.evicted) == ([1, 2, 3], 3, 0)
    assert found is not None
    assert found.number == 2
    assert journal.get(4) is None


def test_beyond_the_count_the_oldest_go() -> None:
    journal = Journal(JournalBudget(entries=2))
    for number in range(1, 6):
        journal.add(entry(number))
    assert (numbers(journal), journal.evicted) == ([4, 5], 3)
    assert journal.get(3) is None


def test_the_refused_ones_of_those_that_are_kept_are_counted() -> None:
    """So that a search for refusals knows when it has found all."""
    journal = Journal(JournalBudget(entries=2))
    refusal = Refusal("no", (), None, depends_on_state=False)
    for number, kept in enumerate((refusal, refusal, None, refusal), 1):
        journal.add(replace(entry(number), refusal=kept))
        assert journal.refused == sum(one.refusal is not None for one in journal)
    assert (numbers(journal), journal.refused) == ([3, 4], 1)
    journal.clear()
    assert journal.refused == 0


def test_the_garbage_collector_forgets_what_was_sent_and_answered(client: Client) -> None:
    """It would visit ten thousand lists for ever, and a call would wait for it."""
    for number in range(3):
        client.get("/invoiless/v1/invoices", headers={"api-key": "wrong", "x-request": str(number)})
    for _ in range(2):  # the first forgets the pairs, the next the tuple of them
        gc.collect()
    for kept in client.runtime.namespaces.get("default").journal:
        assert not gc.is_tracked(kept.request.headers)
        assert not gc.is_tracked(kept.headers)
        assert not gc.is_tracked(kept)


def test_the_count_is_of_one_journal() -> None:
    """Other namespaces do not cost it entries."""
    budget = JournalBudget(entries=2)
    first, second = Journal(budget), Journal(budget)
    for number in (1, 2):
        first.add(entry(number))
        second.add(entry(number))
    assert (numbers(first), numbers(second), first.evicted, second.evicted) == ([1, 2], [1, 2], 0, 0)


def test_beyond_the_bytes_the_oldest_of_all_journals_go_first() -> None:
    """Whichever journal they are in; each counts its own."""
    size = entry(1, b"x" * 5000).size()
    budget = JournalBudget(limit=3 * size)
    first, second = Journal(budget), Journal(budget)
    first.add(entry(1, b"x" * 5000))
    second.add(entry(1, b"x" * 5000))
    first.add(entry(2, b"x" * 5000))
    assert budget.size == 3 * size
    second.add(entry(2, b"x" * 5000))
    assert (numbers(first), numbers(second), first.evicted, second.evicted) == ([2], [1, 2], 1, 0)
    second.add(entry(3, b"x" * 5000))
    assert (numbers(first), numbers(second), first.evicted, second.evicted) == ([2], [2, 3], 1, 1)
    assert budget.size == 3 * size


def test_a_large_entry_displaces_several() -> None:
    """Until all of them together are within the limit."""
    budget = JournalBudget(limit=entry(1, b"x" * 4000).size() + 500)
    journal = Journal(budget)
    for number in range(1, 6):
        journal.add(entry(number))
    journal.add(entry(6, b"x" * 4000))
    assert (numbers(journal), journal.evicted) == ([6], 5)


def test_the_newest_entry_stays_whatever_its_size() -> None:
    """It is probably the entry that is looked for; the next one displaces it."""
    journal = Journal(JournalBudget(limit=1000))
    journal.add(entry(1, b"x" * 5000))
    assert numbers(journal) == [1]
    journal.add(entry(2))
    assert (numbers(journal), journal.evicted) == ([2], 1)


@pytest.mark.parametrize(
    "larger",
    [entry(1, b"x" * 300), entry(1, sent=b"x" * 300), entry(1, head=300)],
    ids=["reply", "request body", "request head"],
)
def test_every_text_counts(larger: Entry) -> None:
    """What was sent as well as what was answered."""
    assert larger.size() - entry(1).size() == 300


def test_the_head_of_a_call_counts(client: Client) -> None:
    """Path, query and headers, as they came, and what each header takes beside its text."""
    budget = client.runtime.namespaces.budget
    client.get("/invoiless/v1/payments/1")
    first = budget.size
    client.get("/invoiless/v1/payments/1", headers={"note": "x" * 1000})
    second = budget.size - first
    client.get("/invoiless/v1/payments/1", query="note=" + "x" * 2000)
    assert 1000 <= second - first - HEADER_BYTES <= 1010
    assert 2000 <= budget.size - first - second - first <= 2010


def test_a_body_that_was_too_long_to_be_read_takes_nothing() -> None:
    assert entry(1, sent=None).size() == entry(1).size()


def test_an_expected_refusal_is_counted_apart() -> None:
    """Whether its request said so or it was said later, and once; the refusals to show are the others."""
    budget = JournalBudget()
    journal = Journal(budget)
    refusal = Refusal("no", (), None, depends_on_state=False)
    said, late, other = (replace(entry(number), refusal=refusal, expects_refusal=number == 1) for number in (1, 2, 3))
    for refused in (said, late, other):
        journal.add(refused)
    for _ in range(2):
        journal.expect_refusal(late)
    journal.expect_refusal(said)
    assert (budget.refused, budget.expected, budget.accepted, list(budget.refusals)) == (3, 2, 0, [other])
    assert [journal.expects_refusal(each) for each in (said, late, other)] == [True, True, False]
    journal.add(replace(entry(4), expects_refusal=True))
    assert (budget.refused, budget.expected, budget.accepted) == (3, 2, 1)
    journal.clear()
    assert not journal.expects_refusal(late)


def test_clearing_gives_the_bytes_back() -> None:
    """To the other journals; the count of evicted entries begins anew, and what follows is kept as before."""
    budget = JournalBudget(entries=2)
    journal, other = Journal(budget), Journal(budget)
    other.add(entry(1))
    left = budget.size
    for number in (1, 2, 3):
        journal.add(entry(number, b"x" * 100))
    journal.clear()
    assert (numbers(journal), len(journal), journal.evicted, budget.size) == ([], 0, 0, left)
    assert numbers(other) == [1]
    journal.add(entry(4))
    assert numbers(journal) == [4]


def test_a_deleted_namespace_gives_its_bytes_back(client: Client) -> None:
    """Otherwise entries that cannot be read any more would displace those that can."""
    client.get("/ns/mine/invoiless/v1/payments/1")
    budget = client.runtime.namespaces.budget
    assert budget.size > 0
    client.runtime.namespaces.drop("mine")
    assert budget.size == 0


def test_a_refused_call_keeps_nothing_alive(runtime: Runtime) -> None:
    """A kept exception would hold its traceback, and that every frame of the call with all that it knows."""
    gc.collect()
    before = sum(isinstance(one, Problem) for one in gc.get_objects())
    for _ in range(3):
        assert Client(runtime).get("/invoiless/v1/payments/1").status == 403
    gc.collect()
    refusals = [one.refusal for one in runtime.namespaces.get("default").journal]
    assert all(one is not None and one.message for one in refusals)
    assert len(refusals) == 3
    assert sum(isinstance(one, Problem) for one in gc.get_objects()) == before


@pytest.mark.parametrize("more", [0, 16])
def test_the_journal_takes_about_as_much_memory_as_it_counts(client: Client, more: int) -> None:
    """With few headers and with many; a limit that is believed must not be half of the truth."""
    budget = client.runtime.namespaces.budget
    headers = {f"x-header-{number}": "value" for number in range(more)}
    client.get("/invoiless/v1/payments/1", headers=headers)
    gc.collect()
    tracemalloc.start()
    before, counted = tracemalloc.get_traced_memory()[0], budget.size
    for number in range(300):
        client.get(f"/invoiless/v1/payments/{number:024x}", headers=headers)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.75 <= taken / (budget.size - counted) <= 1.25


def test_what_calls_keep_alive_counts(client: Client) -> None:
    """Records that only the journal still holds: on the whole not less than what is measured."""
    url, namespace = "/invoiless/v1/invoices/6523c1c99b3e7d00418c2f8c", client.runtime.namespaces.get("default")
    state, budget = namespace.state("invoiless"), client.runtime.namespaces.budget
    record: Any = state.table("invoices").get(url.rpartition("/")[2])
    client.get(url, headers={"api-key": "invoiless-test-key"})
    [call] = namespace.journal
    namespace.journal.clear()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1, 32 * 31):
        text = f"{number:1000}"
        namespace.journal.add(replace(call, number=number), ("invoices", "1", replace(record, notes=text), record))
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken <= budget.size <= 12 * taken


def test_more_writes_than_are_kept_are_not_known() -> None:
    """The whole of them would take more than a journal may."""
    journal = Journal(JournalBudget())
    journal.add(entry(1), ("table", 1, None, None) * 1000)
    journal.add(entry(2), ("table", 1, None, None) * 1001)
    assert len(journal.find_writes(1) or ()) == 4000
    assert journal.find_writes(2) is None
    assert journal.find_writes(3) is None


def test_writes_go_with_their_entry() -> None:
    journal = Journal(JournalBudget(entries=2))
    for number in (1, 2, 3):
        journal.add(entry(number), ("table", number, None, None))
    assert (journal.find_writes(1), journal.find_writes(3)) == (None, ("table", 3, None, None))
    journal.clear()
    assert journal.find_writes(3) is None


def test_the_meter_follows_records_that_grow() -> None:
    """A few measured calls stand for many, so a limit holds when records become larger."""
    meter = WriteMeter()
    small, large = ("table", 1, "x", "x"), ("table", 1, "x" * 10_000, "x")
    for _ in range(30):
        meter.measure(small)
    assert meter.item_bytes < 100
    for _ in range(30):
        meter.measure(large)
    assert 4 * meter.item_bytes > 0.9 * meter.measure(large)
    before = meter.item_bytes
    meter.measure(("table", 1, "x", "x") * 100)
    assert meter.item_bytes == before

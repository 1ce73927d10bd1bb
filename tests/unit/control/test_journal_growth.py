"""What reading the journal takes however long it is, counted in entries: no figure here is a time."""

from collections.abc import Callable, Iterator

import pytest

from paysandbox.control import journal_view
from paysandbox.control.advice import Adviser
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.store.journal import Entry, Journal
from paysandbox.web.console.overview import ROWS
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.advised import IX, PARTIAL, RECEIPT, URL, about, advice

CALLS = 300
FEW = 5

Count = Callable[[], int]


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Count the entries that a reading passes, and those that it notes, since the last time."""
    count = 0
    backwards, forwards, note = Journal.__reversed__, Journal.__iter__, Adviser.note

    def counted(entries: Iterator[Entry]) -> Iterator[Entry]:
        nonlocal count
        for entry in entries:
            count += 1
            yield entry

    def noted(adviser: Adviser, entry: Entry, *more: object) -> None:
        nonlocal count
        count += 1
        note(adviser, entry, *more)  # type: ignore[arg-type] # passed on as they are

    def take() -> int:
        nonlocal count
        taken, count = count, 0
        return taken

    monkeypatch.setattr(Journal, "__reversed__", lambda journal: counted(backwards(journal)))
    monkeypatch.setattr(Journal, "__iter__", lambda journal: counted(forwards(journal)))
    monkeypatch.setattr(Adviser, "note", noted)
    return take


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [
        (URL, f"limit={FEW}", 20),
        (URL, f"after=default-{CALLS - FEW}", 20),
        (f"{URL}/default-{CALLS}", "", 20),
        ("/_sandbox/", "", 3 * ROWS[0]),
    ],
    ids=["limit", "after", "one call", "start page"],
)
def test_a_second_reading_passes_few_entries(client: Client, passed: Count, path: str, query: str, most: int) -> None:
    """The first one has noted all of them."""
    for _ in range(CALLS):
        client.post(PARTIAL, RECEIPT, query=IX)
    for _ in (1, 2):
        assert client.get(path, query=query, headers={"accept": "text/html"}).status == 200
        entries = passed()
    assert entries <= most


def test_a_reading_notes_what_has_come_since(client: Client, passed: Count) -> None:
    client.post(PARTIAL, RECEIPT, query=IX)
    client.get(URL)
    for _ in range(CALLS):
        client.post(PARTIAL, RECEIPT, query=IX)
        passed()
        client.get(URL, query="limit=1")
        assert passed() <= 2 * (1 + 2)
    assert len(about(advice(client, CALLS), f"repeats default-{CALLS - 1}, ")) == 1


def test_what_is_evicted_is_no_longer_repeated(base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the journal was read. What was noted of evicted entries is given up now and then."""
    monkeypatch.setattr(journal_view, "_SPARE", 10)
    client = Client(fresh_runtime(base_runtime, Settings(journal_entries=3)))
    journal = client.runtime.namespaces.get("default").journal
    readers = set()
    for _ in range(60):
        client.post(PARTIAL, RECEIPT, query=IX)
        *_, last = client.get(URL).json["requests"]
        readers.add(id(journal.reader))
    assert len(readers) > 1
    (hint,) = about(last["advice"], "This call repeats")
    assert hint.startswith("This call repeats default-59, ")
    assert "There are three now" in hint
    first = client.get(URL).json["requests"][0]
    assert about(first["advice"], "This call repeats") == []


def test_a_cleared_journal_is_read_anew(client: Client) -> None:
    client.post(PARTIAL, RECEIPT, query=IX)
    assert client.get(URL).json["requests"] != []
    client.delete(URL)
    client.post(PARTIAL, RECEIPT, query=IX)
    (entry,) = client.get(URL).json["requests"]
    assert about(entry["advice"], "This call repeats") == []

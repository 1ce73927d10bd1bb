"""A dict of records of which some are sealed is like a dict of records, and opens no more than what is read."""

from operator import eq, ne
from typing import Any

import pytest

from paysandbox.store.overlays import Overlay
from paysandbox.store.sealing import LazyRecords, SealedRecord, open_record
from paysandbox.store.writes import ITEM_BYTES, WriteMeter


class CountingReader:
    """Reads text, and counts how often."""

    def __init__(self) -> None:
        self.opened = 0

    def read(self, content: bytes) -> str:
        self.opened += 1
        return content.decode()

    def read_outline(self, content: bytes) -> str:
        return content.decode()[:1]


@pytest.fixture
def reader() -> CountingReader:
    return CountingReader()


@pytest.fixture
def records(reader: CountingReader) -> LazyRecords:
    return LazyRecords({1: SealedRecord(b"one", reader), 2: "two", 3: None, 4: SealedRecord(b"four", reader)})


PLAIN = {1: "one", 2: "two", 3: None, 4: "four"}


def test_a_record_is_opened_once_and_alone(records: LazyRecords, reader: CountingReader) -> None:
    assert [records[1], records[1], records[2], records[3]] == ["one", "one", "two", None]
    assert reader.opened == 1
    assert dict(records.held())[1] == "one"
    assert type(dict(records.held())[4]) is SealedRecord


def test_it_is_read_in_every_way_like_a_dict(records: LazyRecords) -> None:
    assert list(records.copy().items()) == list(PLAIN.items())
    for other, is_equal in ((PLAIN, True), ({**PLAIN, 4: "five"}, False)):
        assert (eq(records.copy(), other), eq(other, records.copy())) == (is_equal, is_equal)
        assert (ne(records.copy(), other), ne(other, records.copy())) == (not is_equal, not is_equal)
    assert list(records) == [1, 2, 3, 4]
    with pytest.raises(KeyError):
        records[5]


def test_a_copy_opens_nothing_and_shares_what_is_opened(records: LazyRecords, reader: CountingReader) -> None:
    copied = Overlay(records, {}).copy().records
    assert reader.opened == 0
    del copied[2]
    copied[5] = "five"
    assert (copied[1], records[1]) == ("one", "one")
    assert reader.opened == 1
    assert records == PLAIN


def test_an_outline_opens_nothing(reader: CountingReader) -> None:
    sealed = SealedRecord(b"one", reader)
    assert (sealed.outline(), reader.opened) == ("o", 0)
    assert sealed.open() is sealed.open() is sealed.outline()
    assert (reader.opened, sealed.content) == (1, b"")


def test_anything_else_is_opened_to_itself(reader: CountingReader) -> None:
    found: list[Any] = ["debts", 7, None, SealedRecord(b"one", reader)]
    assert list(map(open_record, found)) == ["debts", 7, None, "one"]


def test_a_sealed_record_counts_its_own_bytes(reader: CountingReader) -> None:
    writes = ("debts", 1, SealedRecord(b"x" * 500, reader), SealedRecord(b"y" * 70, reader))
    assert WriteMeter().measure(writes) - WriteMeter().measure(("debts", 1, None, None)) in range(450, 501)
    assert WriteMeter().measure(writes) >= 4 * ITEM_BYTES + 500

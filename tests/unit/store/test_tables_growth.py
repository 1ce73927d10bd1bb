"""What a table does however many records it holds, counted in steps: no figure here is a time."""

from collections.abc import Hashable, Iterator

import pytest

from paysandbox.store.overlays import slice_keys
from paysandbox.store.tables import FixtureRows, Record, Table, table
from paysandbox.store.transaction import Transaction

MANY = 10_000
PAGE = 10


class Coin(Record, frozen=True):
    """A record in two indexes."""

    id: int
    box: str
    worth: int = 1


class Boxes:
    """Only declares."""

    coins = table(Coin, key="id", indexes={"box": "box", "both": ("box", "id")})


class CountedKeys(dict[Hashable, bool]):
    """Keys that count how many of them are passed, from either end."""

    passed = 0

    def __iter__(self) -> Iterator[Hashable]:
        return self._count(super().__iter__())

    def __reversed__(self) -> Iterator[Hashable]:
        return self._count(super().__reversed__())

    def _count(self, keys: Iterator[Hashable]) -> Iterator[Hashable]:
        for key in keys:
            self.passed += 1
            yield key


@pytest.mark.parametrize("start", [0, PAGE, MANY - 2 * PAGE, MANY - PAGE, MANY - 1, MANY, 2 * MANY])
def test_pages_at_either_end_pass_few_keys(start: int) -> None:
    keys = CountedKeys((number, True) for number in range(MANY))
    assert list(slice_keys(keys, start, start + PAGE)) == list(range(MANY))[start : start + PAGE]
    assert keys.passed <= 2 * PAGE


@pytest.mark.parametrize("start", range(0, MANY, 777))
def test_no_page_passes_more_than_half_of_the_keys(start: int) -> None:
    keys = CountedKeys((number, True) for number in range(MANY))
    assert list(slice_keys(keys, start, start + PAGE)) == list(range(MANY))[start : start + PAGE]
    assert keys.passed <= MANY // 2 + PAGE


class CountedTransaction(Transaction):
    """A transaction that counts what is set."""

    __slots__ = ("sets",)

    def __init__(self) -> None:
        super().__init__()
        self.sets = 0

    def set(self, mapping: dict[object, object], key: Hashable, value: object) -> None:
        self.sets += 1
        super().set(mapping, key, value)

    def write(self, table: str, records: dict[object, object], key: Hashable, old: object, record: object) -> None:
        self.sets += 1
        super().write(table, records, key, old, record)


def test_a_change_that_no_index_reads_is_one_change() -> None:
    transaction = CountedTransaction()
    coins: Table[Coin] = Table(FixtureRows(Boxes.coins, {}), transaction)
    with transaction:
        coins.put(Coin(id=1, box="red"))
    assert transaction.sets == 3  # the record, and its key in each index
    with transaction:
        coins.put(Coin(id=1, box="red", worth=2))
    assert transaction.sets == 4


def test_a_write_changes_as_much_however_many_records_there_are() -> None:
    transaction = CountedTransaction()
    coins: Table[Coin] = Table(FixtureRows(Boxes.coins, {}), transaction)
    for number in range(MANY):
        before = transaction.sets
        with transaction:
            coins.put(Coin(id=number, box="red"))
        assert transaction.sets - before <= 4
    before = transaction.sets
    with transaction:
        coins.delete(MANY // 2)
    assert transaction.sets - before <= 5

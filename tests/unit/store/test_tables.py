"""Tables: an overlay over fixtures that never change, with indexes, order and an undo that is exact."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from paysandbox.store.tables import FixtureRows, Record, Table, TableDef, table
from paysandbox.store.transaction import Transaction


class Coin(Record, frozen=True):
    """A record with a place in two indexes."""

    id: str
    box: str | None
    year: int = 2000
    worth: Decimal = Decimal(1)


class Boxes:
    """Only declares: see `shape`."""

    coins = table(Coin, key="id", indexes={"box": "box", "both": ("box", "year")}, refers={"box": "boxes"})


FIXTURES = (Coin(id="a", box="red"), Coin(id="b", box="blue"), Coin(id="c", box="red", year=1999))


@pytest.fixture
def table_def() -> TableDef[Coin]:
    return Boxes.coins


@pytest.fixture
def base(table_def: TableDef[Coin]) -> FixtureRows[Coin]:
    """The fixtures: a and c are in the red box, b in the blue one."""
    return FixtureRows(table_def, {coin.id: coin for coin in FIXTURES})


@pytest.fixture
def transaction() -> Transaction:
    return Transaction()


@pytest.fixture
def coins(base: FixtureRows[Coin], transaction: Transaction) -> Table[Coin]:
    """A namespace's table over the fixtures."""
    return Table(base, transaction)


def ids(records: Iterable[Coin]) -> list[str]:
    return [record.id for record in records]


def everything(coins: Table[Coin]) -> object:
    boxes = ("red", "blue", "green", None)
    return (
        list(coins.records()),
        [(coins.all("box", box), coins.count("box", box), coins.find("box", box)) for box in boxes],
        [coins.page("both", (box, year), 0, 9) for box in boxes for year in (1999, 2000)],
    )


def test_fixtures_are_read_through_the_overlay(coins: Table[Coin]) -> None:
    """By key, by index, and all of them in their order."""
    assert coins.get("a") == FIXTURES[0]
    assert coins.get("z") is None
    assert ids(coins.all("box", "red")) == ["a", "c"]
    assert ids(coins.records()) == ["a", "b", "c"]


def test_an_index_may_be_of_several_attributes(coins: Table[Coin]) -> None:
    assert coins.find("both", ("red", 1999)) == FIXTURES[2]
    assert coins.find("both", ("red", 1998)) is None


def test_what_is_put_is_found_in_every_way(coins: Table[Coin]) -> None:
    """A new record stands last."""
    new = Coin(id="d", box="red")
    coins.put(new)
    assert coins.get("d") is new
    assert ids(coins.all("box", "red")) == ["a", "c", "d"]
    assert coins.count("box", "red") == 3
    assert ids(coins.records()) == ["a", "b", "c", "d"]


def test_none_is_a_value_of_an_index(coins: Table[Coin]) -> None:
    """Records that refer to nothing are found as such."""
    coins.put(Coin(id="d", box=None))
    assert ids(coins.all("box", None)) == ["d"]


def test_a_changed_record_keeps_its_place(coins: Table[Coin]) -> None:
    """Where the indexed attributes stay as they were."""
    coins.put(Coin(id="a", box="red", worth=Decimal(5)))
    assert ids(coins.all("box", "red")) == ["a", "c"]
    assert ids(coins.records()) == ["a", "b", "c"]
    assert coins.find("box", "red") == Coin(id="a", box="red", worth=Decimal(5))


def test_a_record_that_moves_is_found_only_where_it_is(coins: Table[Coin], transaction: Transaction) -> None:
    """At the end there, and no longer where it was."""
    coins.put(Coin(id="a", box="blue"))
    transaction.commit()
    assert ids(coins.all("box", "red")) == ["c"]
    assert ids(coins.all("box", "blue")) == ["b", "a"]
    assert coins.find("both", ("red", 2000)) is None


@pytest.mark.parametrize("key", ["a", "d"], ids=["of the fixtures", "of its own"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_deleted_record_is_gone(coins: Table[Coin], transaction: Transaction, key: str, *, committed: bool) -> None:
    """Before and after the commit, from every index."""
    coins.put(Coin(id="d", box="red"))
    transaction.commit()
    coins.delete(key)
    if committed:
        transaction.commit()
    assert coins.get(key) is None
    assert key not in ids(coins.records())
    assert key not in ids(coins.all("box", "red"))
    assert coins.count("box", "red") == 2


def test_deleting_what_is_not_there_changes_nothing(coins: Table[Coin]) -> None:
    before = everything(coins)
    coins.delete("z")
    assert everything(coins) == before
    coins.delete("a")
    after = everything(coins)
    coins.delete("a")
    assert everything(coins) == after


def test_a_record_put_again_after_its_deletion_stands_last(coins: Table[Coin], transaction: Transaction) -> None:
    """Under its index; it is a new one."""
    coins.delete("a")
    transaction.commit()
    coins.put(Coin(id="a", box="red"))
    transaction.commit()
    assert ids(coins.all("box", "red")) == ["c", "a"]
    assert coins.count("box", "red") == 2


@pytest.mark.parametrize(
    ("start", "size", "found"),
    [
        (0, 2, ["a", "c"]),
        (1, 2, ["c", "d"]),
        (3, 2, ["e"]),
        (4, 2, []),
        (99, 2, []),
        (0, 0, []),
        (0, 99, ["a", "c", "d", "e"]),
    ],
)
def test_pages_cut_the_list_of_all(coins: Table[Coin], start: int, size: int, found: list[str]) -> None:
    coins.put(Coin(id="d", box="red"))
    coins.put(Coin(id="e", box="red"))
    assert ids(coins.page("box", "red", start, size)) == found


def test_pages_do_not_show_what_was_deleted_in_this_transaction(coins: Table[Coin]) -> None:
    """They are not shorter for it either."""
    coins.put(Coin(id="d", box="red"))
    coins.delete("a")
    assert ids(coins.page("box", "red", 0, 2)) == ["c", "d"]


def test_a_rollback_restores_everything_and_its_order(coins: Table[Coin], transaction: Transaction) -> None:
    """After puts, moves and deletions of old and new records."""
    coins.put(Coin(id="d", box="red"))
    transaction.commit()
    before = everything(coins)
    coins.delete("a")
    coins.put(Coin(id="d", box="blue"))
    coins.put(Coin(id="a", box="green"))
    coins.put(Coin(id="c", box="red", year=2000, worth=Decimal(7)))
    coins.delete("d")
    coins.put(Coin(id="e", box="red"))
    transaction.rollback()
    assert everything(coins) == before


def test_after_a_rollback_things_go_on_as_if_nothing_had_been(coins: Table[Coin], transaction: Transaction) -> None:
    coins.delete("a")
    coins.put(Coin(id="d", box="green"))
    transaction.rollback()
    coins.put(Coin(id="d", box="red"))
    transaction.commit()
    assert ids(coins.all("box", "red")) == ["a", "c", "d"]
    assert coins.all("box", "green") == []


def test_a_commit_cannot_be_rolled_back(coins: Table[Coin], transaction: Transaction) -> None:
    """The next rollback finds nothing to take back."""
    coins.delete("a")
    transaction.commit()
    before = everything(coins)
    transaction.rollback()
    assert everything(coins) == before


def test_two_overlays_share_their_fixtures_and_nothing_else(base: FixtureRows[Coin]) -> None:
    """The fixtures stay as they are, whatever is done above them."""
    one, other, untouched = (Table(base, Transaction()) for _ in range(3))
    one.put(Coin(id="a", box="green"))
    one.delete("b")
    other.put(Coin(id="d", box="red"))
    assert ids(untouched.all("box", "red")) == ["a", "c"]
    assert ids(other.all("box", "red")) == ["a", "c", "d"]
    assert ids(one.all("box", "red")) == ["c"]
    assert list(base.records.values()) == list(FIXTURES)


def test_an_unknown_index_is_an_error(coins: Table[Coin]) -> None:
    """A typing mistake must not find nothing."""
    with pytest.raises(KeyError):
        coins.all("bxo", "red")

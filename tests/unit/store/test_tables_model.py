"""A table against a model of plain dicts, through any sequence of puts, deletions, commits and rollbacks."""

from collections.abc import Hashable
from copy import deepcopy
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from paysandbox.store.tables import FixtureRows, Record, Table, table
from paysandbox.store.transaction import Transaction

LETTERS = "abcdefg"
KEYS = st.sampled_from(LETTERS)
GROUPS = st.sampled_from([None, "x", "y"])
SIZES = st.integers(0, 2)


class Thing(Record, frozen=True):
    """A record that stands in two indexes, and in a third one under several values."""

    id: str
    group: str | None
    size: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """All sizes up to its own, the first one twice."""
        return (0, *range(self.size + 1))


class Things:
    """Only declares."""

    things: Any = table(
        Thing, key="id", indexes={"group": "group", "both": ("group", "size")}, multikeys={"sizes": "sizes"}
    )


FIXTURES: dict[Hashable, Thing] = {
    one.id: one for one in (Thing(id="c", group="x", size=1), Thing(id="a", group="x", size=0))
}


def places(one: Thing) -> list[tuple[str, Any]]:
    sizes = [("sizes", size) for size in range(one.size + 1)]
    return [("all", None), ("group", one.group), ("both", (one.group, one.size)), *sizes]


class Model:
    """Rows in a dict, and for each list the turn at which a key joined it. A place left is lost only at the commit."""

    def __init__(self) -> None:
        self.rows: dict[str, Thing] = {}
        self.turns: dict[tuple[Any, str], int] = {}
        self.turn = count()
        for one in FIXTURES.values():
            self.put(one)

    def put(self, one: Thing) -> None:
        """Join every list that the thing belongs to."""
        self.rows[one.id] = one
        for place in places(one):
            self.turns.setdefault((place, one.id), next(self.turn))

    def commit(self) -> None:
        """Forget the places of those that are gone. In the list of all, the fixtures have theirs for ever."""
        self.turns = {
            (place, key): turn
            for (place, key), turn in self.turns.items()
            if (key in self.rows and place in places(self.rows[key])) or (place[0] == "all" and key in FIXTURES)
        }

    def listed(self, index: str, value: Any) -> list[Thing]:
        """Who stands in a list, in order."""
        place = (index, value)
        found = [one for one in self.rows.values() if place in places(one)]
        return sorted(found, key=lambda one: self.turns[place, one.id])


class TableAgainstModel(RuleBasedStateMachine):
    """Whatever happens, the table answers like the model, and the fixtures stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.base: FixtureRows[Thing] = FixtureRows(Things.things, dict(FIXTURES))
        self.transaction = Transaction()
        self.table = Table(self.base, self.transaction)
        self.model = Model()
        self.committed = deepcopy(self.model.rows), dict(self.model.turns)

    @rule(key=KEYS, group=GROUPS, size=SIZES)
    def put(self, key: str, group: str | None, size: int) -> None:
        one = Thing(id=key, group=group, size=size)
        self.table.put(one)
        self.model.put(one)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.table.delete(key)
        self.model.rows.pop(key, None)

    @rule()
    def commit(self) -> None:
        self.transaction.commit()
        self.model.commit()
        self.committed = dict(self.model.rows), dict(self.model.turns)

    @rule()
    def rollback(self) -> None:
        """What was done since the last commit has not been."""
        self.transaction.rollback()
        self.model.rows, self.model.turns = dict(self.committed[0]), dict(self.committed[1])

    @invariant()
    def they_agree(self) -> None:
        """On every question that can be asked."""
        assert list(self.table.records()) == self.model.listed("all", None)
        assert {key: self.table.get(key) for key in LETTERS} == {key: self.model.rows.get(key) for key in LETTERS}
        for size in range(3):
            self._same("sizes", size)
        for group in (None, "x", "y"):
            self._same("group", group)
            for size in range(3):
                self._same("both", (group, size))

    @invariant()
    def the_fixtures_stay(self) -> None:
        """A namespace beside this one sees them unchanged."""
        beside = Table(self.base, Transaction())
        assert list(beside.records()) == list(FIXTURES.values())
        assert beside.all("group", "x") == list(FIXTURES.values())

    def _same(self, index: str, value: Any) -> None:
        listed = self.model.listed(index, value)
        assert self.table.all(index, value) == listed
        assert self.table.count(index, value) == len(listed)
        assert self.table.find(index, value) == (listed[0] if listed else None)
        for start in (0, 1, 2, 4):
            assert self.table.page(index, value, start, 2) == listed[start : start + 2]


TestTableAgainstModel = TableAgainstModel.TestCase
TestTableAgainstModel.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

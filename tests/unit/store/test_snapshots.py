"""Snapshots of a namespace: kept as they were, gone back to in every respect, and compared with what is there now."""

from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from paysandbox.core.clock import Clock
from paysandbox.store.namespaces import FIXTURES, Namespace
from paysandbox.store.state import Baseline, Record, State, table
from paysandbox.store.tables import FixtureRows

TABLES = ("things", "others")
KEYS = st.sampled_from("abcde")
GROUPS = st.sampled_from([None, "x", "y"])
SIZES = st.integers(0, 1)
NAMES = st.sampled_from(["one", "two"])


class Thing(Record, frozen=True):
    """A record that stands in two indexes."""

    id: str
    group: str | None = None
    size: int = 0


class ThingsState(State):
    """Two tables of the same kind."""

    things = table(Thing, key="id", indexes={"group": "group", "both": ("group", "size")})
    others = table(Thing, key="id", indexes={"group": "group"})


FIXTURE_ROWS: dict[Hashable, Thing] = {
    one.id: one for one in (Thing(id="c", group="x"), Thing(id="a", group="x", size=1))
}


class Refusal(Exception):
    """What a handler raises."""


def origin() -> Baseline:
    """Two things in the fixtures, and no others."""
    table_defs = ThingsState.table_defs()
    fixture_rows = {
        "things": FixtureRows(table_defs["things"], FIXTURE_ROWS),
        "others": FixtureRows(table_defs["others"], {}),
    }
    return Baseline("toy", ThingsState, fixture_rows, {})


def fresh() -> Namespace:
    return Namespace("default", {"toy": origin()}, Clock(), "seed")


def toy(namespace: Namespace) -> ThingsState:
    state = namespace.state("toy")
    assert isinstance(state, ThingsState)
    return state


def put(namespace: Namespace, name: str, one: Thing) -> None:
    """Keep a record, as a call does it."""
    state = toy(namespace)
    with state.transaction():
        state.table(name).put(one)


def delete(namespace: Namespace, name: str, key: str) -> None:
    """Forget one, as a call does it."""
    state = toy(namespace)
    with state.transaction():
        state.table(name).delete(key)


def be_refused(namespace: Namespace, key: str) -> None:
    """A call that changes records under a key, takes an id, and then raises."""
    state = toy(namespace)

    def call() -> None:
        with state.transaction():
            state.hex_id("thing", 8)
            state.things.delete(key)
            state.others.put(Thing(id=key, group="y"))
            raise Refusal

    with pytest.raises(Refusal):
        call()


def next_ids(namespace: Namespace) -> list[str]:
    state = toy(namespace)
    with state.transaction():
        return [state.hex_id("thing", 8), state.uuid("other")]


def rows(namespace: Namespace) -> dict[str, dict[Hashable, Thing]]:
    """The records by table and key."""
    return {name: {one.id: one for one in toy(namespace).table(name).records()} for name in TABLES}


def answers(namespace: Namespace) -> dict[Any, Any]:
    """What the tables answer to every question, in order, and how many ids were made."""
    found: dict[Any, Any] = {"counters": toy(namespace).counters()}
    for name in TABLES:
        held = toy(namespace).table(name)
        found[name] = list(held.records())
        questions: list[tuple[str, Any]] = [("group", group) for group in (None, "x", "y")]
        if name == "things":
            questions += [("both", (group, size)) for group in (None, "x", "y") for size in (0, 1)]
        for index, value in questions:
            listed = held.all(index, value)
            assert held.find(index, value) == (listed[0] if listed else None)
            assert held.page(index, value, 1, 2) == listed[1:3]
            assert held.count(index, value) == len(listed)
            found[name, index, value] = listed
    return found


def told(namespace: Namespace, name: str) -> dict[str, Any]:
    """The difference from a snapshot, table by table."""
    return {one: tuple(difference) for one, difference in namespace.diff(name).get("toy", {}).items()}


def expected(before: dict[str, dict[Hashable, Thing]], after: dict[str, dict[Hashable, Thing]]) -> dict[str, Any]:
    """The same from the records themselves."""
    found = {}
    for name in TABLES:
        old, new = before[name], after[name]
        parts = (
            {key: new[key] for key in new.keys() - old.keys()},
            {key: (old[key], new[key]) for key in old.keys() & new.keys() if old[key] != new[key]},
            {key: old[key] for key in old.keys() - new.keys()},
        )
        if any(parts):
            found[name] = parts
    return found


class SnapshotsAgainstCopies(RuleBasedStateMachine):
    """Whatever calls came between, a snapshot is what was there when it was made."""

    def __init__(self) -> None:
        super().__init__()
        self.namespace = fresh()
        self.kept = {FIXTURES: (answers(self.namespace), rows(self.namespace))}

    @rule(name=st.sampled_from(TABLES), key=KEYS, group=GROUPS, size=SIZES)
    def put(self, name: str, key: str, group: str | None, size: int) -> None:
        put(self.namespace, name, Thing(id=key, group=group, size=size))

    @rule(name=st.sampled_from(TABLES), key=KEYS)
    def delete(self, name: str, key: str) -> None:
        delete(self.namespace, name, key)

    @rule()
    def make_ids(self) -> None:
        """A call that takes new ids."""
        next_ids(self.namespace)

    @rule(key=KEYS)
    def be_refused(self, key: str) -> None:
        """A call that changes everything and then raises."""
        be_refused(self.namespace, key)

    @rule()
    def reset(self) -> None:
        """Back to the fixtures; the snapshots stay."""
        self.namespace.reset()

    @rule(name=NAMES)
    def capture(self, name: str) -> None:
        self.namespace.save_snapshot(name)
        self.kept[name] = answers(self.namespace), rows(self.namespace)

    @precondition(lambda self: len(self.kept) > 1)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name in self.kept if name != FIXTURES]))
        self.namespace.delete_snapshot(name)
        del self.kept[name]

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Every question is answered as at the capture."""
        name = data.draw(st.sampled_from(list(self.kept)))
        self.namespace.restore(name)
        assert answers(self.namespace) == self.kept[name][0]
        assert self.namespace.diff(name) == {}

    @invariant()
    def differences_are_told(self) -> None:
        """From every snapshot, in full and no more."""
        assert set(self.namespace.snapshots) == set(self.kept)
        # Before anything else asks for a table: also those that were never used are compared.
        found = {name: told(self.namespace, name) for name in self.namespace.snapshots}
        assert found == {name: expected(before, rows(self.namespace)) for name, (_, before) in self.kept.items()}


TestSnapshotsAgainstCopies = SnapshotsAgainstCopies.TestCase
TestSnapshotsAgainstCopies.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_differences_are_told_of_tables_that_nobody_has_looked_at() -> None:
    """After a reset no table is at hand; what the snapshot has beyond the fixtures is gone all the same."""
    namespace = fresh()
    put(namespace, "others", Thing(id="z"))
    delete(namespace, "things", "a")
    namespace.save_snapshot("before")
    namespace.reset()
    assert told(namespace, "before") == {
        "others": ({}, {}, {"z": Thing(id="z")}),
        "things": ({"a": FIXTURE_ROWS["a"]}, {}, {}),
    }


def test_a_state_that_is_in_use_can_be_restored() -> None:
    """Tables that the memory lacks, as they were untouched then, are as in the fixtures, indexes included."""
    namespace = fresh()
    state = toy(namespace)
    memory, before = state.snapshot(), answers(fresh())
    put(namespace, "things", Thing(id="z", group="x"))
    delete(namespace, "things", "c")
    next_ids(namespace)
    state.restore(memory)
    assert answers(namespace) == before
    put(namespace, "things", Thing(id="z", group="x"))
    assert [one.id for one in state.things.all("group", "x")] == ["c", "a", "z"]


def test_after_a_restore_the_same_calls_make_the_same_ids() -> None:
    """The counters go back with the records; without a restore the ids are others."""
    namespace = fresh()
    next_ids(namespace)
    namespace.save_snapshot("here")
    first, second = next_ids(namespace), next_ids(namespace)
    namespace.restore("here")
    assert [next_ids(namespace), next_ids(namespace)] == [first, second]
    assert first != second


def test_a_snapshot_can_be_restored_again_and_again() -> None:
    """What is done after a restore does not reach into the snapshot either."""
    namespace = fresh()
    put(namespace, "things", Thing(id="b", group="x"))
    put(namespace, "things", Thing(id="d", group="y"))
    namespace.save_snapshot("here")
    kept = answers(namespace)
    for _ in range(2):
        delete(namespace, "things", "b")
        put(namespace, "things", Thing(id="d", group="x", size=1))
        put(namespace, "things", Thing(id="e", group="y"))
        assert answers(namespace) != kept
        namespace.restore("here")
        assert answers(namespace) == kept


def test_a_fixture_that_was_deleted_stands_in_its_place_again() -> None:
    """Put anew it would be the youngest of its group; restored it is the oldest, as it was."""
    namespace = fresh()
    namespace.save_snapshot("here")
    delete(namespace, "things", "c")
    put(namespace, "things", Thing(id="c", group="x"))
    assert [one.id for one in toy(namespace).things.all("group", "x")] == ["a", "c"]
    assert namespace.diff("here") == {}
    namespace.restore("here")
    assert [one.id for one in toy(namespace).things.all("group", "x")] == ["c", "a"]


def test_a_refused_call_after_a_restore_leaves_what_was_restored() -> None:
    """Undoing works on the restored tables, not on those before."""
    namespace = fresh()
    put(namespace, "things", Thing(id="b", group="x"))
    namespace.save_snapshot("here")
    kept = answers(namespace)
    namespace.reset()
    namespace.restore("here")
    be_refused(namespace, "b")
    be_refused(namespace, "c")
    assert answers(namespace) == kept


def test_snapshots_belong_to_one_namespace() -> None:
    """Another one over the same fixtures has its own, under the same name too."""
    baselines = {"toy": origin()}
    mine, other = (Namespace(name, baselines, Clock(), "seed") for name in ("mine", "other"))
    put(mine, "things", Thing(id="b"))
    mine.save_snapshot("here")
    other.save_snapshot("here")
    other.restore("here")
    assert rows(other)["things"] == FIXTURE_ROWS
    mine.delete_snapshot("here")
    assert list(mine.snapshots) == [FIXTURES]
    assert list(other.snapshots) == [FIXTURES, "here"]


def test_taking_the_snapshot_of_a_namespace_changes_nothing_in_it() -> None:
    namespace = fresh()
    put(namespace, "things", Thing(id="b", group="x"))
    kept = answers(namespace)
    namespace.save_snapshot("here")
    namespace.diff("here")
    namespace.diff(FIXTURES)
    assert answers(namespace) == kept

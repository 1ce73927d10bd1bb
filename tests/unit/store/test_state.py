"""State: deterministic ids, the namespace's time, and calls that stay or go as a whole."""

import re
from datetime import UTC, date, datetime
from itertools import product
from uuid import UUID

import pytest

from paysandbox.core.clock import Clock
from paysandbox.store.state import Baseline, Record, State, table
from paysandbox.store.tables import FixtureRows


class Note(Record, frozen=True):
    """A record."""

    id: str
    text: str = ""


class NotesState(State):
    """Two tables."""

    notes = table(Note, key="id", indexes={"text": "text"})
    drafts = table(Note, key="id")


def made(seed: str = "seed/default", provider: str = "toy", clock: Clock | None = None) -> NotesState:
    fixture_rows = {
        "notes": FixtureRows(NotesState.table_defs()["notes"], {"n1": Note(id="n1", text="first")}),
        "drafts": FixtureRows(NotesState.table_defs()["drafts"], {}),
    }
    return NotesState(Baseline(provider, NotesState, fixture_rows, {"release": "R2"}), clock or Clock(), seed)


class Refusal(Exception):
    """What a handler raises."""


def test_the_tables_are_listed_as_declared() -> None:
    assert list(NotesState.table_defs()) == ["notes", "drafts"]
    assert NotesState.table_defs()["notes"].record is Note


def test_a_table_is_the_same_by_name_and_by_attribute() -> None:
    """What is put by one is seen by the other."""
    state = made()
    state.notes.put(Note(id="n2"))
    assert state.table("notes") is state.notes
    assert state.table("notes").get("n2") == Note(id="n2")


def test_two_states_share_nothing_but_the_fixtures() -> None:
    origin_of_both = Baseline(
        "toy", NotesState, {name: FixtureRows(table_def, {}) for name, table_def in NotesState.table_defs().items()}, {}
    )
    one, other = (NotesState(origin_of_both, Clock(), "seed") for _ in range(2))
    one.notes.put(Note(id="n2"))
    one.hex_id("note", 8)
    assert list(other.notes.records()) == []
    assert other.counters() == {}


def test_the_variants_are_at_hand() -> None:
    assert made().variants == {"release": "R2"}


def test_an_unknown_table_is_an_error() -> None:
    """A typing mistake must not make a table."""
    with pytest.raises(KeyError):
        made().table("nots")


def test_ids_are_the_same_for_the_same_seed() -> None:
    """In every process and after every reset: these very ones."""
    state = made()
    ids = [state.hex_id("note", 24), state.hex_id("note", 24), state.uuid("note")]
    again = made()
    assert [again.hex_id("note", 24), again.hex_id("note", 24), again.uuid("note")] == ids
    assert len(set(ids)) == 3


def test_ids_differ_by_seed_provider_kind_and_count() -> None:
    """None of 24 agrees with another."""
    ids = [
        state.hex_id(kind, 24)
        for seed, provider in product(["a/default", "a/other", "b/default"], ["toy", "game"])
        for state in [made(seed, provider)]
        for kind in ["note", "draft", "note", "draft"]
    ]
    assert len(set(ids)) == 24


def test_ids_do_not_depend_on_other_kinds() -> None:
    """A call that makes drafts in between changes no note's id."""
    plain, mixed = made(), made()
    expected = [plain.hex_id("note", 24) for _ in range(3)]
    found = []
    for _ in range(3):
        mixed.uuid("draft")
        found.append(mixed.hex_id("note", 24))
    assert found == expected


@pytest.mark.parametrize("length", [1, 24, 32, 128])
def test_a_hex_id_has_the_length_asked_for(length: int) -> None:
    assert re.fullmatch(f"[0-9a-f]{{{length}}}", made().hex_id("note", length))


def test_a_uuid_is_a_random_one_by_its_form() -> None:
    """Version 4, the usual variant, so that strict clients take it."""
    state = made()
    for _ in range(50):
        text = state.uuid("note")
        found = UUID(text)
        assert (str(found), found.version, found.variant) == (text, 4, "specified in RFC 4122")


def test_time_is_the_clocks() -> None:
    clock = Clock()
    clock.set(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), frozen=True)
    state = made(clock=clock)
    assert (state.now(), state.today()) == (clock.now(), date(2026, 12, 31))
    clock.advance(1)
    assert state.today() == date(2027, 1, 1)


def test_what_a_refused_call_did_has_not_been() -> None:
    """Tables and counters, over several tables; the next id is the one that was given back."""
    state = made()
    before = [list(state.notes.records()), list(state.drafts.records()), state.counters()]
    given: list[str] = []

    def refused() -> None:
        given.append(state.hex_id("note", 24))
        state.notes.put(Note(id=given[0]))
        state.notes.delete("n1")
        state.drafts.put(Note(id=state.uuid("draft")))
        raise Refusal

    with pytest.raises(Refusal), state.transaction():
        refused()
    assert [list(state.notes.records()), list(state.drafts.records()), state.counters()] == before
    assert state.hex_id("note", 24) == given[0]


def test_what_an_accepted_call_did_stays() -> None:
    """A later refusal takes back its own only."""
    state = made()
    with state.transaction():
        state.notes.put(Note(id="n2"))
        first = state.hex_id("note", 24)

    def refused() -> None:
        state.notes.delete("n2")
        state.hex_id("note", 24)
        raise Refusal

    with pytest.raises(Refusal), state.transaction():
        refused()
    assert state.notes.get("n2") == Note(id="n2")
    assert state.counters() == {"note": 1}
    assert state.hex_id("note", 24) != first


def test_what_was_changed_outside_a_call_stays_when_the_next_is_refused() -> None:
    """A test that puts a record by hand does not lose it to the next refusal."""
    state = made()
    state.notes.put(Note(id="n2"))
    with pytest.raises(Refusal), state.transaction():
        raise Refusal
    assert state.notes.get("n2") == Note(id="n2")

"""Entries as bytes: what is written is read back, and nothing that was written otherwise is."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.changes import Change, LogEntry
from paysandbox.store.log.codec import FORMAT, Codec
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.sealing import SealedRecord
from tests.helpers.runtimes import fresh_runtime


def codec_of(runtime: Runtime, seed: str = "seed") -> Codec:
    return Codec(runtime.namespaces.baselines, seed)


ENTRY = LogEntry(b"token", b"before", change=Change(requests=3))


def test_every_record_of_every_provider_is_read_back_to_the_letter(base_runtime: Runtime) -> None:
    """By their text, because 225 and 225.00 are equal, and differ on the wire."""
    codec = codec_of(base_runtime)
    read = 0
    for provider, baseline in base_runtime.namespaces.baselines.items():
        for name, rows in baseline.fixture_rows.items():
            for record in rows.records.values():
                assert repr(codec.read_record(provider, name, codec.write_record(record))) == repr(record)
                read += 1
    assert read > 100


def test_sealed_records_are_read_as_with_all_checks(base_runtime: Runtime) -> None:
    """Sixty times, because the first are read with all checks, before others are worth a preparation."""
    codec = codec_of(base_runtime)
    for provider, baseline in base_runtime.namespaces.baselines.items():
        for name, rows in baseline.fixture_rows.items():
            records = [*rows.records.values()] * 60
            _, sealed = codec.seal_records(provider, name, [codec.write_record(record) for record in records])
            read = [record.open() for record in sealed]
            assert repr(read) == repr(records)
            assert {type(record) for record in read} <= {rows.table_def.record}


def test_an_outline_has_what_the_key_and_the_indexes_read(base_runtime: Runtime) -> None:
    codec = codec_of(base_runtime)
    for provider, baseline in base_runtime.namespaces.baselines.items():
        for name, rows in baseline.fixture_rows.items():
            expected = [rows.table_def.indexed(record) for record in rows.records.values()]
            contents = [codec.write_record(record) for record in rows.records.values()]
            outlines, sealed = codec.seal_records(provider, name, contents)
            for found in (outlines, [record.outline() for record in sealed]):
                assert repr([rows.table_def.indexed(outline) for outline in found]) == repr(expected)


CHANGES = {
    "cut": lambda content: content[:-1],
    "empty": lambda _: b"{}",
    "two": lambda content: content + b"," + content,
    "another property": lambda content: content.replace(b'"id":', b'"name":', 1),
    "one more property": lambda content: content[:-1] + b',"unknown":1}',
}
DEBTS = "invisible_collector", "debts"


@pytest.mark.parametrize("change", [change for name, change in CHANGES.items() if name != "one more property"])
def test_what_is_no_record_is_refused_among_many(base_runtime: Runtime, change: Any) -> None:
    codec, content = codec_of(base_runtime), write_debt(base_runtime)
    with pytest.raises(StoreError, match="of invisible_collector's table debts"):
        codec.seal_records(*DEBTS, [content] * 2 + [change(content)] + [content] * 2)


@pytest.mark.parametrize("opened", [0, 60])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_no_record_is_refused_when_it_is_opened(base_runtime: Runtime, opened: int, change: Any) -> None:
    """Also when enough were opened for the slow checks to be left out."""
    codec, content = codec_of(base_runtime), write_debt(base_runtime)
    _, sealed = codec.seal_records(*DEBTS, [content] * (opened + 1))
    for each in sealed:
        each.open()
    reader = sealed[0].reader
    with pytest.raises(StoreError, match="a record of invisible_collector's table debts cannot be read"):
        SealedRecord(change(content), reader).open()


def test_a_table_that_is_none_is_refused(base_runtime: Runtime) -> None:
    with pytest.raises(StoreError, match="invisible_collector has no table dept"):
        codec_of(base_runtime).seal_records("invisible_collector", "dept", [b"{}"])


def write_debt(runtime: Runtime) -> bytes:
    records = runtime.namespaces.baselines["invisible_collector"].fixture_rows["debts"].records
    return codec_of(runtime).write_record(next(iter(records.values())))


@given(
    amount=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12),
    kept=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.text(max_size=5)
        | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_amounts_keep_their_digits_in_properties_of_any_type_too(
    base_runtime: Runtime, amount: Decimal, kept: Any
) -> None:
    """MessagePack would give a number in an object of the client's back as a string."""
    codec = codec_of(base_runtime)
    rows = base_runtime.namespaces.baselines["invoiless"].fixture_rows["invoices"]
    template = next(iter(rows.records.values()))
    changed: Any = {name: getattr(template, name) for name in template.__struct_fields__}
    changed |= {"total": amount, "extra_fields": ({"kept": kept},)}
    record = type(template)(**changed)
    found = codec.read_record("invoiless", "invoices", codec.write_record(record))
    assert (repr(found.total), repr(found.extra_fields)) == (repr(amount), repr(record.extra_fields))


def test_an_entry_is_read_back(base_runtime: Runtime) -> None:
    codec = codec_of(base_runtime)
    assert codec.decode("default", Stored(1, codec.encode(ENTRY))) == ENTRY


@pytest.mark.parametrize("cut", [0, 5, 12, 20])
def test_a_cut_entry_is_refused_by_namespace_and_version(base_runtime: Runtime, cut: int) -> None:
    codec = codec_of(base_runtime)
    with pytest.raises(StoreError, match="version 7 of the namespace mine is damaged"):
        codec.decode("mine", Stored(7, codec.encode(ENTRY)[:cut]))


def test_a_changed_byte_anywhere_is_found(base_runtime: Runtime) -> None:
    codec = codec_of(base_runtime)
    content = codec.encode(ENTRY)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(StoreError, match="version 7 of the namespace mine"):
            codec.decode("mine", Stored(7, bytes(changed)))


@pytest.mark.parametrize(("step", "age"), [(1, "a newer"), (-2, "an older")])
def test_another_format_is_named(base_runtime: Runtime, step: int, age: str) -> None:
    codec = codec_of(base_runtime)
    content = bytes([FORMAT + step]) + codec.encode(ENTRY)[1:]
    known = f"this Paysandbox reads {FORMAT - 1} and {FORMAT}; use {age} one"
    with pytest.raises(StoreError, match=f"has the format {FORMAT + step}, and {known}"):
        codec.decode("default", Stored(1, content))


def test_an_entry_over_other_fixtures_is_refused(base_runtime: Runtime, packaged_runtime: Runtime) -> None:
    content = codec_of(packaged_runtime).encode(ENTRY)
    with pytest.raises(StoreError, match="written over other fixtures, by another release, or with another seed"):
        codec_of(base_runtime).decode("default", Stored(1, content))


def test_an_entry_of_another_seed_is_refused(base_runtime: Runtime) -> None:
    """Its ids are others, so that calls would not answer the same."""
    content = codec_of(base_runtime, "other").encode(ENTRY)
    with pytest.raises(StoreError, match="another seed"):
        codec_of(base_runtime).decode("default", Stored(1, content))


def test_the_same_fixtures_read_twice_have_one_fingerprint(base_runtime: Runtime) -> None:
    content = codec_of(fresh_runtime(base_runtime)).encode(ENTRY)
    assert codec_of(base_runtime).decode("default", Stored(1, content)) == ENTRY

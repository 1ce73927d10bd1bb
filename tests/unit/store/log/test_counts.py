"""Counts of coverage as bytes: read back as they were, also those of the release before, and few bytes."""

from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.changes import Change, LogEntry
from paysandbox.store.log.codec import FORMAT, Codec
from paysandbox.store.log.counts import CountsWriter, read_counts
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.folding import fold
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.unit_counts import Exercised, UnitCounts

UNIT = st.lists(st.sampled_from(["pay", "201", "", "rule", "é"]), min_size=1, max_size=3).map(" ".join)
CALL = st.tuples(st.sampled_from(["acme", "", "é"]), st.lists(UNIT, max_size=8, unique=True).map(tuple))
COUNTS = {"acme": {"pay": 2, "pay 201": 2, "pay rule paid-once": 1, "refund": 1}}


@given(st.lists(CALL, min_size=1, max_size=6))
def test_counts_are_read_back(calls: list[Exercised]) -> None:
    writer, counts = CountsWriter(), UnitCounts()
    for call in calls:
        counts.add(call)
    assert read_counts(writer.write(calls)) == counts.sum()
    assert read_counts(writer.write(calls)) == counts.sum()  # as it remembers them


def test_counts_of_other_units_or_numbers_are_told_apart() -> None:
    writer = CountsWriter()
    x, y, of_other = ("a", ("x",)), ("a", ("y",)), ("b", ("x",))
    found = [read_counts(writer.write(calls)) for calls in ([x], [y], [x, x], [of_other], [x, of_other])]
    assert found == [{"a": {"x": 1}}, {"a": {"y": 1}}, {"a": {"x": 2}}, {"b": {"x": 1}}, {"a": {"x": 1}, "b": {"x": 1}}]


def test_the_name_of_an_operation_stands_there_once() -> None:
    assert bytes(CountsWriter().write([("acme", ("pay", "pay 201", "pay rule paid-once"))])).count(b"pay") == 1


@pytest.mark.parametrize("content", [b"", b"\xc0", b"\x81\xa1a\x01", msgspec.msgpack.encode({"a": {"b": [None]}})])
def test_what_is_no_counts_is_refused(content: bytes) -> None:
    with pytest.raises(StoreError, match="counts of coverage cannot be read"):
        read_counts(content)


def test_an_entry_of_the_format_before_is_folded(base_runtime: Runtime) -> None:
    """Its counts have whole names, and its check sum is without the head."""
    codec = Codec(base_runtime.namespaces.baselines, "seed")
    entry = LogEntry(b"token", b"", change=Change(requests=1, counts=msgspec.Raw(msgspec.msgpack.encode(COUNTS))))
    body = msgspec.msgpack.encode(entry)
    content = bytes([FORMAT - 1]) + codec.encode(entry)[1:9] + crc32(body).to_bytes(4) + body
    replicas = Replicas(base_runtime.namespaces.baselines, seed="seed")
    assert fold(replicas, "default", [Stored(1, content)], codec)
    assert replicas.replica("default").counts == COUNTS

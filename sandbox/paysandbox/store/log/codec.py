"""Entries of a log as bytes: a format number, a fingerprint, a check sum, and MessagePack.

Records are in it as JSON, as replies write them, because MessagePack has no decimal numbers: an amount in a property
of any type would be read back as a string.
"""

import struct
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import repeat
from typing import Any, Final, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from paysandbox.core.exact_json import write_json
from paysandbox.store.log.changes import LogEntry
from paysandbox.store.log.counts import CountsWriter, read_counts
from paysandbox.store.log.engine import OtherOriginError, Stored, StoreError
from paysandbox.store.log.records import RecordReader
from paysandbox.store.log.sealed import RawEntry, SimpleEntry
from paysandbox.store.sealing import SealedRecord
from paysandbox.store.state import Baseline
from paysandbox.store.tables import TableDef

E = TypeVar("E")

FORMAT: Final = 3
_BEFORE: Final = 2  # whose counts have whole names, and whose check sum is without the head
_FINGERPRINT: Final = 8  # bytes
_HEAD: Final = 1 + _FINGERPRINT + 4
_read_head: Final = struct.Struct(f">{_HEAD - 4}sI").unpack_from  # format and fingerprint, and the check sum
_NIL: Final = 0xC0  # of MessagePack

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(LogEntry)
_raw_decoder: Final = msgspec.msgpack.Decoder(RawEntry)
_simple_decoder: Final = msgspec.msgpack.Decoder(SimpleEntry)


class Tokens(NamedTuple):
    """The beginning of an entry: its token, and that of the entry before it, empty for the first."""

    token: bytes
    previous: bytes


def read_tokens(content: bytes) -> Tokens:
    """Return the tokens of an encoded entry, for an engine that compares them.

    They are the first two items of its array, up to 255 bytes each, and found without decoding the rest.
    """
    start = _HEAD + 3
    end = start + content[start - 1]
    return Tokens(content[start:end], content[end + 2 : end + 2 + content[end + 1]])


def has_change(content: bytes) -> bool:
    """Tell whether an encoded entry has a change, and not what stands for all entries before it.

    The change stands behind the two tokens. Bytes that are no entry count as a change; decoding them refuses them.
    """
    try:
        previous = _HEAD + 4 + content[_HEAD + 2]
        return content[previous + 1 + content[previous]] != _NIL
    except IndexError:
        return True


class Codec:
    """Encodes and decodes the entries of logs over one set of fixtures."""

    def __init__(self, baselines: Mapping[str, Baseline], seed: str) -> None:
        fingerprint = _make_fingerprint(baselines, seed)
        self._head = bytes([FORMAT]) + fingerprint
        heads = (bytes([each]) + fingerprint for each in (_BEFORE, FORMAT))
        self._heads = {head: _begin_sum(head) for head in heads}  # each with what its check sum begins with
        self._begun = self._heads[self._head]
        self.write_counts = CountsWriter().write
        self._readers = {
            (provider, name): RecordReader(rows.table_def, f"{provider}'s table {name}")
            for provider, baseline in baselines.items()
            for name, rows in baseline.fixture_rows.items()
        }

    def encode(self, entry: LogEntry) -> bytes:
        content = _encoder.encode(entry)
        return b"".join((self._head, crc32(content, self._begun).to_bytes(4), content))

    def decode(self, namespace: str, stored: Stored) -> LogEntry:
        """Decode an entry.

        Raises:
            StoreError: it has another format, belongs to other fixtures, or is damaged; the message names it.
        """
        return self._decode(namespace, stored, _decoder)

    def decode_raw(self, namespace: str, stored: Stored) -> RawEntry:
        """Decode an entry but for the journal entries and counts of its change; raises what `decode` raises.

        It is a `SimpleEntry` if it can be one.
        """
        try:
            return _simple_decoder.decode(self.check(namespace, stored))
        except msgspec.MsgspecError:
            return self._decode(namespace, stored, _raw_decoder)

    def check(self, namespace: str, stored: Stored) -> memoryview:
        """Check format, fingerprint and check sum of an entry, and return what is behind them.

        Raises:
            StoreError: as `decode`.
        """
        content = stored.content
        try:
            head, check_sum = _read_head(content)
        except struct.error:
            raise _explain(namespace, stored) from None
        body = memoryview(content)[_HEAD:]
        begun = self._heads.get(head)
        if begun is None or crc32(body, begun) != check_sum:
            raise _explain(namespace, stored)
        return body

    def _decode(self, namespace: str, stored: Stored, decoder: msgspec.msgpack.Decoder[E]) -> E:
        body = self.check(namespace, stored)
        try:
            return decoder.decode(body)
        except msgspec.MsgspecError as error:
            where = f"version {stored.version} of the namespace {namespace}"
            raise StoreError(f"{where} cannot be read: {error}") from None

    write_record = staticmethod(write_json)
    read_counts = staticmethod(read_counts)

    def read_record(self, provider: str, table: str, content: bytes) -> Any:
        """Decode a record.

        Raises:
            StoreError: it is not a record of this table.
        """
        return self._reader(provider, table).check(content)

    def seal_records(
        self, provider: str, table: str, contents: Sequence[bytes]
    ) -> tuple[list[Any], list[SealedRecord]]:
        """Return the outlines of records of a table, and the records, which are decoded when they are read.

        Damage is found before, by the check sum of its entry.

        Raises:
            StoreError: there is no such table, or the outline of one cannot be read.
        """
        reader = self._reader(provider, table)
        return reader.read_outlines(contents), list(map(SealedRecord, contents, repeat(reader)))

    def _reader(self, provider: str, table: str) -> RecordReader:
        found = self._readers.get((provider, table))
        if found is None:
            raise StoreError(f"{provider} has no table {table}")
        return found


def _begin_sum(head: bytes) -> int:
    return 0 if head.startswith(bytes([_BEFORE])) else crc32(head)


def _explain(namespace: str, stored: Stored) -> StoreError:
    """Say why an entry is not one of this program's over these fixtures."""
    content, where = stored.content, f"version {stored.version} of the namespace {namespace}"
    if len(content) >= _HEAD:
        if content[0] not in (_BEFORE, FORMAT):
            age = "a newer" if content[0] > FORMAT else "an older"
            known = f"this Paysandbox reads {_BEFORE} and {FORMAT}; use {age} one"
            return OtherOriginError(f"{where} has the format {content[0]}, and {known}")
        begun = _begin_sum(content[: _HEAD - 4])
        if crc32(content[_HEAD:], begun) == int.from_bytes(content[_HEAD - 4 : _HEAD]):
            return OtherOriginError(
                f"{where} was written over other fixtures, by another release, or with another seed; "
                "start with those, or begin anew with another store"
            )
    return StoreError(f"{where} is damaged; put a backup in place, or begin anew with another store")


def _make_fingerprint(baselines: Mapping[str, Baseline], seed: str) -> bytes:
    """What logs of the same records, tables and seed have in common."""
    found = blake2b(repr(seed).encode(), digest_size=_FINGERPRINT)
    for provider, baseline in sorted(baselines.items()):
        choices = sorted(baseline.variants.items()), sorted(baseline.counters.items()), baseline.endpoints
        found.update(repr((provider, *choices)).encode())
        for name, rows in baseline.fixture_rows.items():
            found.update(repr((name, _describe(rows.table_def))).encode())
            for record in rows.records.values():
                found.update(write_json(record))
    return found.digest()


def _describe(table_def: TableDef[Any]) -> tuple[Any, ...]:
    indexes = [*table_def.indexes, *table_def.multikeys]
    return table_def.key_name, indexes, _drop_descriptions(msgspec.json.schema(table_def.record))


def _drop_descriptions(schema: Any) -> Any:
    """Drop docstrings, because another wording is no other format."""
    if isinstance(schema, dict):
        return {
            name: _drop_descriptions(value)
            for name, value in schema.items()
            if name != "description" or not isinstance(value, str)
        }
    return [_drop_descriptions(item) for item in schema] if isinstance(schema, list) else schema

"""Entries of a log in SQLite, as far as an engine reads them."""

import asyncio

import msgspec

from paysandbox.store.log.codec import read_tokens
from paysandbox.store.log.engine import Append
from paysandbox.store.log.sqlite import SqliteLog


def entry(version: int, content: bytes = b"x", token: bytes = b"") -> bytes:
    """An entry as far as an engine reads it: its token, and that of the entry before it."""
    number, before = (str(each).encode() for each in (version, version - 1))
    return bytes(13) + msgspec.msgpack.encode([token or number, before if version > 1 else b"", content])


def make_append(namespace: str, version: int, content: bytes = b"x") -> Append:
    made = entry(version, content)
    return Append(namespace, version, made, *read_tokens(made))


def append(log: SqliteLog, namespace: str, version: int, content: bytes = b"x", keep_from: int = 0) -> bool:
    return asyncio.run(log.append(namespace, version, entry(version, content), keep_from=keep_from))


def versions(log: SqliteLog, namespace: str, after: int = 0) -> list[int]:
    return [stored.version for stored in asyncio.run(log.read(namespace, after))]

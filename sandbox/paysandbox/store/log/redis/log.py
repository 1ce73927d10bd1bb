"""The log in streams of Redis: one for each namespace, an item for each entry."""

import asyncio
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, Final

from paysandbox.store.log.codec import read_tokens
from paysandbox.store.log.engine import EVERY, ForeignError, Stored, StoreError, Summary, UndecidedError
from paysandbox.store.log.redis.address import Address
from paysandbox.store.log.redis.cluster import Cluster
from paysandbox.store.log.redis.connection import Command, Refused
from paysandbox.store.log.redis.server import Engine, Server
from paysandbox.store.log.redis.wording import describe_refusal
from paysandbox.store.namespaces import DEFAULT

PAGE: Final = 1000  # entries that are read at once, so that a long log holds up no other client of the engine

# Compare and append. XADD alone refuses an id that is not greater than the last, but a log can lose its end, by a
# failover or a restart, and go on otherwise: an entry behind a gap, or behind another entry than the one that its
# worker knows, would make the log unreadable. So the last entry is compared, by its version and its token.
# An item's id is the version, and the engine's time in microseconds.
_APPEND: Final = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local version, token = '0', ''
if last then
  version, token = string.match(last[1], '^%d+'), last[2][2]
end
if tonumber(version) + 1 ~= tonumber(ARGV[1]) or token ~= ARGV[2] then
  return 0
end
local now = redis.call('TIME')
local id = string.format('%s-%s%06d', ARGV[1], now[1], now[2])
redis.call('XADD', KEYS[1], id, 'token', ARGV[3], 'entry', ARGV[4])
if ARGV[5] ~= '0' then
  redis.call('XTRIM', KEYS[1], 'MINID', ARGV[5])
end
if ARGV[6] ~= '0' then
  redis.call('EXPIRE', KEYS[1], ARGV[6])
end
return 1
"""
_TRY_WRITE: Final = """
redis.call('XADD', KEYS[1], '1-0', 'probe', '')
return redis.call('DEL', KEYS[1])
"""
# The id of the last entry, without its content.
_READ_LAST_ID: Final = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return last and last[1]
"""


class _Script:
    """A script, which is sent by its name, and as a whole only to an engine that does not know it yet."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLog:
    """The log in Redis or Valkey. What it answers survives a crash of the process; the rest is the engine's settings.

    `ttl` are the seconds after which a namespace without calls is gone; None keeps it. `default` always stays.
    """

    engine = "redis"
    waits = True

    def __init__(self, address: Address, *, ttl: int | None = None) -> None:
        self.name = address.name
        self._prefix, self._ttl = address.prefix, ttl or 0
        self._engine: Engine = Cluster(address) if address.is_cluster else Server(address)
        self._append, self._last_id = _Script(_APPEND), _Script(_READ_LAST_ID)

    def read_news(self) -> None:
        """Return None: only reading the log can tell."""

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        found: list[Stored] = []
        last, is_anew = after, False
        while True:
            count = min(PAGE, limit - len(found))
            page = await self._ask(namespace, "XRANGE", f"{last + 1}-0", "+", "COUNT", count)
            entries = [self._read_item(namespace, item) for item in page]
            if not is_anew and found and entries and entries[0].version != last + 1:  # the log was trimmed meanwhile
                found, last, is_anew = [], after, True  # once, because a damaged one has a gap for ever
                continue
            found += entries
            if len(entries) < count or len(found) >= limit:
                return found
            last = found[-1].version

    async def read_last(self, namespace: str) -> Stored | None:
        items = await self._ask(namespace, "XREVRANGE", "+", "-", "COUNT", 1)
        return self._read_item(namespace, items[0]) if items else None

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        tokens = read_tokens(content)
        ttl = 0 if namespace == DEFAULT else self._ttl
        values = version, tokens.previous, tokens.token, content, keep_from, ttl
        try:
            return bool(await self._run(namespace, self._append, *values))
        except Refused as refusal:
            raise self._word(refusal) from None

    async def list_names(self) -> list[str]:
        """List the namespaces; an engine with many keys of other programs takes longer, because it looks at all."""
        try:
            keys = await self._engine.scan(f"{self._prefix}:{{*}}", "stream")
            names = [key.decode()[len(self._prefix) + 2 : -1] for key in keys]
            last = await asyncio.gather(*(self._run(name, self._last_id) for name in names))
        except Refused as refusal:
            raise self._word(refusal) from None
        except UndecidedError as error:
            raise StoreError(str(error)) from None  # nothing was to be decided
        times = {name: int(item.partition(b"-")[2]) for name, item in zip(names, last, strict=True) if item}
        return sorted(times, key=lambda name: times[name])

    async def list_foreign(self) -> list[str]:
        """Say of each key with the prefix that is no stream of a namespace that it belongs to another program."""
        try:
            ours = await self._engine.scan(f"{self._prefix}:{{*}}", "stream")
            keys = await self._engine.scan(f"{self._prefix}:*")
            ours += await self._engine.scan(f"{self._prefix}:{{*}}", "stream")  # and those of namespaces that are new
        except Refused as refusal:
            raise self._word(refusal) from None
        except UndecidedError as error:
            raise StoreError(str(error)) from None  # nothing was to be decided
        return [
            self._describe_foreign(key.decode(errors="backslashreplace")) for key in sorted(set(keys).difference(ours))
        ]

    async def summarize(self, namespace: str) -> Summary | None:
        """Summarize the entries of a namespace; their size is that of the engine's memory."""
        entries = await self._ask(namespace, "XLEN")
        try:
            last = await self._run(namespace, self._last_id) if entries else None
            size = await self._engine.call(key := self._key(namespace), ("MEMORY", "USAGE", key, "SAMPLES", 0))
        except Refused as refusal:
            raise self._word(refusal) from None
        except UndecidedError as error:
            raise StoreError(str(error)) from None  # nothing was to be decided
        if not last:
            return None
        version, _, used = last.partition(b"-")
        return Summary(int(version), entries, size or 0, int(used))

    async def forget_unused(self, before: int) -> list[str]:  # noqa: ARG002 - as the protocol has it
        """Return no names, because the engine forgets by itself: each entry sets the time of its namespace anew."""
        return []

    async def forget(self, namespace: str) -> None:
        await self._ask(namespace, "DEL")

    async def check(self) -> None:
        try:
            await self._engine.call_each(("PING",))
        except Refused as refusal:
            raise self._word(refusal) from None

    async def try_write(self) -> bool:
        """Add a key at each primary server, and delete it, in one script, so that nobody ever sees it."""
        try:
            for key in await self._engine.list_keys(f"{self._prefix}:probe"):
                await self._engine.call(key, ("EVAL", _TRY_WRITE, 1, key))
        except Refused as refusal:
            raise self._word(refusal) from None
        return True

    async def close(self) -> None:
        await self._engine.close()

    def _key(self, namespace: str) -> str:
        """Return the key of a namespace's stream. A cluster spreads keys by what is in braces."""
        return f"{self._prefix}:{{{namespace}}}"

    async def _ask(self, namespace: str, name: str, *values: bytes | str | int) -> Any:
        """Return the reply to a command that may be sent twice."""
        key = self._key(namespace)
        command: Command = (name, key, *values)
        try:
            try:
                return await self._engine.call(key, command)
            except UndecidedError:
                return await self._engine.call(key, command)
        except Refused as refusal:
            raise self._word(refusal) from None
        except UndecidedError as error:
            raise StoreError(str(error)) from None  # nothing was to be decided

    async def _run(self, namespace: str, script: _Script, *values: bytes | str | int) -> Any:
        key = self._key(namespace)
        try:
            return await self._engine.call(key, ("EVALSHA", script.name, 1, key, *values))
        except Refused as refusal:
            if refusal.code != "NOSCRIPT":
                raise
        return await self._engine.call(key, ("EVAL", script.text, 1, key, *values))

    def _read_item(self, namespace: str, item: list[Any]) -> Stored:
        name, fields = item
        if fields is None or fields[::2] != [b"token", b"entry"]:
            raise ForeignError(self._describe_foreign(self._key(namespace)))
        return Stored(int(name.partition(b"-")[0]), fields[3])

    def _describe_foreign(self, key: str) -> str:
        return f"{self.name}: {key} belongs to another program; give the store a database or ?prefix= of its own"

    def _word(self, refusal: Refused) -> StoreError:
        return StoreError(f"{self.name}: {describe_refusal(refusal)}")

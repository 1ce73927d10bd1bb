"""The log on a real server: compare and append, trimming, expiry, keys of other programs, refusals."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPIDLE
from typing import TypeVar

import pytest

from paysandbox.core.clock import read_epoch
from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.opening import open_log
from paysandbox.store.log.redis.address import read_address
from paysandbox.store.log.redis.cluster import find_slot
from paysandbox.store.log.redis.connection import connect
from paysandbox.store.log.redis.log import PAGE, RedisLog
from tests.helpers.redis_servers import RedisServer, running, running_cluster

T = TypeVar("T")

CODEC = Codec({}, "seed")
OTHERS = "belongs to another program; give the store a database or "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(server: RedisServer) -> None:
    server.ask("FLUSHALL")


def do(url: str, *works: Callable[[RedisLog], Awaitable[T]], ttl: int | None = None) -> list[T]:
    """Do some works on a log in their order, and close it."""

    async def run() -> list[T]:
        log = RedisLog(read_address(url), ttl=ttl)
        try:
            return [await work(log) for work in works]
        finally:
            await log.close()

    return asyncio.run(run())


class Chain:
    """Encoded entries, each of which names the one before."""

    def __init__(self) -> None:
        self.token = b""

    def make(self, size: int = 1) -> bytes:
        previous, self.token = self.token, secrets.token_bytes(8)
        return CODEC.encode(LogEntry(self.token, previous, deleted=Deleted({"x" * size: {}})))


def fill(url: str, namespace: str, count: int, chain: Chain | None = None, ttl: int | None = None) -> list[bytes]:
    """Append entries to an empty log."""
    chain = chain or Chain()
    contents = [chain.make() for _ in range(count)]

    async def append(log: RedisLog) -> None:
        for version, content in enumerate(contents, 1):
            assert await log.append(namespace, version, content)

    do(url, append, ttl=ttl)
    return contents


def read_versions(url: str, namespace: str, after: int = 0) -> list[int]:
    return [stored.version for stored in do(url, lambda log: log.read(namespace, after))[0]]


def test_entries_are_read_back_in_their_order(server: RedisServer) -> None:
    contents = fill(server.url, "a", 3)
    fill(server.url, "b", 1)
    stored = [Stored(version, content) for version, content in enumerate(contents, 1)]
    assert do(server.url, lambda log: log.read("a", 0), lambda log: log.read("a", 2)) == [stored, stored[2:]]
    assert do(server.url, lambda log: log.read("a", 1, limit=1), lambda log: log.read("a", 0, limit=3)) == [
        stored[1:2],
        stored,
    ]
    assert do(server.url, lambda log: log.read_last("a"), lambda log: log.read_last("c")) == [stored[-1], None]
    assert do(server.url, lambda log: log.list_names()) == [["a", "b"]]
    fill(server.url, "c", 1)
    assert do(server.url, lambda log: log.list_names()) == [["a", "b", "c"]]


@pytest.mark.parametrize("version", [0, 1, 2, 4, 5, 100])
def test_an_entry_is_refused_where_the_log_does_not_end_before_it(server: RedisServer, version: int) -> None:
    """XADD alone would take 4 and more."""
    chain = Chain()
    fill(server.url, "a", 2, chain)
    assert do(server.url, lambda log: log.append("a", version, chain.make())) == [False]
    assert read_versions(server.url, "a") == [1, 2]


def test_an_entry_is_refused_behind_another_one_than_the_one_it_names(server: RedisServer) -> None:
    """The log lost its end and went on, as after a failover."""
    fill(server.url, "a", 2)
    other = Chain()
    other.make()
    assert do(server.url, lambda log: log.append("a", 3, other.make())) == [False]
    assert read_versions(server.url, "a") == [1, 2]


def test_of_many_appends_at_once_one_is_taken(server: RedisServer) -> None:
    async def append(log: RedisLog) -> list[bool]:
        return await asyncio.gather(*(log.append("a", 1, Chain().make()) for _ in range(64)))

    assert sorted(do(server.url, append)[0]) == [False] * 63 + [True]


def test_appends_of_different_namespaces_go_out_together(server: RedisServer) -> None:
    """The engine reads them with far fewer system calls than there are commands."""

    async def append(log: RedisLog) -> list[bool]:
        await log.append("first", 1, Chain().make())  # connects, and makes the script known
        return await asyncio.gather(*(log.append(f"n{number}", 1, Chain().make()) for number in range(500)))

    before = read_count(server, "total_reads_processed")
    assert all(do(server.url, append)[0])
    assert read_count(server, "total_reads_processed") - before < 100


def read_count(server: RedisServer, name: str) -> int:
    lines = dict(line.split(":", 1) for line in server.ask("INFO", "stats").decode().splitlines() if ":" in line)
    return int(lines[name])


def test_trimming_drops_entries_but_never_the_end(server: RedisServer) -> None:
    chain = Chain()
    fill(server.url, "a", 5, chain)
    assert do(server.url, lambda log: log.append("a", 6, chain.make(), keep_from=5)) == [True]
    assert read_versions(server.url, "a") == [5, 6]
    assert do(server.url, lambda log: log.append("a", 7, chain.make(), keep_from=7)) == [True]
    assert read_versions(server.url, "a") == [7]
    assert do(server.url, lambda log: log.append("a", 9, chain.make(), keep_from=9)) == [False]
    assert read_versions(server.url, "a") == [7]


def test_a_long_log_is_read_in_pages(server: RedisServer) -> None:
    fill(server.url, "a", 2 * PAGE + 1)
    assert read_versions(server.url, "a") == list(range(1, 2 * PAGE + 2))
    assert read_versions(server.url, "a", PAGE) == list(range(PAGE + 1, 2 * PAGE + 2))


def test_a_log_that_is_trimmed_between_two_pages_is_read_anew(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.redis.log.PAGE", 4)
    fill(server.url, "a", 9)
    log = RedisLog(read_address(server.url))
    call, calls = log._engine.call, 0  # noqa: SLF001 - to trim between two calls

    async def trim_after_the_first(key: str, command: tuple[bytes | str | int, ...]) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            server.ask("XTRIM", key, "MINID", 7)
        return await call(key, command)

    async def read() -> list[int]:
        try:
            return [stored.version for stored in await log.read("a", 0)]
        finally:
            await log.close()

    monkeypatch.setattr(log._engine, "call", trim_after_the_first)  # noqa: SLF001 - as above
    assert asyncio.run(read()) == [7, 8, 9]


def test_a_gap_between_two_pages_is_read_as_it_is(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of another kind has deleted the entry; who reads the log finds that it is damaged."""
    monkeypatch.setattr("paysandbox.store.log.redis.log.PAGE", 4)
    fill(server.url, "a", 9)
    lost = server.ask("XRANGE", "paysandbox:{a}", "5-0", "(6-0")[0][0]
    assert server.ask("XDEL", "paysandbox:{a}", lost) == 1
    assert read_versions(server.url, "a") == [1, 2, 3, 4, 6, 7, 8, 9]


def test_a_forgotten_namespace_begins_anew(server: RedisServer) -> None:
    fill(server.url, "a", 2)
    fill(server.url, "b", 1)
    do(server.url, lambda log: log.forget("a"))
    assert do(server.url, lambda log: log.list_names()) == [["b"]]
    fill(server.url, "a", 1)


def test_namespaces_expire_by_their_last_entry_but_default_stays(server: RedisServer) -> None:
    chain = Chain()
    fill(server.url, "a", 1, chain, ttl=100)
    fill(server.url, "default", 1, ttl=100)
    assert server.ask("EXPIRE", "paysandbox:{a}", 50) == 1
    do(server.url, lambda log: log.append("a", 2, chain.make()), ttl=100)
    assert server.ask("TTL", "paysandbox:{a}") > 50
    assert server.ask("TTL", "paysandbox:{default}") == -1
    server.ask("DEL", "paysandbox:{a}")  # as if the time had come
    assert do(server.url, lambda log: log.append("a", 3, chain.make())) == [False]
    assert do(server.url, lambda log: log.list_names()) == [["default"]]


def test_an_idle_connection_is_kept_alive(server: RedisServer) -> None:
    async def connect_to_it() -> tuple[int, int]:
        connection = await connect(read_address(server.url), ("127.0.0.1", server.port))
        held = connection._transport.get_extra_info("socket")  # noqa: SLF001 - nothing else has it
        found = held.getsockopt(SOL_SOCKET, SO_KEEPALIVE), held.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)
        connection.close()
        return found

    assert asyncio.run(connect_to_it()) == (1, 60)


def test_prefixes_and_databases_keep_sandboxes_apart(server: RedisServer) -> None:
    for url in (server.url, f"{server.url}?prefix=paysandbox2", f"redis://127.0.0.1:{server.port}/1"):
        fill(url, "a", 1)
        assert do(url, lambda log: log.list_names()) == [["a"]]


def test_the_script_is_sent_again_to_a_server_that_has_forgotten_it(server: RedisServer) -> None:
    chain = Chain()
    fill(server.url, "a", 1, chain)
    server.ask("SCRIPT", "FLUSH")
    assert do(server.url, lambda log: log.append("a", 2, chain.make())) == [True]


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "paysandbox:{a}", "theirs"),
        ("RPUSH", "paysandbox:{a}", "theirs"),
        ("XADD", "paysandbox:{a}", "*", "theirs", "1"),
        ("XADD", "paysandbox:{a}", "1-0", "token", "1", "content", "2"),
    ],
)
def test_keys_of_another_program_are_left_as_they_are(server: RedisServer, command: tuple[str, ...]) -> None:
    server.ask(*command)
    before = server.ask("DUMP", "paysandbox:{a}")
    with pytest.raises(StoreError, match=OTHERS):
        do(server.url, lambda log: log.read("a", 0))
    chain = Chain()
    try:
        assert do(server.url, lambda log: log.append("a", 1, chain.make())) == [False]
    except StoreError as error:
        assert OTHERS in str(error)  # noqa: PT017 - a stream refuses by its last version, other types by an error
    assert server.ask("DUMP", "paysandbox:{a}") == before


@pytest.mark.parametrize(
    ("options", "credentials", "says"),
    [
        (["--requirepass", "secret"], "", "it wants a password: redis://USER:PASSWORD@HOST"),
        (["--requirepass", "secret"], "me:secret@", "it refuses the user or the password"),
        (["--requirepass", "secret"], ":secre@", "it refuses the user or the password"),
        ([], ":secret@", "it knows no password; leave it out, or name the user as well"),
        (["--user", "me", "on", ">secret", "~other:*", "+@all"], "me:secret@", "the user lacks a permission"),
        (["--user", "me", "on", ">secret", "~*", "+select"], "me:secret@", "the user lacks a permission"),
        (["--cluster-enabled", "yes"], "", "the cluster has no server for these keys now"),
        (["--databases", "1"], "db=9", "it has no database of this number"),
        (["--maxmemory", "1"], "", "its memory is full"),
    ],
)
def test_refusals_are_worded(tmp_path: Path, options: list[str], credentials: str, says: str) -> None:
    with running(tmp_path, *options) as server:
        query, at = ("?answer_ms=300", credentials) if "=" not in credentials else (f"?{credentials}", "")
        url = server.url.replace("redis://", f"redis://{at}").replace("/0", f"/{query}")
        with pytest.raises(StoreError) as caught:
            do(url, lambda log: log.append("a", 1, Chain().make()))
        assert says in str(caught.value)
        assert str(caught.value).startswith(f"redis://127.0.0.1:{server.port}/")
        assert "secre" not in str(caught.value)


def test_a_user_and_a_password_are_taken(tmp_path: Path) -> None:
    """These are the permissions that docs/store.md lists."""
    allowed = (
        "+select +ping +eval +evalsha +xadd +xrange +xrevrange +xtrim +xlen +expire +time +del +scan +memory|usage"
    )
    with running(tmp_path, "--user", "me", "on", ">s%cret", "~paysandbox:*", *allowed.split()) as server:
        url = server.url.replace("redis://", "redis://me:s%25cret@")
        fill(url, "a", 2, ttl=10)
        assert read_versions(url, "a") == [1, 2]
        [summary] = do(url, lambda log: log.summarize("a"))
        assert summary is not None
        assert (summary.version, summary.entries) == (2, 2)
        assert do(url, lambda log: log.list_names()) == [["a"]]
        do(url, lambda log: log.check(), lambda log: log.forget("a"))


def test_a_socket_in_the_file_system_is_used(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with running(tmp_path, "--unixsocket", str(path)):
        url = f"unix://{path}?db=1"
        fill(url, "a", 2)
        assert read_versions(url, "a") == [1, 2]
    with pytest.raises(StoreError, match=rf"^unix://{path} cannot be reached: nothing listens there$"):
        read_versions(f"unix://{path}", "a")


def test_a_cluster_spreads_the_namespaces(tmp_path: Path) -> None:
    with running_cluster(tmp_path) as servers:
        url = f"redis+cluster://127.0.0.1:{servers[1].port}"
        names = [f"ns-{number}" for number in range(30)]
        for name in names:
            fill(url, name, 2)
        assert do(url, lambda log: log.list_names()) == [names]
        assert all(server.ask("DBSIZE") > 3 for server in servers)
        do(url, lambda log: log.forget("ns-1"), lambda log: log.check())
        assert do(url, lambda log: log.read("ns-1", 0)) == [[]]
        far = next(name for name in names if find_slot(f"paysandbox:{{{name}}}") > 16384 // 3)
        with pytest.raises(StoreError, match=r"it is a node of a cluster; write redis\+cluster://"):
            read_versions(servers[0].url, far)
        for key in ("a", "a{b}", "{}a", "a{}", "{a", "a}{b}", "{{a}b}"):
            assert find_slot(key) == servers[0].ask("CLUSTER", "KEYSLOT", key)


def test_a_server_alone_is_no_cluster(server: RedisServer) -> None:
    with pytest.raises(StoreError, match="it is no cluster; write redis://"):
        read_versions(f"redis+cluster://127.0.0.1:{server.port}", "a")


def test_slots_that_move_are_followed(tmp_path: Path) -> None:
    """A slot is asked of both servers while its keys move, and of the new one afterwards."""
    with running_cluster(tmp_path) as servers:
        url = f"redis+cluster://127.0.0.1:{servers[0].port}"
        chain = Chain()
        fill(url, "a", 1, chain)
        slot = servers[0].ask("CLUSTER", "KEYSLOT", "paysandbox:{a}")
        origin = servers[slot * 3 // 16384]
        target = servers[(servers.index(origin) + 1) % 3]

        async def append(log: RedisLog) -> list[bool]:
            found = [await log.append("a", 2, chain.make())]
            ids = [server.ask("CLUSTER", "MYID") for server in (origin, target)]
            target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
            origin.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
            found.append(await log.append("a", 3, chain.make()))  # the key is where it was
            origin.ask("MIGRATE", "127.0.0.1", target.port, "paysandbox:{a}", 0, 5000)
            found.append(await log.append("a", 4, chain.make()))  # ASK
            for server in (target, origin):
                server.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[1])
            found.append(await log.append("a", 5, chain.make()))  # MOVED
            return found

        assert do(url, append) == [[True] * 4]
        assert read_versions(url, "a") == [1, 2, 3, 4, 5]
        assert origin.ask("EXISTS", "paysandbox:{a}") != 1


def test_the_store_is_named_without_credentials() -> None:
    log = open_log("redis://me:secret@db:1/2?prefix=mine")
    assert (log.name, log.engine, log.waits) == ("redis://db:1/2?prefix=mine", "redis", True)


def test_a_log_is_summarized(server: RedisServer) -> None:
    fill(server.url, "a", 3)
    found, missing = do(server.url, lambda log: log.summarize("a"), lambda log: log.summarize("none"))
    assert found is not None
    assert (found.version, found.entries) == (3, 3)
    assert found.size > 0
    assert abs(found.used - read_epoch()) < 60_000_000
    assert missing is None
    assert do(server.url, lambda log: log.forget_unused(read_epoch()), lambda log: log.list_names()) == [[], ["a"]]

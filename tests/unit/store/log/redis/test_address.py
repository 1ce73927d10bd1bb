"""URLs of engines: what they say, and that no error repeats their credentials."""

from pathlib import Path

import pytest

from paysandbox.store.log.engine import StoreError
from paysandbox.store.log.redis.address import Address, read_address
from paysandbox.store.log.redis.cluster import find_slot


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://db", Address(name="redis://db:6379/0", places=(("db", 6379),))),
        (
            "redis://me:se%40cret@db:7000/2",
            Address(name="redis://db:7000/2", places=(("db", 7000),), user="me", password="se@cret", db=2),
        ),
        (
            "redis://:secret@[::1]:7000/?db=3&prefix=team.a",
            Address(
                name="redis://[::1]:7000/3?prefix=team.a",
                places=(("::1", 7000),),
                password="secret",
                db=3,
                prefix="team.a",
            ),
        ),
        (
            "rediss://db/?connect_ms=100&answer_ms=200",
            Address(name="rediss://db:6379/0", places=(("db", 6379),), has_tls=True, connect_ms=100, answer_ms=200),
        ),
        (
            "rediss+cluster://me:secret@a:1,b",
            Address(
                name="rediss+cluster://a:1,b:6379",
                places=(("a", 1), ("b", 6379)),
                user="me",
                password="secret",
                has_tls=True,
                is_cluster=True,
            ),
        ),
        (
            "unix://:secret@/run/redis.sock?db=1",
            Address(name="unix:///run/redis.sock?db=1", path="/run/redis.sock", password="secret", db=1),
        ),
    ],
)
def test_urls_are_read(url: str, address: Address) -> None:
    assert read_address(url) == address
    assert "secret" not in address.name


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis:", "a store in Redis is redis://"),
        ("redis://", "a store in Redis is redis://"),
        ("redis:///1", "a store in Redis is redis://"),
        ("redis://me:secret@", "a store in Redis is redis://"),
        ("redis://me:secret@db:port", "a store in Redis is redis://"),
        ("redis://me:secret@db:70000", "a store in Redis is redis://"),
        ("redis://me:sec/ret@db", "a store in Redis is redis://"),
        ("redis://me:sec#ret@db", "a store in Redis is redis://"),
        ("redis://me:sec?ret@db", "redis:// takes no such parameter"),
        ("redis://me:secret@[db", "a store in Redis is redis://"),
        ("redis://me:secret@db/one", "a store in Redis is redis://"),
        ("redis://me:secret@db/-1", "a store in Redis is redis://"),
        ("redis://me:secret@a,b", "several hosts are a cluster's: redis+cluster://"),
        ("redis+cluster://me:secret@a/1", "a cluster has the database 0 alone"),
        ("redis+cluster://me:secret@a,,b", "a store in Redis is redis+cluster://"),
        (
            "redis://me:secret@db?secret=1",
            "redis:// takes no such parameter; there are prefix, connect_ms, answer_ms, db",
        ),
        ("redis://me:secret@db?ssl_ca_certs=ca.pem", "redis:// takes no such parameter"),
        ("rediss://me:secret@db?ssl_ca_certs=/nowhere/ca.pem", "ssl_ca_certs= names no file: /nowhere/ca.pem"),
        ("redis://me:secret@db?prefix={secret}", "prefix= has 1 to 40 letters"),
        ("redis://me:secret@db?connect_ms=0", "connect_ms= and answer_ms= are milliseconds"),
        ("redis://me:secret@db?answer_ms=1e3", "connect_ms= and answer_ms= are milliseconds"),
        ("redis://me:secret@db?db=x", "db= is the number of a database"),
        ("unix://host/run/redis.sock", "a store behind a socket is unix://PATH"),
        ("unix://:secret@", "a store behind a socket is unix://PATH"),
    ],
)
def test_errors_say_what_is_wrong_without_credentials(url: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        read_address(url)
    assert str(caught.value).startswith(says)
    assert not any(part in str(caught.value) for part in ("secret", "sec/", "sec#", "sec?", "ret@", "me:"))
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_file_of_certificates_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    assert read_address(f"rediss://db?ssl_ca_certs={file}").ca_certs == str(file)


@pytest.mark.parametrize(("key", "slot"), [("123456789", 12739), ("foo{bar}", 5061), ("bar", 5061)])
def test_slots_are_those_of_the_clusters_specification(key: str, slot: int) -> None:
    """The first is CRC16's own example."""
    assert find_slot(key) == slot

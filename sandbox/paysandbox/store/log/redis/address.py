"""The URL of an engine: where it is, what it wants to know, and how long it may take."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from msgspec import Struct

from paysandbox.store.log.engine import StoreError

PORT: Final = 6379
SCHEMES: Final = ("redis", "rediss", "redis+cluster", "rediss+cluster", "unix")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_LONGEST: Final = 60_000  # milliseconds; longer, and clients have given up


class Address(Struct, frozen=True, kw_only=True):
    """Where an engine is, and how to speak with it.

    Attributes:
        name: the URL without credentials and times, for messages.
        places: host and port of the server, or of the nodes to ask for the cluster; empty with `path`.
        path: of a socket in the file system; None if the engine is reached by TCP.
        user: None is the engine's default user.
        password: None if the engine wants none.
        db: number of the database.
        is_cluster: whether the keys are spread over several servers.
        has_tls: whether connections are encrypted and the server's certificate is checked.
        ca_certs: file of certificates to trust instead of the system's.
        prefix: that all keys begin with, so that several sandboxes can share an engine.
        connect_ms: milliseconds for a connection to be made.
        answer_ms: milliseconds for a reply to come.
    """

    name: str
    places: tuple[tuple[str, int], ...] = ()
    path: str | None = None
    user: str | None = None
    password: str | None = None
    db: int = 0
    is_cluster: bool = False
    has_tls: bool = False
    ca_certs: str | None = None
    prefix: str = "paysandbox"
    connect_ms: int = 2000
    answer_ms: int = 5000


def is_address(store: str) -> bool:
    """Tell whether a text names an engine of this kind."""
    return store.partition(":")[0] in SCHEMES


def read_address(url: str) -> Address:
    """Read a URL such as `rediss://user:password@host:6379/0?ssl_ca_certs=ca.pem`.

    Raises:
        StoreError: it is not such a URL; the message has nothing of its credentials.
    """
    scheme = url.partition(":")[0]
    try:
        parts = urlsplit(url)
        credentials, _, where = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        options = _read_options(parts, scheme)
    except ValueError:
        raise StoreError(_describe_form(scheme)) from None
    if parts.fragment:  # of a password, most likely
        raise StoreError(_describe_form(scheme))
    given: dict[str, Any] = {"user": unquote(user) or None, "password": unquote(password) or None, **options}
    if scheme == "unix":
        if where or not parts.path.strip("/"):
            raise StoreError(_describe_form(scheme))
        name = f"unix://{parts.path}{_show_options(given, 'db', 'prefix')}"
        return Address(name=name, path=unquote(parts.path), **given)
    places = tuple(_read_place(place, scheme) for place in where.split(","))
    is_cluster = scheme.endswith("+cluster")
    if len(places) > 1 and not is_cluster:
        raise StoreError(f"several hosts are a cluster's: {scheme}+cluster://HOST:PORT,HOST:PORT")
    if "db" in given and parts.path.strip("/"):
        raise StoreError("the database is given twice, in the path and as db=; give it once")
    db = given.pop("db", 0) or _read_db(parts.path, scheme)
    if is_cluster and db:
        raise StoreError("a cluster has the database 0 alone; ?prefix= keeps several sandboxes apart")
    shown = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in places)
    name = f"{scheme}://{shown}{'' if is_cluster else f'/{db}'}{_show_options(given, 'prefix')}"
    return Address(name=name, places=places, db=db, is_cluster=is_cluster, has_tls=scheme.startswith("rediss"), **given)


def _read_options(parts: SplitResult, scheme: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        read = _OPTIONS.get(name)
        if read is None or (name == "ssl_ca_certs" and not scheme.startswith("rediss")):
            known = [name for name in _OPTIONS if name != "ssl_ca_certs" or scheme.startswith("rediss")]
            raise StoreError(f"{scheme}:// takes no such parameter; there are {', '.join(known)}")
        member = "ca_certs" if name == "ssl_ca_certs" else name
        if member in found:
            raise StoreError(f"{name}= is given twice; give it once")
        found[member] = read(value)
    return found


def _show_options(given: Mapping[str, Any], *names: str) -> str:
    """What tells two sandboxes of one engine apart."""
    shown = "&".join(f"{name}={given[name]}" for name in names if name in given)
    return f"?{shown}" if shown else ""


def _read_place(text: str, scheme: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.path:
        raise StoreError(_describe_form(scheme))
    return host, port or PORT


def _read_db(path: str, scheme: str) -> int:
    text = path.strip("/") or "0"
    if not (text.isascii() and text.isdecimal()):
        raise StoreError(_describe_form(scheme))
    return int(text)


def _describe_form(scheme: str) -> str:
    if scheme == "unix":
        return "a store behind a socket is unix://PATH, such as unix:///run/redis/redis.sock?db=1"
    several = ",HOST:PORT" if scheme.endswith("+cluster") else "/DB"
    return f"a store in Redis is {scheme}://[USER:PASSWORD@]HOST[:PORT]{several}, signs such as @ and / percent-encoded"


def _read_prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise StoreError("prefix= has 1 to 40 letters, digits, dots, hyphens and underscores")
    return value


def _read_milliseconds(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= _LONGEST):
        raise StoreError(f"connect_ms= and answer_ms= are milliseconds, from 1 to {_LONGEST}")
    return int(value)


def _read_number(value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        raise StoreError("db= is the number of a database")
    return int(value)


def _read_file(value: str) -> str:
    try:
        is_file = Path(value).is_file()
    except OSError as error:  # as a name that is too long
        raise StoreError(f"ssl_ca_certs= cannot be used: {error.strerror}: {value}") from None
    if not is_file:
        raise StoreError(f"ssl_ca_certs= names no file: {value}")
    return value


_OPTIONS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "prefix": _read_prefix,
        "connect_ms": _read_milliseconds,
        "answer_ms": _read_milliseconds,
        "ssl_ca_certs": _read_file,
        "db": _read_number,
    }
)

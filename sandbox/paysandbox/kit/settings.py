"""Settings of a sandbox and their defaults. Imports nothing heavy, because the command line reads them at its start."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

MEMORY: Final = "memory"


class Settings(Struct, frozen=True, kw_only=True):
    """Limits of a sandbox, the seed of its ids, and where it can be reached.

    Attributes:
        body_limit: bytes of a request body.
        head_limit: bytes of a request line with its headers.
        connection_limit: open connections.
        request_seconds: seconds for a request to arrive, and for the client to read the reply.
        namespace_limit: namespaces; the least recently used is dropped.
        namespace_ttl: seconds after whose end an unused namespace is forgotten, except `default`. None: never.
        journal_entries: calls in the journal of one namespace.
        journal_bytes: approximate bytes of all journals together.
        seed: the same seed gives the same ids.
        control_token: required of control calls, because the sandbox listens beyond loopback. None: not required.
        cors_origins: of web pages that may call the providers and read the replies; `*` is every page.
        webhook_urls: endpoints of every namespace, which get all events of all providers.
        webhook_hosts: in lower case, beyond this machine, that events may be delivered to.
        store: where namespaces are kept, `memory`, `sqlite:PATH`, or the URL of a Redis or Valkey.
        ports: the port of each provider that has one of its own.
        tls_ports: the same for HTTPS.
    """

    body_limit: int = 1 << 20
    head_limit: int = 64 << 10
    connection_limit: int = 1000
    request_seconds: int = 60
    namespace_limit: int = 1000
    namespace_ttl: int | None = None
    journal_entries: int = 10_000
    journal_bytes: int = 64 << 20
    seed: str = "paysandbox"
    control_token: str | None = None
    cors_origins: tuple[str, ...] = ()
    webhook_urls: tuple[str, ...] = ()
    webhook_hosts: tuple[str, ...] = ()
    store: str = MEMORY
    ports: Mapping[str, int] = field(default_factory=dict)
    tls_ports: Mapping[str, int] = field(default_factory=dict)

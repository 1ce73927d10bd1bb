"""Settings of a sandbox and their defaults. Imports nothing heavy, because the command line reads them at its start."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

MEMORY: Final = "memory"


def find_token_error(token: str) -> str | None:
    """Say why a text cannot be the control token; None if it can: one that is empty would open the control plane."""
    if not token.strip():
        return "the token is empty, as from a variable that is not set; give one, or leave it out"
    if token != token.strip():
        return "the token begins or ends with a space, which a header does not keep"
    if any(character < " " or character == "\x7f" for character in token):
        return "the token has a line break or another control character, which a header cannot have"
    return None


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

    Raises:
        ValueError: the control token is empty, or no header can carry it.
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

    def __post_init__(self) -> None:
        error = None if self.control_token is None else find_token_error(self.control_token)
        if error is not None:
            raise ValueError(f"control_token: {error}")

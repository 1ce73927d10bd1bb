"""What a provider says about its webhooks, the URLs that endpoints may have, and who delivers."""

from collections.abc import Callable, Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from paysandbox.store.webhooks import Webhooks

DELIVERY_HEADER: Final = "x-sandbox-delivery"
URL_LENGTH: Final = 2000
# Where clouds tell a machine its credentials, where that address is not link-local.
_METADATA: Final = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
_NAT64: Final = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class WebhookFormat(Struct, frozen=True, kw_only=True):
    """How an API delivers its events.

    Attributes:
        sign: returns the headers that sign a body with a secret.
        test_secret: signs the deliveries to endpoints that have no secret of their own.
        accepted: statuses of a reply that count as delivered.
        seconds: for a reply to arrive.
        retry_seconds: pauses before each further attempt.
    """

    sign: Callable[[bytes, str], Mapping[str, str]]
    test_secret: str
    accepted: frozenset[int] = frozenset({200})
    seconds: int = 10
    retry_seconds: tuple[int, ...] = ()


class DeliveryService(Protocol):
    """Delivers what the namespaces of a running server announce."""

    async def wait(self, webhooks: Webhooks) -> None:
        """Wait, within reason, until nothing is due or in flight any more."""


def find_url_error(url: str, allowed: Collection[str]) -> str | None:
    """Say why an endpoint cannot have this URL; None if it can. What its host resolves to is checked at each delivery.

    `allowed` are the hosts beyond this machine that may be delivered to.
    """
    if len(url) > URL_LENGTH:
        return f"the URL is longer than {URL_LENGTH} characters"
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "the URL has characters that must be percent-encoded"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"this is not a URL: {error}"
    if parts.scheme not in {"http", "https"}:
        return f"the scheme is {parts.scheme!r}; it can be http or https"
    if "@" in parts.netloc:
        return "the URL has credentials before its host; leave them out, because deliveries are signed instead"
    if not parts.hostname or port == 0:
        return "the URL has no host" if not parts.hostname else "the port is 0"
    if parts.fragment:
        return "the URL has a fragment, which is never sent"
    address = parse_address(parts.hostname)
    return None if address is None else find_address_error(address, is_allowed=is_allowed_host(parts.hostname, allowed))


def is_allowed_host(host: str, allowed: Collection[str]) -> bool:
    return host.lower().rstrip(".") in allowed


def parse_address(host: str) -> Address | None:
    """Parse an IP address; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def find_address_error(address: Address, *, is_allowed: bool) -> str | None:
    """Say why nothing is delivered to an address; None if it can be. `is_allowed` if its host was allowed by name."""
    inner = _unwrap(address)
    if inner.is_link_local or inner in _METADATA:
        return f"{address} is a link-local or metadata address, where nothing is ever delivered"
    if inner.is_multicast or inner.is_unspecified or (inner.is_reserved and not inner.is_loopback):
        return f"{address} is not the address of one machine"
    if inner.is_loopback or is_allowed:
        return None
    return f"{address} is not this machine; serve --webhook-allow HOST lets deliveries go to another one"


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address

"""HTTP client of deliveries: connects to a checked address only, follows no redirect, and reads no endless reply."""

import asyncio
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import httpcore

from paysandbox.delivery.request import Refused
from paysandbox.kit.webhooks import Address, find_address_error, find_url_error, is_allowed_host, parse_address

_CONNECT_SECONDS: Final = 5  # for each address of a host; the whole delivery has a limit of its own


class Received(NamedTuple):
    """A reply; `is_cut` if its content was longer than the limit."""

    status: int
    content: bytes
    is_cut: bool


class Sender:
    """Sends deliveries, each over a connection of its own. `allowed` are hosts beyond this machine."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed
        self._backend = _CheckedBackend(allowed)

    async def send(self, url: str, headers: Mapping[str, str], content: bytes, limit: int) -> Received:
        """Send a delivery, and read at most `limit` bytes of the reply.

        Raises:
            Refused: the URL may not be delivered to.
            Exception: it could not be reached, or its reply is not HTTP.
        """
        error = find_url_error(url, self._allowed)
        if error is not None:
            raise Refused(error)
        # Proxies of the environment are not used, because a proxy connects to addresses that were not checked.
        context = self._tls_context if url.startswith("https:") else None
        async with (
            httpcore.AsyncConnectionPool(ssl_context=context, network_backend=self._backend) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=content) as reply,
        ):
            received = b""
            async for part in reply.aiter_stream():
                received += part
                if len(received) > limit:
                    return Received(reply.status, received[:limit], is_cut=True)
            return Received(reply.status, received, is_cut=False)

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # heeds SSL_CERT_FILE


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a host, checks what it resolves to, and connects to just that, so that no second answer can differ."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Any = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = Refused(f"{host} has no address")
        for address in await self._find_addresses(host, port):
            try:
                return await self._backend.connect_tcp(
                    str(address), port, timeout or _CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: Any) -> None:
        await asyncio.sleep(seconds)

    async def _find_addresses(self, host: str, port: int) -> list[Address]:
        """Resolve a host to the addresses that may be delivered to.

        Raises:
            Refused: there are none, or the name is unknown.
        """
        is_allowed = is_allowed_host(host, self._allowed)
        hint = "" if is_allowed else f"; if it is not this machine, it also needs serve --webhook-allow {host}"
        written = parse_address(host)
        if written is not None:
            found = [written]
        else:
            try:
                answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except socket.gaierror as error:
                raise Refused(f"{host} cannot be resolved: {error.strerror}{hint}") from None
            texts = dict.fromkeys(str(answer[4][0]) for answer in answers)
            found = [address for address in map(parse_address, texts) if address is not None]
        errors = [find_address_error(address, is_allowed=is_allowed) for address in found]
        if found and all(errors):
            raise Refused(f"nothing is delivered to {host}: {errors[0]}")
        return [address for address, error in zip(found, errors, strict=True) if error is None]

"""The connections to the vendor, over verified TLS: the only ones that a recorder opens."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import httpcore

RawHeaders = Sequence[tuple[bytes, bytes]]

_PORTS: Final = {"http": 80, "https": 443}
_MOST_CONNECTIONS: Final = 100
_IDLE_SECONDS: Final = 15  # below what servers keep idle connections, so that few are closed under a request
_UNKNOWN: Final = "it is not known whether the vendor has carried the call out"


class VendorFailed(Exception):
    """The vendor gave no whole reply. `status` is what the client is answered if nothing was sent to it yet."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Vendor:
    """A vendor's API below one URL. Proxies of the environment are not used, and redirects are not followed."""

    def __init__(self, url: str, *, ca_file: Path | None = None, seconds: int = 60) -> None:
        """`url` passes `find_vendor_error`; `seconds` is how long the vendor may send nothing.

        Raises:
            OSError: `ca_file` cannot be read, or has no certificate.
        """
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.host = parts.netloc
        self._base = parts.path.rstrip("/").encode()
        self._parts = parts
        self._seconds = seconds
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        context = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._pool = httpcore.AsyncConnectionPool(
            context, max_connections=_MOST_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS
        )

    @asynccontextmanager
    async def open(
        self, method: str, target: bytes, headers: RawHeaders, content: bytes
    ) -> AsyncIterator[httpcore.Response]:
        """Context manager: the reply to a request, whose content can be read inside; `target` is a path and query.

        Raises:
            VendorFailed: there is no reply, or it does not end, inside the context too.
        """
        url = httpcore.URL(
            scheme=self._parts.scheme.encode(),
            host=(self._parts.hostname or "").encode(),
            port=self._parts.port or _PORTS[self._parts.scheme],
            target=self._base + target,
        )
        try:
            async with self._pool.stream(
                method,
                url,
                headers=[(b"host", self.host.encode()), *headers],
                content=content or None,
                extensions={"timeout": self._timeouts},
            ) as reply:
                yield reply
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise self._explain(error) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    def _explain(self, error: Exception) -> VendorFailed:
        match error:
            case httpcore.ConnectTimeout():
                return VendorFailed(504, f"{self.host} was not reached within {self._seconds} seconds")
            case httpcore.PoolTimeout():
                return VendorFailed(504, f"{_MOST_CONNECTIONS} calls wait for {self.host}; nothing was sent")
            case httpcore.TimeoutException():
                return VendorFailed(504, f"{self.host} has sent nothing for {self._seconds} seconds; {_UNKNOWN}")
            case httpcore.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
                why = _read_reason(error)
                return VendorFailed(502, f"the certificate of {self.host} does not fit: {why}; nothing was sent")
            case httpcore.ConnectError():
                return VendorFailed(502, f"{self.host} cannot be reached: {_read_reason(error)}; nothing was sent")
            case _:
                return VendorFailed(
                    502, f"{self.host} has broken the connection off: {_read_reason(error)}; {_UNKNOWN}"
                )


def find_vendor_error(url: str) -> str | None:
    """Say why a vendor cannot have this URL; None if it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"this is not a URL: {error}"
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        return "name the vendor's URL, such as https://api.vendor.example"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "the URL has characters that must be percent-encoded"
    if "@" in parts.netloc:
        return "the URL has credentials before its host; leave them out, because your client sends its own"
    if parts.query or parts.fragment:
        return "the URL has a query or a fragment; give the part before it"
    if parts.scheme == "http" and not _is_loopback(parts):
        return "the URL is http, which would send credentials readable by others; only this machine may have http"
    return None


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read_reason(error: Any) -> str:
    """What went wrong, without the place in OpenSSL's code."""
    text = str(error).partition("] certificate verify failed: ")[2] or str(error)
    return text.partition(" (_ssl.c")[0] or type(error).__name__

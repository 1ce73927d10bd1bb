"""The cookie of a browser that has signed in."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from paysandbox.kit.runtime import CONTROL_PREFIX


def write_cookie(session: str, origin: str) -> str:
    """Write the header that sets the cookie: for this sandbox alone, unseen by scripts, and never for other sites."""
    secure = "; Secure" if origin.startswith("https:") else ""
    return f"{_make_name(origin)}={session}; Path=/{CONTROL_PREFIX}; HttpOnly; SameSite=Strict{secure}"


def drop_cookie(origin: str) -> str:
    """Write the header that makes the browser forget the cookie."""
    return f"{write_cookie('', origin)}; Max-Age=0"


def read_cookie(cookies: Iterable[str], origin: str) -> str:
    """Return the session in the headers `Cookie`; empty if there is none, or more than one."""
    name = _make_name(origin)
    pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


def _make_name(origin: str) -> str:
    """Name the cookie after the port, because a browser gives the cookies of one host to all its ports."""
    parts = urlsplit(origin)
    return f"paysandbox-{parts.port or parts.scheme}"

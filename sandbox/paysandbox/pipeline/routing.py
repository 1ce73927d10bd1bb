"""Route a request: find the namespace, the provider, and the path below the provider's root."""

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from paysandbox.contract.document import Contract
from paysandbox.kit.provider import Provider, Service
from paysandbox.store.namespaces import NAMESPACE_PREFIX

_LONGEST: Final = 100  # of a path that a refusal repeats
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Address(NamedTuple):
    """The target of a request; None for no such provider, and for no namespace in the path.

    `mount` is the prefix that chose the provider, `/invoicexpress`; empty if its host or port did.
    """

    provider: str | None
    namespace: str | None
    path: str
    mount: str = ""


class _Habits(NamedTuple):
    """How a provider takes paths: see `Provider`."""

    tolerates_double_slash: bool
    version: str | None
    contract: Contract | None


_NO_HABITS: Final = _Habits(tolerates_double_slash=False, version=None, contract=None)


class Router:
    """Finds providers by their own port, by host name, or by the prefix of the path."""

    def __init__(self, services: Mapping[str, Service], control: Provider, *ports: Mapping[str, int]) -> None:
        # Of a service only the prefix is read here, because a start does not wait for the contracts.
        self._services = services
        self._prefixes = {service.prefix: name for name, service in services.items()}
        self._prefixes[control.prefix] = control.name
        self._control = f"/{control.prefix}"
        self._ports = {port: name for by_name in ports for name, port in by_name.items() if name in services}
        self._hosts = {f"{service.prefix}.localhost": name for name, service in services.items()}
        self._by_host = lru_cache(maxsize=256)(self._find_by_host)  # clients repeat a few hosts
        self._habits: dict[str | None, _Habits] = {None: _NO_HABITS, control.name: _NO_HABITS}

    def find(self, path: str, host: str, port: int | None) -> Address:
        """Return the address of a percent-encoded path, for a Host header and a port of the sandbox."""
        if "%" in path:
            path = _ESCAPE.sub(_unescape, path)
        namespace, mount = None, ""
        if path.startswith(NAMESPACE_PREFIX):
            namespace, _, rest = path.removeprefix(NAMESPACE_PREFIX).partition("/")
            path = f"/{rest}"
        provider = self._ports.get(port) if port is not None and self._ports else None
        if provider is None:
            provider = self._by_host(host)
        if provider is None:
            prefix, slash, rest = path[1:].partition("/")
            provider = self._prefixes.get(prefix)
            path, mount = (path, "") if provider is None else (f"{slash}{rest}", f"/{prefix}")
            if prefix == self._control[1:] and not path:
                path = "/"  # the start page, typed without its slash
        elif path == self._control or path.startswith(f"{self._control}/"):
            # A provider's host or port has no control plane, because a page of the vendor must not control the sandbox.
            provider = None
        habits = self._habits.get(provider) or self._read_habits(provider or "")
        if habits.tolerates_double_slash and "//" in path:
            path = re.sub("/{2,}", "/", path)
        if habits.version is not None and path.startswith(habits.version):
            path = path[len(habits.version) - 1 :]
        if habits.contract is not None and path.endswith("/"):
            path = habits.contract.without_trailing_slash(path)
        return Address(provider, namespace, path, mount)

    def _read_habits(self, provider: str) -> "_Habits":
        """Note how a provider takes paths, when it is first called."""
        service = self._services[provider]
        version = service.provider.optional_version
        self._habits[provider] = _Habits(
            tolerates_double_slash=service.provider.tolerates_double_slash,
            version=None if version is None else f"{version}/",
            contract=service.contract,
        )
        return self._habits[provider]

    def find_nearest(self, path: str) -> str | None:
        """Where a path that leads to no provider was probably meant to lead: a misspelt prefix, or one left out."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a wrong path asks for it

        for prefix, name in self._prefixes.items():
            if name in self._services and self._services[name].contract.has_path(path):
                return f"/{prefix}{path}"[:_LONGEST]
        sent = path[1:].partition("/")[0][:_LONGEST]
        near = get_close_matches(sent.lower().replace("_", "-"), self._prefixes, n=1)
        return f"/{near[0]}" if near and near[0] != sent else None

    def _find_by_host(self, host: str) -> str | None:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name in {"127.0.0.1", "localhost"}:
            return None
        name = name.lower()
        found = self._hosts.get(name)
        if found is not None:
            return found
        return next((provider for pattern, provider in self._patterns if pattern.fullmatch(name)), None)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The vendors' host names, which only their contracts know."""
        return [(pattern, name) for name, service in self._services.items() for pattern in service.contract.hosts]


def _unescape(escape: re.Match[str]) -> str:
    """Decode unreserved characters; keep other escapes, in upper case (RFC 3986, 6.2.2)."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()

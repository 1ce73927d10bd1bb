"""Where a request is meant to go: which namespace, which provider, and which path below that provider's root."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from paysandbox.kit.provider import Provider, Service
from paysandbox.store.namespaces import NAMESPACE_PREFIX

_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Address(NamedTuple):
    """Where a request goes: no provider if nobody is there, no namespace if the path chooses none."""

    provider: str | None
    namespace: str | None
    path: str


class Router:
    """Finds providers by the port of their own, by host name, or by the prefix of the path."""

    def __init__(self, services: Mapping[str, Service], control: Provider, ports: Mapping[str, int]) -> None:
        self._prefixes = {service.provider.prefix: name for name, service in services.items()}
        self._prefixes[control.prefix] = control.name
        self._control = f"/{control.prefix}"
        self._ports = {port: name for name, port in ports.items()}
        self._hosts = {f"{service.provider.prefix}.localhost": name for name, service in services.items()}
        self._patterns = [(pattern, name) for name, service in services.items() for pattern in service.contract.hosts]
        self._by_host = lru_cache(maxsize=256)(self._provider_of)  # clients send the same few hosts again and again
        self._tolerant = {name for name, service in services.items() if service.provider.tolerates_double_slash}
        versions = {name: service.provider.optional_version for name, service in services.items()}
        self._versions = {name: f"{version}/" for name, version in versions.items() if version is not None}

    def find(self, path: str, host: str, port: int | None) -> Address:
        """The address of a percent-encoded path, asked for under a Host header on a port of the sandbox."""
        if "%" in path:
            path = _ESCAPE.sub(_unescape, path)
        namespace = None
        if path.startswith(NAMESPACE_PREFIX):
            namespace, _, rest = path.removeprefix(NAMESPACE_PREFIX).partition("/")
            path = f"/{rest}"
        provider = self._ports.get(port) if port is not None and self._ports else None
        if provider is None:
            provider = self._by_host(host)
        if provider is None:
            prefix, slash, rest = path[1:].partition("/")
            provider, path = self._prefixes.get(prefix), f"{slash}{rest}"
            if prefix == self._control[1:] and not path:
                path = "/"  # who types the address of the start page need not know how it ends
        elif path == self._control or path.startswith(f"{self._control}/"):
            # What is reached as a provider has no control plane: a page of the vendor's name must not drive it.
            provider = None
        if provider in self._tolerant and "//" in path:
            path = re.sub("/{2,}", "/", path)
        if provider in self._versions and path.startswith(self._versions[provider]):
            path = path[len(self._versions[provider]) - 1 :]
        return Address(provider, namespace, path)

    def _provider_of(self, host: str) -> str | None:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name in {"127.0.0.1", "localhost"}:
            return None
        name = name.lower()
        found = self._hosts.get(name)
        if found is not None:
            return found
        return next((provider for pattern, provider in self._patterns if pattern.fullmatch(name)), None)


def _unescape(escape: re.Match[str]) -> str:
    """Unreserved characters mean the same escaped or not; all others stay as sent, their digits in upper case."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()

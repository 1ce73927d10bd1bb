"""Route a request: find the namespace, the provider, and the path below the provider's root."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

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


class Router:
    """Finds providers by their own port, by host name, or by the prefix of the path."""

    def __init__(self, services: Mapping[str, Service], control: Provider, *ports: Mapping[str, int]) -> None:
        self._prefixes = {service.provider.prefix: name for name, service in services.items()}
        self._prefixes[control.prefix] = control.name
        self._contracts = {name: service.contract for name, service in services.items()}
        self._control = f"/{control.prefix}"
        self._ports = {port: name for by_name in ports for name, port in by_name.items() if name in services}
        self._hosts = {f"{service.provider.prefix}.localhost": name for name, service in services.items()}
        self._patterns = [(pattern, name) for name, service in services.items() for pattern in service.contract.hosts]
        self._by_host = lru_cache(maxsize=256)(self._find_by_host)  # clients repeat a few hosts
        self._tolerant = {name for name, service in services.items() if service.provider.tolerates_double_slash}
        versions = {name: service.provider.optional_version for name, service in services.items()}
        self._versions = {name: f"{version}/" for name, version in versions.items() if version is not None}

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
        if provider in self._tolerant and "//" in path:
            path = re.sub("/{2,}", "/", path)
        if provider in self._versions and path.startswith(self._versions[provider]):
            path = path[len(self._versions[provider]) - 1 :]
        if path.endswith("/") and provider in self._contracts:
            path = self._contracts[provider].without_trailing_slash(path)
        return Address(provider, namespace, path, mount)

    def find_nearest(self, path: str) -> str | None:
        """Where a path that leads to no provider was probably meant to lead: a misspelt prefix, or one left out."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a wrong path asks for it

        for prefix, name in self._prefixes.items():
            if name in self._contracts and self._contracts[name].has_path(path):
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


def _unescape(escape: re.Match[str]) -> str:
    """Decode unreserved characters; keep other escapes, in upper case (RFC 3986, 6.2.2)."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()

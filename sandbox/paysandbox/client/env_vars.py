"""Environment variables for programs that call a sandbox: URL and credentials of each provider."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_NO_PROXY: Final = ("NO_PROXY", "no_proxy")
_OWN_HOSTS: Final = ("127.0.0.1", "localhost", "::1")


def variables(ready: Mapping[str, Any]) -> dict[str, str]:
    """`PAYSANDBOX_URL`, and `INVOILESS_URL`, `INVOILESS_API_KEY` and the like; `ready` is as in the ready file.

    URLs are host roots: no trailing slash, no base path. With TLS those of the providers are https, and
    `PAYSANDBOX_HTTPS_URL` stands beside `PAYSANDBOX_URL`.
    """
    found = {"PAYSANDBOX_URL": ready["url"]}
    if "tls" in ready:
        found["PAYSANDBOX_HTTPS_URL"] = ready["tls"]["url"]
    for name, provider in ready["providers"].items():
        found[f"{name.upper()}_URL"] = provider.get("https_url", provider["url"])
        for what, value in provider["credentials"].items():
            found[f"{name.upper()}_{what.upper()}"] = value
    return found


def complete_no_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """`NO_PROXY` and `no_proxy` with the hosts of a sandbox on this machine; nothing if no proxy is set.

    Both get what either has, because clients differ in which of them they read.
    """
    if not any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES):
        return {}
    given = [host.strip() for name in _NO_PROXY for host in environment.get(name, "").split(",")]
    hosts = ",".join(dict.fromkeys([*filter(None, given), *_OWN_HOSTS]))
    return dict.fromkeys(_NO_PROXY, "*" if "*" in given else hosts)


def export_lines(ready: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """The same variables, and `NO_PROXY` completed where the environment has a proxy, as `export` lines for a shell."""
    exported = {**complete_no_proxy(environment), **variables(ready)}
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in exported.items())

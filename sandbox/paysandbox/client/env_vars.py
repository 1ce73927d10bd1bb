"""Environment variables for programs that call a sandbox: URL and credentials of each provider."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

FORMATS: Final = ("sh", "dotenv", "json", "powershell", "github")
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
    return render_variables("sh", {**complete_no_proxy(environment), **variables(ready)})


def render_variables(form: str, exported: Mapping[str, str]) -> str:
    """Write environment variables in one of `FORMATS`, without a newline at the end."""
    if form == "json":
        return json.dumps(exported, indent=2, ensure_ascii=False)
    return "\n".join(_LINES[form](name, value) for name, value in exported.items())


def _write_dotenv(name: str, value: str) -> str:
    # Only in single quotes is every character itself, because readers expand `$` in double quotes.
    if "'" not in value and "\n" not in value:
        return f"{name}='{value}'"
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("$", "\\$")):
        value = value.replace(character, escaped)
    return f'{name}="{value}"'


def _write_powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


def _write_github(name: str, value: str) -> str:
    """A line of the file `$GITHUB_ENV`; more lines stand between delimiters."""
    if "\n" not in value:
        return f"{name}={value}"
    delimiter = "END"
    while delimiter in value:
        delimiter += "_"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}"


_LINES: Final[Mapping[str, Callable[[str, str], str]]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "dotenv": _write_dotenv,
    "powershell": _write_powershell,
    "github": _write_github,
}

"""Environment variables for programs that call a sandbox: URL and credentials of each provider."""

import shlex
from collections.abc import Mapping
from typing import Any


def variables(ready: Mapping[str, Any]) -> dict[str, str]:
    """`PAYSANDBOX_URL`, and `INVOILESS_URL`, `INVOILESS_API_KEY` and the like; `ready` is as in the ready file.

    URLs are host roots: no trailing slash, no base path.
    """
    found = {"PAYSANDBOX_URL": ready["url"]}
    for name, provider in ready["providers"].items():
        found[f"{name.upper()}_URL"] = provider["url"]
        for what, value in provider["credentials"].items():
            found[f"{name.upper()}_{what.upper()}"] = value
    return found


def export_lines(ready: Mapping[str, Any]) -> str:
    """The same variables as `export` lines for a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(ready).items())

"""Paysandbox: four payment APIs on your own machine.

`create_app()` returns the sandbox as an ASGI application, `Server` runs it in a thread on a free port, and
`SandboxClient` drives a running one. `paysandbox.testing` calls it in memory.
"""

from typing import TYPE_CHECKING, Any

from paysandbox._version import __version__

if TYPE_CHECKING:
    from paysandbox.app import create_app
    from paysandbox.client.http import SandboxError
    from paysandbox.client.namespace import NamespaceClient, SandboxClient
    from paysandbox.server.live import Server

__all__ = ["NamespaceClient", "SandboxClient", "SandboxError", "Server", "__version__", "create_app"]


def __getattr__(name: str) -> Any:
    # Imported on first use, because pytest imports this package through its plugin in every project of its user.
    homes = {
        "create_app": "paysandbox.app",
        "NamespaceClient": "paysandbox.client.namespace",
        "SandboxClient": "paysandbox.client.namespace",
        "SandboxError": "paysandbox.client.http",
        "Server": "paysandbox.server.live",
    }
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only a lazy name needs it

    return getattr(import_module(homes[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

"""Paysandbox: four payment APIs on your own machine.

`create_app()` is the sandbox as an ASGI application; `sandbox.server.Server` runs it on a free port.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.app import create_app

__all__ = ["create_app"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The application, imported when it is first asked for: pytest reads this file in every project of its user."""
    if name in __all__:
        from sandbox import app  # noqa: PLC0415 - not before it is asked for

        return getattr(app, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

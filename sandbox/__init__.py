"""Paysandbox: four payment APIs on your own machine.

`create_app()` is the sandbox as an ASGI application; `sandbox.server.Server` runs it on a free port.
"""

from sandbox.app import create_app

__all__ = ["create_app"]

"""Choose the plain ASGI application that requests enter, so that each has only the classes that its options need."""

from paysandbox.kit.runtime import Runtime
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.cors import CorsApp


def choose_door(runtime: Runtime) -> type[AsgiApp]:
    """Return the application's class for a sandbox, with or without CORS and a store."""
    with_cors = bool(runtime.settings.cors_origins)
    if runtime.replication is None:
        return CorsApp if with_cors else AsgiApp
    from paysandbox.web.stored import StoredApp, StoredCorsApp  # noqa: PLC0415 - a start in memory must not wait

    return StoredCorsApp if with_cors else StoredApp

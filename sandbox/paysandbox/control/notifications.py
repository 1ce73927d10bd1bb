"""Notifications that the vendors would have sent, as JSON."""

from typing import Any, Final

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace

OUTBOX: Final = "outbox"


def list_notifications(namespace: Namespace, runtime: Runtime) -> list[dict[str, Any]]:
    """List the notifications of a namespace, with the provider of each, oldest first."""
    return [
        {"provider": name, **read_json(write_json(message))}
        for name, service in runtime.services.items()
        if OUTBOX in service.provider.state.table_defs()
        for message in namespace.state(name).table(OUTBOX).records()
    ]

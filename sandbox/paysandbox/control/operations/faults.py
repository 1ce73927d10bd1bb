"""Faults of a namespace, of calls and of webhook deliveries: create, list and delete them."""

from decimal import Decimal
from typing import Any

import msgspec

from paysandbox.control.fault_view import describe_fault
from paysandbox.control.lookup import check_events, find_namespace
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, When


def list_faults(call: Call, runtime: Runtime) -> Reply:
    """List the faults, with how often each has struck."""
    return Reply(200, {"faults": [describe_fault(fault) for fault in find_namespace(call, runtime).faults]})


def create_fault(call: Call, runtime: Runtime) -> Reply:
    """Create a fault that may strike from the next call or delivery on.

    Raises:
        NotAllowed: the provider, the operation or the event does not exist, or does not go with the effect.
    """
    namespace = find_namespace(call, runtime)
    provider, operation, event = (call.body.get(name) for name in ("provider", "operation", "event"))
    effect = msgspec.convert(_convert_whole_numbers(call.body["then"]), Effect)
    if (operation if effect.strikes_deliveries else event) is not None:
        message = "a fault of calls strikes an operation, one of webhooks an event; this names the other"
        raise NotAllowed(message, at="/operation" if effect.strikes_deliveries else "/event")
    if effect.strikes_deliveries:
        check_events(provider, () if event is None else (event,), runtime, at="/event")
    else:
        _check_target(provider, operation, runtime)
    when = msgspec.convert(_convert_whole_numbers(call.body.get("when", {})), When)
    return Reply(201, describe_fault(namespace.faults.add(provider, operation or event, when, effect)))


def clear_faults(call: Call, runtime: Runtime) -> Reply:
    find_namespace(call, runtime).faults.clear()
    return Reply(204)


def delete_fault(call: Call, runtime: Runtime) -> Reply:
    """Delete a fault.

    Raises:
        NotFound: no fault has this id.
    """
    faults = find_namespace(call, runtime).faults
    if not faults.remove(call.path["id"]):
        there = ", ".join(fault.id for fault in faults) or "none"
        raise NotFound(f"there is no fault {call.path['id']!r} here; there are {there}", at="{id}")
    return Reply(204)


def _check_target(provider: str | None, operation: str | None, runtime: Runtime) -> None:
    if provider is not None and provider not in runtime.services:
        raise NotAllowed(f"there is no provider {provider!r}; there are {', '.join(runtime.services)}", at="/provider")
    if operation is None:
        return
    asked = [runtime.services[provider]] if provider is not None else list(runtime.services.values())
    known = list(dict.fromkeys(one.id for service in asked for one in service.contract.operations))
    if operation not in known:
        none = f"{provider} has no operation" if provider is not None else "no provider has an operation"
        raise NotAllowed(f"{none} {operation!r}; there are {', '.join(known)}", at="/operation")


def _convert_whole_numbers(properties: dict[str, Any]) -> dict[str, Any]:
    """Convert 503.0 to 503, which JSON Schema takes for the same integer."""
    return {
        name: int(value) if isinstance(value, Decimal) and name != "probability" else value
        for name, value in properties.items()
    }

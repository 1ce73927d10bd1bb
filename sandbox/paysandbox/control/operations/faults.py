"""Failures on order: made, listed, called off."""

from decimal import Decimal
from typing import Any

import msgspec

from paysandbox.control.lookup import namespace_of
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, Fault, When


def list_faults(call: Call, runtime: Runtime) -> Reply:
    """What is to go wrong, and how often it has."""
    return Reply(200, {"faults": [_shown(fault) for fault in namespace_of(call, runtime).faults]})


def create_fault(call: Call, runtime: Runtime) -> Reply:
    """Let something go wrong from the next call on.

    Raises:
        NotAllowed: a provider or an operation that there is not.
    """
    namespace = namespace_of(call, runtime)
    provider, operation = call.body.get("provider"), call.body.get("operation")
    _check_target(provider, operation, runtime)
    when = msgspec.convert(_whole(call.body.get("when", {})), When)
    effect = msgspec.convert(_whole(call.body["then"]), Effect)
    return Reply(201, _shown(namespace.faults.add(provider, operation, when, effect)))


def clear_faults(call: Call, runtime: Runtime) -> Reply:
    """Let nothing go wrong any more."""
    namespace_of(call, runtime).faults.clear()
    return Reply(204)


def delete_fault(call: Call, runtime: Runtime) -> Reply:
    """Call one off.

    Raises:
        NotFound: there is none of this id.
    """
    faults = namespace_of(call, runtime).faults
    if not faults.remove(call.path["id"]):
        there = ", ".join(fault.id for fault in faults) or "none"
        raise NotFound(f"there is no fault {call.path['id']!r} here; there are {there}")
    return Reply(204)


def _check_target(provider: str | None, operation: str | None, runtime: Runtime) -> None:
    if provider is not None and provider not in runtime.services:
        raise NotAllowed(f"there is no provider {provider!r}; there are {', '.join(runtime.services)}")
    if operation is None:
        return
    asked = [runtime.services[provider]] if provider is not None else list(runtime.services.values())
    known = list(dict.fromkeys(one.id for service in asked for one in service.contract.operations))
    if operation not in known:
        none = f"{provider} has no operation" if provider is not None else "no provider has an operation"
        raise NotAllowed(f"{none} {operation!r}; there are {', '.join(known)}")


def _whole(members: dict[str, Any]) -> dict[str, Any]:
    """The members, 503.0 being 503 as JSON Schema has it."""
    return {
        name: int(value) if isinstance(value, Decimal) and name != "probability" else value
        for name, value in members.items()
    }


def _shown(fault: Fault) -> dict[str, Any]:
    """A fault as answered; what it does not say is left out."""
    shown: dict[str, Any] = {"id": fault.id}
    if fault.provider is not None:
        shown["provider"] = fault.provider
    if fault.operation is not None:
        shown["operation"] = fault.operation
    when = _members(fault.when)
    if when:
        shown["when"] = when
    return {**shown, "then": _members(fault.effect), "fired": fault.fired}


def _members(record: msgspec.Struct) -> dict[str, Any]:
    """The members that are not left at their defaults."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(record)}
    return {name: value for name, value in msgspec.structs.asdict(record).items() if value != defaults[name]}

"""Faults as JSON."""

from typing import Any

import msgspec

from paysandbox.store.faults import Fault


def describe_fault(fault: Fault) -> dict[str, Any]:
    """Describe a fault; properties at their defaults are omitted."""
    shown: dict[str, Any] = {"id": fault.id}
    if fault.provider is not None:
        shown["provider"] = fault.provider
    if fault.target is not None:
        shown["event" if fault.effect.strikes_deliveries else "operation"] = fault.target
    when = _list_given_properties(fault.when)
    if when:
        shown["when"] = when
    return {**shown, "then": _list_given_properties(fault.effect), "fired": fault.fired}


def _list_given_properties(record: msgspec.Struct) -> dict[str, Any]:
    """The properties that are not left at their defaults."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(record)}
    return {name: value for name, value in msgspec.structs.asdict(record).items() if value != defaults[name]}

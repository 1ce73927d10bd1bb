"""The view of a namespace's faults, and those that are ordered most."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.control.fault_view import describe_fault
from paysandbox.control.lookup import get_namespace
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime

# What a page says of them, and the property `then` with `when` of a new fault.
COMMON: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("The reply is lost after the call was carried out, once", {"when": {"times": 1}, "then": {"drop": "after"}}),
    ("503 twice, then well again", {"when": {"times": 2}, "then": {"status": 503}}),
    ("Replies come two seconds later", {"then": {"delay_ms": 2000}}),
    ("The connection is cut before the call is carried out, once", {"when": {"times": 1}, "then": {"drop": "before"}}),
    ("The reply ends after 10 bytes, once", {"when": {"times": 1}, "then": {"truncate": 10}}),
    ("Every call is answered with 500", {"then": {"status": 500}}),
)


class FaultRow(Struct, frozen=True):
    """A fault: what it strikes, when, and what it does, in words; `fired` is how often it has struck."""

    id: str
    target: str
    when: str
    then: str
    fired: int


class FaultsView(Struct, frozen=True):
    """`targets` and `common` have the JSON of properties of a new fault, with what they say."""

    namespace: str
    rows: tuple[FaultRow, ...]
    targets: tuple[tuple[str, str], ...]
    common: tuple[tuple[str, str], ...]


def build_faults(runtime: Runtime, name: str) -> FaultsView:
    """Build the view.

    Raises:
        NotFound: the namespace does not exist.
    """
    namespace = get_namespace(name, runtime)
    faults = namespace.faults if namespace.is_faulty else ()
    return FaultsView(
        namespace=name,
        rows=tuple(_describe_row(describe_fault(fault)) for fault in faults),
        targets=tuple(_list_targets(runtime)),
        common=tuple((label, write_json(fault).decode()) for label, fault in COMMON),
    )


def _list_targets(runtime: Runtime) -> Iterator[tuple[str, str]]:
    yield "All calls", "{}"
    for name, service in runtime.services.items():
        yield f"{service.contract.title}: all calls", write_json({"provider": name}).decode()
        for operation in service.contract.operations:
            chosen = {"provider": name, "operation": operation.id}
            yield f"{service.contract.title}: {operation.id}", write_json(chosen).decode()


def _describe_row(fault: Mapping[str, Any]) -> FaultRow:
    target = [fault[name] for name in ("provider", "operation", "event") if name in fault]
    return FaultRow(
        id=fault["id"],
        target=" ".join(target) or "all calls",
        when=_describe(fault.get("when", {})) or "always",
        then=_describe(fault["then"]),
        fired=fault["fired"],
    )


def _describe(properties: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in properties.items())

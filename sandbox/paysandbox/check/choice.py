"""Choose the operations to call."""

from collections.abc import Collection
from typing import Final

from paysandbox.core.nearest import list_nearest
from paysandbox.kit.provider import Service

READING: Final = {"GET", "HEAD"}
SAFE: Final = {*READING, "OPTIONS", "TRACE", "QUERY"}  # methods that change nothing (RFC 9110, 9.2.1)


def skip_operations(
    service: Service, chosen: Collection[str], tags: Collection[str], *, reads_only: bool
) -> frozenset[str]:
    """Return the ids of the operations to leave out.

    With ids or tags, only operations that have one of them are called. With `reads_only`, only reads are called.
    """
    of_tag = list_tags(service)
    return frozenset(
        operation.id
        for operation in service.contract.operations
        if ((chosen or tags) and operation.id not in chosen and of_tag.get(operation.id) not in tags)
        or (reads_only and operation.method not in READING)
    )


def list_tags(service: Service) -> dict[str, str]:
    """The first tag of each operation that has one."""
    found = {}
    for operation in service.contract.operations:
        written = service.contract.document["paths"][operation.template][operation.method.lower()]
        for tag in written.get("tags", ())[:1]:
            found[operation.id] = str(tag)
    return found


def describe_empty_choice(chosen: Collection[str], *, reads_only: bool) -> str:
    """Why no operation is left to call."""
    if not reads_only:
        return "no operation is left to check"
    where = "among the chosen" if chosen else "there"
    return f"--read-only sends only GET and HEAD, and no operation of that kind is {where}"


def describe_unknown_choice(
    services: Collection[Service], chosen: Collection[str], tags: Collection[str]
) -> str | None:
    """Which operation or tag no API has, and which there are; None if all are known."""
    operations = {operation.id for service in services for operation in service.contract.operations}
    known_tags = {tag for service in services for tag in list_tags(service).values()}
    for kind, wanted, found in (("operation", chosen, operations), ("tag", tags, known_tags)):
        for name in wanted:
            if name not in found:
                see = "paysandbox operations" if kind == "operation" else ""
                return f"unknown {kind} {name!r}; the {kind}s are {list_nearest(name, found, see)}"
    return None

"""Every operation and page of the control plane as a request, made from its contract and its routes."""

import re
from collections.abc import Iterator
from typing import Final

from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX, Runtime
from paysandbox.web.console.routes import PAGES
from tests.helpers.raw_http import Message

# What stands for each path parameter; an operation with another one stops the tests until it is named here.
NAMED: Final = {"ns": "default", "provider": "crm_com", "name": "fixtures", "table": "tokens", "id": "default-1"}
KEY: Final = "B8D7A12E9F91AFADE914B7330AFD08CB"
FOR_EVERYBODY: Final = "health"


def control_operations(runtime: Runtime) -> tuple[Operation, ...]:
    return runtime.control.contract.operations


def path_of(operation: Operation, **names: str) -> str:
    """Where it stands, with the parameters of its path filled in."""
    known = {"key": KEY, **NAMED, **names}
    return f"/{CONTROL_PREFIX}" + re.sub(r"\{([a-z]+)\}", lambda found: known[found[1]], operation.template)


def page_paths(runtime: Runtime) -> list[str]:
    """Return the paths of all pages; a page about a contract once for each contract, that of a call for the first."""
    services = [*runtime.services, CONTROL]
    filled = (
        route.path.replace("{provider}", name)
        .replace("{id}", NAMED["id"])
        .replace("{ns}", NAMED["ns"])
        .replace("{name}", NAMED["name"])
        .replace(
            "{operation}", (runtime.control if name == CONTROL else runtime.services[name]).contract.operations[0].id
        )
        .replace("{table}/{key:path}", "" if name == CONTROL else _find_record(runtime, name, route.path))
        for route in PAGES
        for name in services
        if name != CONTROL or "{ns}" not in route.path  # the control plane has no records
    )
    return list(dict.fromkeys(f"/{CONTROL_PREFIX}{path}" for path in filled))


def _find_record(runtime: Runtime, provider: str, page: str) -> str:
    """Return table and key of a record of the fixtures; for a page of the ledger of a document."""
    rows = runtime.namespaces.baselines[provider].fixture_rows
    documents = {statement.table for statement in runtime.services[provider].provider.statements}
    tables = [name for name in rows if name in documents or not page.startswith("/ledger/")]
    return next(f"{name}/{key}" for name in tables for key in rows[name].records)


def control_requests(runtime: Runtime) -> Iterator[tuple[str, Message]]:
    """Yield each page, and each operation that is not public by its id; a body is empty, as admission comes first."""
    for path in page_paths(runtime):
        yield path, Message("GET", path)
    for operation in control_operations(runtime):
        if operation.id == FOR_EVERYBODY:
            continue
        message = Message(operation.method, path_of(operation))
        if operation.body is not None:
            message = message.having("content-type", "application/json").but(body=b"{}")
        yield operation.id, message

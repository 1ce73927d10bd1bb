"""Every operation of the control plane as a request, made from its contract: a new one is found by itself."""

import re
from collections.abc import Iterator
from typing import Final

from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import CONTROL_PREFIX, Runtime
from tests.helpers.raw_http import Message

# What stands for each path parameter; an operation with another one stops the tests until it is named here.
NAMED: Final = {"ns": "default", "provider": "crm_com", "name": "fixtures", "table": "tokens", "id": "default-1"}
KEY: Final = "B8D7A12E9F91AFADE914B7330AFD08CB"
FOR_EVERYBODY: Final = "health"


def control_operations(runtime: Runtime) -> tuple[Operation, ...]:
    """All of them."""
    return runtime.control.contract.operations


def path_of(operation: Operation, **names: str) -> str:
    """Where it stands, with the parameters of its path filled in."""
    known = {"key": KEY, **NAMED, **names}
    return f"/{CONTROL_PREFIX}" + re.sub(r"\{([a-z]+)\}", lambda found: known[found[1]], operation.template)


def control_requests(runtime: Runtime) -> Iterator[tuple[Operation, Message]]:
    """Each operation that is not for everybody, as far as who asks is concerned: a body is empty, and read later."""
    for operation in control_operations(runtime):
        if operation.id == FOR_EVERYBODY:
            continue
        message = Message(operation.method, path_of(operation))
        if operation.body is not None:
            message = message.having("content-type", "application/json").but(body=b"{}")
        yield operation, message

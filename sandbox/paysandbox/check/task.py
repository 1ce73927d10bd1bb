"""Tasks of a check: one API, or half of one, so that a check of one API has two processors."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from paysandbox.check.data_file import GivenData
from paysandbox.check.profiles import Profile
from paysandbox.check.results import KEPT
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL

PARTS: Final = 2  # whatever the machine has, because which cases are sent must not depend on it
FEW: Final = 6  # operations; fewer are not worth the start of a process


class Task(Struct, frozen=True, kw_only=True):
    """The check of one API, as values that can be sent to another process.

    `url` is as in CheckRequest. `given`, `unchecked` and `keeps_to_chosen` are as in Target. `namespace` is the one to
    work in; None if the server is not a sandbox.
    """

    name: str
    depth: Profile
    url: str | None
    namespace: str | None
    credentials: Mapping[str, str]
    secret: Mapping[str, str] = field(default_factory=dict)
    control_token: str | None = None
    given: GivenData = GivenData()
    unchecked: frozenset[str] = frozenset()
    reads_only: bool = False
    keeps_to_chosen: bool = False
    most: int = KEPT
    strict_assumed: bool = False
    application: Mapping[str, Any] = field(default_factory=dict)

    def is_empty(self, service: Service) -> bool:
        """Whether no operation of the API is to be checked."""
        return all(operation.id in self.unchecked for operation in service.contract.operations)


def split_task(task: Task, service: Service) -> list[Task]:
    """The parts of a task, with about half of the operations each; the task itself where it cannot be split.

    Scenarios go along links from any operation to any other, so they are not. Another server might notice two
    checks at once in its records, as might a running sandbox's control plane.
    """
    running_control = task.name == CONTROL and task.url is not None
    if task.depth.scenarios or running_control or (task.url is not None and task.namespace is None):
        return [task]
    checked = [operation for operation in service.contract.operations if operation.id not in task.unchecked]
    if len(checked) < FEW:
        return [task]
    by_body = sorted(checked, key=lambda operation: operation.body is None)  # which have most cases, first
    everything = {operation.id for operation in service.contract.operations}
    shares = [{operation.id for operation in by_body[number::PARTS]} for number in range(PARTS)]
    return [
        replace(
            task,
            unchecked=frozenset(everything - share),
            namespace=task.namespace if task.url is None else f"{task.namespace}-{number}",
        )
        for number, share in enumerate(shares, start=1)
    ]

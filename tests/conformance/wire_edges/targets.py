"""The control plane on a live server, as edges meet it: what it has to lose is the whole sandbox."""

from collections.abc import Sequence
from typing import Any

from paysandbox.check.scratch_namespace import ScratchNamespace
from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.server.live import Server
from paysandbox.testing import Client
from tests.helpers.raw_http import Target
from tests.helpers.runtimes import dump


def one_of_each(operations: Sequence[Operation]) -> list[Operation]:
    """The last operation of each kind that the wire can tell apart: its method, whether it has an id, or a body.

    The control plane has many operations, and nothing that its edges are about depends on which one is called.
    """
    return list({(one.method, "{" in one.template, one.body is not None): one for one in operations}.values())


class ControlTarget(Target):
    """The control plane after its set-up calls, on a server whose clock stands still."""

    def __init__(self, server: Server) -> None:
        super().__init__(server, CONTROL)
        self.operations = tuple(one_of_each(self.subject.operations))
        self._scratch = ScratchNamespace(Client(server.runtime), setup_steps=self.subject.setup_steps)

    def reset(self) -> None:
        """The default namespace after the set-up calls, and no other."""
        for one in list(self._runtime.namespaces):
            if one.name != self._scratch.name:
                self._runtime.namespaces.drop(one.name)
        self._scratch.reset()

    def dump(self) -> dict[str, Any]:
        """Everything that the sandbox remembers."""
        return whole(self._runtime)


def whole(runtime: Runtime) -> dict[str, Any]:
    """Everything that a sandbox remembers, by namespace."""
    return {
        one.name: {
            "records": {name: dump(runtime, name, one.name) for name in runtime.services},
            "clock": (one.clock.now(), one.clock.frozen),
            "requests": (one.requests, [entry.number for entry in one.journal]),
            "snapshots": one.snapshots,
            "faults": [(fault.id, fault.fired) for fault in one.faults],
            "webhooks": [] if one.webhooks is None else [endpoint.id for endpoint in one.webhooks.endpoints],
            "deliveries": [] if one.webhooks is None else [delivery.id for delivery in one.webhooks.deliveries],
            "counts": {name: dict(units) for name, units in one.counts.items()},
        }
        for one in list(runtime.namespaces)
    }

"""The control plane on a live server, as edges meet it: what it has to lose is the whole sandbox."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sandbox.check.ground import Ground
from sandbox.check.memory import Client
from sandbox.contract.operation import Operation
from sandbox.server import Server
from sandbox.world import CONTROL, World
from tests.raw_http import Message, Target
from tests.support import dump


def one_of_each(operations: Sequence[Operation]) -> list[Operation]:
    """The last operation of each kind that the wire can tell apart: its method, whether it has an id, or a body.

    The control plane has many operations, and nothing that its edges are about depends on which one is called.
    """
    return list({(one.method, "{" in one.template, one.body is not None): one for one in operations}.values())


class ControlTarget(Target):
    """The control plane with its scene set, on a server whose clock stands still."""

    def __init__(self, server: Server) -> None:
        super().__init__(server, CONTROL)
        self.operations = tuple(one_of_each(self.subject.operations))
        self._ground = Ground(Client(server.world), scene=self.subject.scene)

    def reset(self) -> None:
        """The default namespace with its scene, and no other."""
        for one in list(self._world.namespaces):
            if one.name != self._ground.name:
                self._world.namespaces.drop(one.name)
        self._ground.reset()

    @contextmanager
    def unharmed(self, operation: Operation) -> Iterator[None]:
        """Check that the block changes nothing, and that the operation's valid call is carried out after it."""
        self.reset()
        before = whole(self._world)
        yield
        self.send(Message("GET", "/_sandbox/health"))  # whoever left without an answer has been noticed by then
        assert whole(self._world) == before, operation.id
        assert self.done(operation, self.send(self.valid(operation))), operation.id


def whole(world: World) -> dict[str, Any]:
    """Everything that a sandbox remembers, by namespace."""
    return {
        one.name: {
            "records": {name: dump(world, name, one.name) for name in world.services},
            "clock": (one.clock.now(), one.clock.frozen),
            "requests": (one.requests, [entry.number for entry in one.journal]),
            "snapshots": one.snapshots,
            "faults": [(fault.id, fault.fired) for fault in one.faults],
            "counts": {name: dict(units) for name, units in one.counts.items()},
        }
        for one in list(world.namespaces)
    }

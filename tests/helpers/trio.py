"""Two workers over one log beside a sandbox in memory, and the calls that are made of all three."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import Log
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.helpers.stores import catch_up, create_worker, describe_replica
from tests.helpers.valid_calls import operations, valid_call

Action = Callable[[Client, str], Response]
NAMESPACES: Final = ("default", "mine")
CONTROL: Final[dict[str, Action]] = {
    "reset": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/reset"),
    "snapshot": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/snapshots", {"name": "one"}),
    "restore": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/snapshots/one/restore"),
    "restore fixtures": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/snapshots/fixtures/restore"),
    "delete snapshot": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}/snapshots/one"),
    "diff": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/snapshots/fixtures/diff"),
    "advance": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/clock/advance", {"seconds": 3600}),
    "freeze": lambda client, ns: client.put(f"/_sandbox/namespaces/{ns}/clock", {"frozen": True}),
    "chance fault": lambda client, ns: client.post(
        f"/_sandbox/namespaces/{ns}/faults", {"then": {"status": 503}, "when": {"probability": 0.5, "seed": 7}}
    ),
    "webhook fault": lambda client, ns: client.post(
        f"/_sandbox/namespaces/{ns}/faults", {"then": {"webhook": "duplicate"}, "when": {"after": 1, "times": 2}}
    ),
    "list faults": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/faults"),
    "delete fault": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}/faults/fault-1"),
    "clear faults": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}/faults"),
    "endpoint": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/webhooks", {"url": "http://127.0.0.1:9/"}),
    "delete endpoint": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}/webhooks/endpoint-1"),
    "webhooks": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/webhooks"),
    "redeliver": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/webhooks/delivery-1/redeliver"),
    "clear journal": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}/requests"),
    "expect": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/requests/{ns}-1/expect"),
    "create": lambda client, ns: client.post("/_sandbox/namespaces", {"name": ns, "now": "2026-02-03T04:05:06Z"}),
    "create any": lambda client, _: client.post("/_sandbox/namespaces", {}),
    "fork": lambda client, ns: client.post(f"/_sandbox/namespaces/{ns}/fork", {"name": "forked"}),
    "delete": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}"),
    "delete forked": lambda client, _: client.delete("/_sandbox/namespaces/forked"),
    "delete uncounted": lambda client, ns: client.delete(f"/_sandbox/namespaces/{ns}", query="counted=false"),
    "get": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}"),
    "coverage": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/coverage"),
    "total coverage": lambda client, _: client.get("/_sandbox/coverage"),
    "invariants": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/invariants"),
    "outbox": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/outbox"),
    "export": lambda client, ns: client.get(f"/_sandbox/namespaces/{ns}/export"),
    "unknown": lambda client, _: client.get("/_sandbox/namespaces/nowhere"),
    "no provider": lambda client, ns: client.get(f"/ns/{ns}/nobody"),
    "no namespace": lambda client, _: client.get("/ns/!/invoiless/v1/invoices"),
    "import": lambda client, ns: client.post(
        f"/_sandbox/namespaces/{ns}/import",
        {"invoiless": client.get("/_sandbox/namespaces/default/export").json["invoiless"]},
    ),
}


class Trio:
    """Workers over one log, taking turns, beside a sandbox in memory that gets the same calls."""

    def __init__(self, base: Runtime, logs: Sequence[Log]) -> None:
        """`logs` are the log as each worker has it open."""
        self.base, self.logs = base, logs
        self.workers = [create_worker(base, log) for log in logs]
        self.clients = [Client(worker) for worker in self.workers]
        self.memory = Client(fresh_runtime(base))

    def act(self, action: Action, namespace: str, worker: int) -> Response:
        """Check that a worker answers what the sandbox in memory answers."""
        found, wanted = action(self.clients[worker], namespace), action(self.memory, namespace)
        assert (found.status, found.headers, found.content) == (wanted.status, wanted.headers, wanted.content)
        return found

    def check_replicas(self) -> None:
        """Check that the workers, and one that has read the log alone, hold the same."""
        baselines = self.base.namespaces.baselines
        workers = [*self.workers, create_worker(self.base, self.logs[0])]
        for name in asyncio.run(self.logs[0].list_names()):
            catch_up(name, *workers)
            first, *others = [describe_replica(worker.namespaces.replica(name), baselines) for worker in workers]  # type: ignore[attr-defined] # they are Replicas
            for other in others:
                for part, held in first.items():
                    assert other[part] == held, part


class Calls(dict[str, Action]):
    """Calls by their names, which Hypothesis shows in short."""

    def __repr__(self) -> str:
        return f"{len(self)} calls"


def calls_of(base: Runtime) -> Calls:
    """A valid call of each operation; some are refused after others, which is as good."""
    found = Calls()
    for provider, operation in operations(base):
        call = valid_call(base, provider, operation)
        found[call.name] = lambda client, ns, call=call: call.send(client, f"/ns/{ns}")  # type: ignore[misc] # a default
    return found

"""Workers that share a log answer as one sandbox in memory does, and hold the same."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.codec import Codec
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica
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
    """Two workers over one log, taking turns, beside a sandbox in memory that gets the same calls."""

    def __init__(self, base: Runtime) -> None:
        self.base, self.log = base, MemoryLog()
        self.workers = [create_worker(base, self.log) for _ in range(2)]
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
        everybody = [*self.workers, create_worker(self.base, self.log)]
        for name in list(self.log.entries):
            catch_up(name, *everybody)
            first, *others = [describe_replica(one.namespaces.replica(name), baselines) for one in everybody]  # type: ignore[attr-defined] # they are Replicas
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


@pytest.fixture(scope="module")
def calls(base_runtime: Runtime) -> Calls:
    return calls_of(base_runtime)


def test_every_operation_answers_the_same_bytes_from_two_workers(base_runtime: Runtime, calls: Calls) -> None:
    trio = Trio(base_runtime)
    for number, call in enumerate([*calls.values(), *calls.values()]):
        trio.act(call, "default", number % 2)
    trio.check_replicas()


def test_every_control_call_answers_the_same_from_two_workers(base_runtime: Runtime, calls: Calls) -> None:
    """Each after some payments, and by the worker that did not make the call before."""
    trio = Trio(base_runtime)
    made = list(calls.values())
    for number, action in enumerate(CONTROL.values()):
        for place, call in enumerate(made[number % 7 :: 7]):
            trio.act(call, NAMESPACES[number % 2], place % 2)
        for worker in (0, 1):
            trio.act(action, NAMESPACES[number % 2], worker)
    trio.check_replicas()


STEP: Final = st.tuples(st.booleans(), st.integers(0, 999), st.sampled_from(NAMESPACES), st.integers(0, 1))


@pytest.mark.property
@settings(max_examples=25)
@given(steps=st.lists(STEP, min_size=1, max_size=15))
def test_any_sequence_answers_the_same_from_two_workers(
    base_runtime: Runtime, calls: Calls, steps: list[tuple[bool, int, str, int]]
) -> None:
    """Each step is a control call or a provider's, in a namespace, by a worker."""
    trio = Trio(base_runtime)
    for is_control, number, namespace, worker in steps:
        actions = list(CONTROL.values()) if is_control else list(calls.values())
        trio.act(actions[number % len(actions)], namespace, worker)
    trio.check_replicas()


def test_the_log_is_trimmed_and_a_new_worker_still_reads_all(
    base_runtime: Runtime, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 10)
    trio = Trio(base_runtime)
    trio.act(CONTROL["endpoint"], "default", 0)
    for number, call in enumerate([*calls.values()][:90]):
        trio.act(call, "default", number % 2)
        if number % 30 == 10:
            trio.act(CONTROL["snapshot"], "default", number % 2)
    kinds = [entry.whole is not None for entry in _decode(trio, "default")]
    assert 2 <= sum(kinds) < 10
    trio.check_replicas()


def test_a_journal_beyond_its_limit_is_as_long_after_a_restart(
    base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 5)
    log = MemoryLog()
    worker = create_worker(base_runtime, log, journal_entries=8)
    client = Client(worker)
    for _ in range(40):
        client.get("/invisible-collector/companies")
    listing = client.get("/_sandbox/namespaces/default/requests").json
    again = (
        Client(create_worker(base_runtime, log, journal_entries=8)).get("/_sandbox/namespaces/default/requests").json
    )
    assert len(log.entries["default"]) < 15
    assert listing["evicted"] == 40 - 8
    assert again["evicted"] + len(again["requests"]) == 40
    assert again["requests"] == listing["requests"][-len(again["requests"]) :]
    assert len(again["requests"]) >= 5


def test_a_forgotten_log_is_noticed(base_runtime: Runtime) -> None:
    trio = Trio(base_runtime)
    client = trio.clients[0]
    client.get("/invisible-collector/companies")
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 1
    trio.log.entries.clear()
    trio.log.appended += 1
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 0
    assert client.get("/invisible-collector/companies").headers["x-sandbox-request"] == "default-1"


def test_another_log_in_its_place_is_noticed(base_runtime: Runtime) -> None:
    """Of the same length, so that only the token tells."""
    trio, other = Trio(base_runtime), Trio(base_runtime)
    for client in (trio.clients[0], other.clients[0]):
        client.get("/invisible-collector/companies")
    other.clients[0].post("/_sandbox/namespaces/default/snapshots", {"name": "theirs"})
    trio.clients[0].post("/_sandbox/namespaces/default/snapshots", {"name": "mine"})
    trio.log.entries["default"] = other.log.entries["default"]
    client = trio.clients[0]
    trio.log.appended += 1
    names = [one["name"] for one in client.get("/_sandbox/namespaces/default/snapshots").json["snapshots"]]
    assert names == ["fixtures", "theirs"]


def test_more_namespaces_than_the_limit_are_kept_all(base_runtime: Runtime) -> None:
    log = MemoryLog()
    client = Client(create_worker(base_runtime, log, namespace_limit=3))
    for number in range(8):
        client.get(f"/ns/n{number}/invisible-collector/companies")
    for number in range(8):
        assert client.get(f"/_sandbox/namespaces/n{number}").json["requests"] == 1
    assert len(client.get("/_sandbox/namespaces").json["namespaces"]) == 9


def _decode(trio: Trio, namespace: str) -> list[Any]:
    codec = Codec(trio.base.namespaces.baselines, trio.base.settings.seed)
    return [codec.decode(namespace, stored) for stored in trio.log.entries[namespace]]

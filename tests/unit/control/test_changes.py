"""What a call changed in the records: `changes` of `GET /_sandbox/namespaces/{ns}/requests/{id}`."""

from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.control.changes_view import MOST
from paysandbox.control.masking import MASK
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, When
from tests.helpers.runtimes import Client, fresh_runtime
from tests.helpers.stores import MemoryLog, catch_up, create_worker
from tests.helpers.valid_calls import operations, valid_call

BASE = "/_sandbox/namespaces/default"
PAY = "/invoicexpress/documents/1/partial_payments.json"
KEY = "api_key=ix-test-key"


def pay(client: Client, amount: Any = 100) -> None:
    client.post(PAY, {"partial_payment": {"amount": amount}}, query=KEY)


def read_changes(client: Client, number: int = 1) -> Any:
    return client.get(f"{BASE}/requests/default-{number}").json["changes"]


def flatten(difference: Any, provider: str) -> dict[tuple[str, str], Any]:
    """Before and after of each record in a snapshot's difference."""
    found: dict[tuple[str, str], Any] = {}
    for table, kinds in difference.get(provider, {}).items():
        found |= {(table, key): (None, record) for key, record in kinds["added"].items()}
        found |= {(table, key): (record, None) for key, record in kinds["removed"].items()}
        found |= {(table, key): (change["before"], change["after"]) for key, change in kinds["changed"].items()}
    return found


def test_the_changes_of_each_operation_are_those_of_a_snapshot(base_runtime: Runtime) -> None:
    """The second oracle compares the tables, and knows nothing of the transaction."""
    written = 0
    for provider, operation in operations(base_runtime):
        client = Client(fresh_runtime(base_runtime))
        valid_call(base_runtime, provider, operation).send(client)
        changes = read_changes(client)
        told = {(one["table"], one["key"]): (one["before"], one["after"]) for one in changes}
        compared = flatten(client.get(f"{BASE}/snapshots/fixtures/diff").json, provider)
        if MASK in write_json(changes).decode():  # a token is no key to compare by
            assert len(told) == len(compared), operation.id
        else:
            assert told == compared, operation.id
        written += len(told)
    assert written > 50


def test_a_refused_call_and_a_simulated_one_change_nothing(client: Client) -> None:
    pay(client, 99999)
    client.post(PAY, {"partial_payment": {"amount": 1}}, query=KEY, headers={"prefer": "code=404"})
    client.runtime.namespaces.get("default").faults.add(None, None, When(), Effect(status=503))
    pay(client)
    assert [read_changes(client, number) for number in (1, 2, 3)] == [[], [], []]


def test_a_record_that_is_written_twice_is_told_once(client: Client) -> None:
    """A payment that settles a debt writes it for the amount and for the status."""
    body = {
        "number": "RG 1",
        "type": "RG",
        "date": "2016-07-20",
        "currency": "EUR",
        "lines": [{"number": "FT 2016/101", "amount": 1}],
    }
    client.post("/invisible-collector/payments", body, headers={"authorization": "Bearer ic-test-token"})
    created, changed = read_changes(client)
    assert (created["table"], created["before"]) == ("payments", None)
    assert changed["table"] == "debts"
    assert changed["before"].keys() == changed["after"].keys() == {"paidTotal"}


def test_credentials_are_masked(client: Client) -> None:
    """Of a new token neither the key nor the record tells what it is."""
    runtime = client.runtime
    calls = [valid_call(runtime, *one) for one in operations(runtime)]
    [login] = [call for call in calls if call.name == "crm_com createToken"]
    token = login.send(client).json["data"]["token"]
    reply = client.get(f"{BASE}/requests/default-1")
    assert any(one["table"] == "tokens" and one["key"] == MASK for one in reply.json["changes"])
    assert token.encode() not in reply.content


def test_later_changes_do_not_touch_earlier_ones(client: Client) -> None:
    pay(client)
    first = read_changes(client)
    pay(client)
    client.post(f"{BASE}/reset")
    assert read_changes(client) == first
    assert read_changes(client, 2) != first


def test_the_list_has_no_changes(client: Client) -> None:
    """It would be long, and is read for other reasons."""
    pay(client)
    [listed] = client.get(f"{BASE}/requests").json["requests"]
    assert "changes" not in listed


def test_of_many_changed_records_the_first_are_told(client: Client) -> None:
    pay(client)
    namespace = client.runtime.namespaces.get("default")
    [entry] = namespace.journal
    record = next(namespace.state("invoicexpress").table("taxes").records())
    namespace.journal.clear()
    namespace.journal.add(entry, tuple(item for n in range(MOST + 7) for item in ("taxes", n, None, record)))
    reply = client.get(f"{BASE}/requests/default-1").json
    assert (len(reply["changes"]), reply["changes_left_out"]) == (MOST, 7)


@pytest.mark.parametrize("restarted", [False, True], ids=["another worker", "a restarted worker"])
def test_other_workers_know_the_changes_too(base_runtime: Runtime, *, restarted: bool) -> None:
    """They find them in the log's change."""
    log = MemoryLog()
    first, second = Client(create_worker(base_runtime, log)), Client(create_worker(base_runtime, log))
    pay(first)
    pay(second)
    pay(first, 99999)
    if restarted:
        second = Client(create_worker(base_runtime, log))
    catch_up("default", first.runtime, second.runtime)
    told = [read_changes(first, number) for number in (1, 2, 3)]
    assert [read_changes(second, number) for number in (1, 2, 3)] == told
    assert [len(changes) for changes in told] == [4, 4, 0]


def test_what_is_older_than_the_logs_summary_is_not_known(
    base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except that a refused call changed nothing."""
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 3)
    log = MemoryLog()
    client = Client(create_worker(base_runtime, log))
    for amount in (1, *[99999] * 20, 1):
        pay(client, amount)
    restarted = Client(create_worker(base_runtime, log))
    assert read_changes(restarted) is None
    assert read_changes(restarted, 2) == []
    assert read_changes(restarted, 22) == read_changes(client, 22) != []


def test_a_call_that_opens_no_transaction_has_no_writes(client: Client) -> None:
    """What is written between two calls, as by the control plane, is not theirs."""
    pay(client)
    state = client.runtime.namespaces.get("default").state("invoicexpress")
    with state.transaction():
        state.table("taxes").put(replace(next(state.table("taxes").records()), name="Another"))
    client.get("/invoicexpress/no-such-path", query=KEY)
    client.get("/invoicexpress/taxes.json", query=KEY)
    assert [read_changes(client, number) for number in (2, 3)] == [[], []]

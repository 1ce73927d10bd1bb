"""GET …/invariants: the ledgers' invariants, checked over the records as they are now."""

from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import Client, broken_invariants, dump
from tests.helpers.valid_calls import first_calls, operations, valid_call
from tests.unit.control.asking import ROOT, everything


def invariants(client: Client, name: str = DEFAULT) -> list[dict[str, Any]]:
    response = client.get(f"{ROOT}/{name}/invariants")
    assert response.status == 200
    found: list[dict[str, Any]] = response.json["invariants"]
    return found


def overpay(runtime: Runtime, name: str) -> None:
    """Make an invoice's paid amount another than its receipts'."""
    state = runtime.namespaces.get(name).state("invoicexpress")
    invoice = next(iter(state.table("invoices").records()))
    state.table("invoices").put(replace(invoice, paid=invoice.total))


def test_every_invariant_of_every_provider_is_told(client: Client) -> None:
    """With its sentence; over the fixtures all hold."""
    found = invariants(client)
    expected = [
        {"id": invariant.id, "provider": name, "says": invariant.says, "holds": True, "where": [], "breaches": []}
        for name, service in client.runtime.services.items()
        for invariant in service.provider.invariants
    ]
    assert found == expected
    assert len({invariant["provider"] for invariant in found}) >= 4


def test_they_hold_after_calls_of_every_operation(client: Client) -> None:
    for name, operation in operations(client.runtime):
        call = valid_call(client.runtime, name, operation)
        for _ in range(2):
            call.send(client)
    assert all(invariant["holds"] for invariant in invariants(client))


@pytest.mark.breaks_invariants
def test_what_breaks_one_is_named(runtime: Runtime, client: Client) -> None:
    """The table, the key, and what would be right; the test suite's own look at the invariants sees it too."""
    overpay(runtime, "one")
    broken = [invariant for invariant in invariants(client, "one") if not invariant["holds"]]
    assert {invariant["provider"] for invariant in broken} == {"invoicexpress"}
    for invariant in broken:
        assert invariant["where"]
        assert all(line.partition("/")[0] == "invoices" for line in invariant["where"])
    lines = [f"one invoicexpress {invariant['id']}: {line}" for invariant in broken for line in invariant["where"]]
    assert broken_invariants(runtime) == lines
    assert all(invariant["holds"] for invariant in invariants(client))


@pytest.mark.breaks_invariants
def test_checking_mends_and_changes_nothing(runtime: Runtime, client: Client) -> None:
    """A broken invariant stays so until a reset mends it."""
    overpay(runtime, "one")
    before = everything(runtime)
    assert invariants(client, "one") == invariants(client, "one")
    assert everything(runtime) == before
    client.post(f"{ROOT}/one/reset")
    assert all(invariant["holds"] for invariant in invariants(client, "one"))
    assert dump(runtime, "invoicexpress", "one") == dump(runtime, "invoicexpress", "never-used")


def test_they_hold_in_a_fork(client: Client) -> None:
    """It is a whole copy."""
    for call in first_calls(client.runtime):
        call.send(client, "/ns/one")
    client.post(f"{ROOT}/one/fork", {"name": "two"})
    for call in first_calls(client.runtime):
        call.send(client, "/ns/two")
    assert all(invariant["holds"] for invariant in invariants(client, "two"))

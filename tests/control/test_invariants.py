"""GET …/invariants: the ledgers' laws, checked over the records as they are now."""

from typing import Any

import pytest
from msgspec.structs import replace

from sandbox.namespaces import DEFAULT
from sandbox.world import World
from tests.control.asking import ROOT, everything
from tests.support import Client, broken_laws, dump
from tests.valid_calls import first_calls, operations, valid_call


def laws(client: Client, name: str = DEFAULT) -> list[dict[str, Any]]:
    """All laws."""
    response = client.get(f"{ROOT}/{name}/invariants")
    assert response.status == 200
    found: list[dict[str, Any]] = response.json["invariants"]
    return found


def overpay(world: World, name: str) -> None:
    """Make an invoice's paid amount another than its receipts'."""
    state = world.namespaces.get(name).state("invoicexpress")
    invoice = next(iter(state.table("invoices").records()))
    state.table("invoices").put(replace(invoice, paid=invoice.total))


def test_every_law_of_every_provider_is_told(client: Client) -> None:
    """With its sentence; over the fixtures all hold."""
    found = laws(client)
    expected = [
        {"id": law.id, "provider": name, "says": law.says, "holds": True, "where": []}
        for name, service in client.world.services.items()
        for law in service.provider.laws
    ]
    assert found == expected
    assert len({law["provider"] for law in found}) >= 4


def test_they_hold_after_calls_of_every_operation(client: Client) -> None:
    """Carried out and refused."""
    for name, operation in operations(client.world):
        call = valid_call(client.world, name, operation)
        for _ in range(2):
            call.send(client)
    assert all(law["holds"] for law in laws(client))


@pytest.mark.breaks_laws
def test_what_breaks_one_is_named(world: World, client: Client) -> None:
    """The table, the key, and what would be right; the test suite's own look at the laws sees it too."""
    overpay(world, "one")
    broken = [law for law in laws(client, "one") if not law["holds"]]
    assert {law["provider"] for law in broken} == {"invoicexpress"}
    for law in broken:
        assert law["where"]
        assert all(line.partition("/")[0] == "invoices" for line in law["where"])
    lines = [f"one invoicexpress {law['id']}: {line}" for law in broken for line in law["where"]]
    assert broken_laws(world) == lines
    assert all(law["holds"] for law in laws(client))


@pytest.mark.breaks_laws
def test_checking_mends_and_changes_nothing(world: World, client: Client) -> None:
    """What is broken stays so until somebody mends it: a reset does."""
    overpay(world, "one")
    before = everything(world)
    assert laws(client, "one") == laws(client, "one")
    assert everything(world) == before
    client.post(f"{ROOT}/one/reset")
    assert all(law["holds"] for law in laws(client, "one"))
    assert dump(world, "invoicexpress", "one") == dump(world, "invoicexpress", "never-used")


def test_they_hold_in_a_fork(client: Client) -> None:
    """It is a whole copy."""
    for call in first_calls(client.world):
        call.send(client, "/ns/one")
    client.post(f"{ROOT}/one/fork", {"name": "two"})
    for call in first_calls(client.world):
        call.send(client, "/ns/two")
    assert all(law["holds"] for law in laws(client, "two"))

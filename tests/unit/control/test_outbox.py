"""GET …/outbox: notifications that would have been sent, and never are."""

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.unit.control.asking import ROOT, everything

KEY = {"api-key": "invoiless-test-key"}
UNTOUCHED = "6554cb5f9b3e7d00418c2f7e"
PAY = f"/invoiless/v1/invoices/{UNTOUCHED}/payments"


def messages(client: Client, name: str = "default") -> list[dict[str, object]]:
    response = client.get(f"{ROOT}/{name}/outbox")
    assert response.status == 200
    found: list[dict[str, object]] = response.json["messages"]
    return found


def pay(client: Client, amount: object, *, notify: bool | None = True, root: str = "") -> int:
    """Pay a part of an invoice, and let its customer know."""
    wish = {} if notify is None else {"sendNotification": notify}
    body = {"amount": amount, "method": "Card", "paidAt": "2026-03-31", **wish}
    return client.post(root + PAY, body, headers=KEY).status


def test_at_first_it_is_empty(client: Client) -> None:
    """The fixtures have sent nothing."""
    assert messages(client) == []


def test_a_notification_says_to_whom_of_what_and_when(runtime: Runtime, client: Client) -> None:
    """In the order of the calls, at the namespace's time."""
    assert pay(client, 1000) == 201
    runtime.namespaces.get("default").clock.advance(60)
    assert pay(client, 600) == 201
    first, second = messages(client)
    assert first["provider"] == "invoiless"
    assert "@" in str(first["to"])
    assert (first["invoice"], first["amount"], second["amount"]) == (UNTOUCHED, 1000, 600)
    assert str(first["at"]).startswith("2026-03-31T12:00:00")
    assert str(second["at"]).startswith("2026-03-31T12:01:00")


@pytest.mark.parametrize("notify", [False, None])
def test_who_does_not_ask_for_it_sends_nothing(client: Client, *, notify: bool | None) -> None:
    """It is off by default."""
    assert pay(client, 1000, notify=notify) == 201
    assert messages(client) == []


def test_a_refused_call_sends_nothing(client: Client) -> None:
    assert pay(client, -1) == 400
    assert messages(client) == []


def test_each_namespace_has_its_own(client: Client) -> None:
    assert pay(client, 1000, root="/ns/one") == 201
    assert messages(client) == []
    assert len(messages(client, "one")) == 1
    client.post(f"{ROOT}/one/reset")
    assert messages(client, "one") == []


def test_looking_sends_and_changes_nothing(client: Client) -> None:
    """It can be looked at again and again."""
    pay(client, 1000)
    before = everything(client.runtime)
    assert messages(client) == messages(client)
    assert everything(client.runtime) == before

"""DELETE /v1/payments/{id}."""

from decimal import Decimal

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    NOBODY,
    NOT_FOUND,
    PAID,
    PAID_PAYMENT,
    PENDING,
    PROVIDER,
    REFUNDED,
    REFUNDED_PAYMENT,
    THREE,
    THREE_LAST,
    invoice,
    path_of,
    payments_of,
    standing,
)


def test_a_deleted_payment_is_answered_with_a_message(api: Client) -> None:
    """200, not 204."""
    response = api.delete(path_of(THREE_LAST))
    assert (response.status, response.content) == (200, b'{"message":"The payment has been deleted."}')
    assert response.headers["content-type"] == "application/json"


def test_a_deleted_payment_is_gone_for_every_call(api: Client) -> None:
    """404 from then on, also for a second deletion; it is not listed."""
    api.delete(path_of(THREE_LAST))
    with nothing_changes(api, PROVIDER):
        later = [
            api.get(path_of(THREE_LAST)),
            api.put(path_of(THREE_LAST), {"method": "Card"}),
            api.patch(path_of(THREE_LAST), {"notes": "x"}),
            api.delete(path_of(THREE_LAST)),
        ]
    assert [(response.status, response.content) for response in later] == [(404, NOT_FOUND)] * 4
    assert {response.headers["x-sandbox-reason"] for response in later} == {"state"}
    assert THREE_LAST not in {payment["id"] for payment in api.get(payments_of(THREE)).json["docs"]}


def test_its_amount_is_owed_again(api: Client, state: InvoilessState) -> None:
    """The status stays Partial while another payment exists."""
    api.delete(path_of(THREE_LAST))
    assert standing(state, THREE) == (1800, "Partial")


def test_a_paid_invoice_is_unpaid_again(api: Client, state: InvoilessState) -> None:
    """And can be paid in full once more."""
    api.delete(path_of(PAID_PAYMENT))
    assert standing(state, PAID) == (2600, "Unpaid")
    assert api.post(payments_of(PAID), {"method": "Card"}).json["amount"] == 2600


def test_pay_and_delete_in_turn_leave_the_balance_exact(api: Client, state: InvoilessState) -> None:
    """Amounts of seven cents leave no rounding error."""
    made = [api.post(payments_of(THREE), {"method": "Card", "amount": Decimal("0.07")}).json["id"] for _ in range(30)]
    assert invoice(state, THREE).balance == Decimal("1547.40")
    for payment_id in made:
        api.delete(path_of(payment_id))
    assert invoice(state, THREE).balance == Decimal("1549.50")


def test_an_invoice_that_was_pending_is_pending_again(api: Client, state: InvoilessState) -> None:
    """Once its last payment is deleted, it is exactly as before the first."""
    before = invoice(state, PENDING)
    made = [api.post(payments_of(PENDING), {"method": "Card", "amount": 1}).json["id"] for _ in range(2)]
    api.delete(path_of(made[0]))
    assert standing(state, PENDING) == (859, "Partial")
    api.delete(path_of(made[1]))
    assert invoice(state, PENDING) == before


def test_a_closed_invoice_keeps_its_status(api: Client, state: InvoilessState) -> None:
    """The payment of a Refunded invoice can be deleted all the same."""
    assert api.delete(path_of(REFUNDED_PAYMENT)).status == 200
    assert standing(state, REFUNDED) == (Decimal("349.95"), "Refunded")


@pytest.mark.parametrize("key", [NOBODY, "nothing"], ids=["unknown", "no id"])
def test_an_unknown_payment_is_not_found(api: Client, key: str) -> None:
    """404, and nothing is deleted."""
    with nothing_changes(api, PROVIDER):
        response = api.delete(path_of(key))
    assert (response.status, response.content) == (404, NOT_FOUND)

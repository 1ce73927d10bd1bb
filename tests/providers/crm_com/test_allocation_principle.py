"""The variant allocation_principle: whether a payment pays the invoice that it names, or the one that is due first."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, broken_invariants, fresh_runtime
from tests.providers.crm_com.known import ACCOUNT, CANCEL, INVOICE, PAY, ROOT, SHOW, Body, asked, data

DINA = "number=192"


@pytest.fixture
def fifo(base_runtime: Runtime) -> Client:
    """A client of an organisation whose principle is FIFO."""
    return Client(fresh_runtime(base_runtime, allocation_principle="fifo"), root=ROOT)


def read_owed(api: Client) -> dict[str, Decimal]:
    """What each posted invoice of Dina's account owes, by its reference number, the first due first."""
    state = api.runtime.namespaces.get("default").state("crm_com")
    account = state.table("accounts_receivable").find("number", "192")
    assert account is not None
    found = [
        invoice
        for invoice in state.table("invoices").all("accounts_receivable", account.id)
        if invoice.life_cycle_state == "POSTED"
    ]
    ordered = sorted(found, key=lambda invoice: (invoice.due_on, invoice.posted_on))
    return {invoice.reference_number: invoice.outstanding_amount for invoice in ordered}


def read_balance(api: Client) -> Any:
    return data(asked(api, ACCOUNT, accounts_receivable_identifier=DINA))["balance"]


def test_against_item_pays_the_invoice_that_is_named(api: Client, payment: Body) -> None:
    """By default, although others are due before it."""
    before = read_owed(api)
    data(api.post(PAY, payment()))
    assert read_owed(api) == before | {"2024": 0}


def test_fifo_pays_what_is_due_first(fifo: Client, payment: Body) -> None:
    """As much as the named invoice owes; that one may owe as before. The account owes less all the same."""
    before, balance = read_owed(fifo), read_balance(fifo)
    paid = data(fifo.post(PAY, payment()))
    assert paid["payment_amount"] == before["2024"] == 55
    after = read_owed(fifo)
    assert sum(before.values()) - sum(after.values()) == 55
    assert read_balance(fifo) == balance - 55
    first = next(number for number, amount in before.items() if amount)
    assert first != "2024"
    assert after[first] == max(Decimal(0), before[first] - 55)
    assert broken_invariants(fifo.runtime) == []


def test_a_payment_shows_what_it_was_meant_for_and_what_it_paid(fifo: Client, payment: Body) -> None:
    """In that order; the invoice that it was meant for once."""
    first = next(number for number, amount in read_owed(fifo).items() if amount)
    paid = data(fifo.post(PAY, payment()))
    shown = data(asked(fifo, SHOW, payment_identifier=f"id={paid['id']}"))["invoices_to_pay_set"]
    assert [invoice["reference_number"] for invoice in shown][:2] == ["2024", first]
    paid = data(fifo.post(PAY, payment(invoice_identifier={"reference_number": first})))
    shown = data(asked(fifo, SHOW, payment_identifier=f"id={paid['id']}"))["invoices_to_pay_set"]
    numbers = [invoice["reference_number"] for invoice in shown]
    assert numbers[0] == first
    assert len(numbers) == len(set(numbers))


def test_its_cancellation_takes_everything_back(fifo: Client, payment: Body) -> None:
    before, balance = read_owed(fifo), read_balance(fifo)
    paid = data(fifo.post(PAY, payment()))
    cancellation = {
        "token": payment()["token"],
        "payment_identifier": {"id": paid["id"]},
        "type_identifier": {"alternative_code": "PAYCAN"},
    }
    data(fifo.post(CANCEL, cancellation))
    assert (read_owed(fifo), read_balance(fifo)) == (before, balance)
    assert broken_invariants(fifo.runtime) == []


def test_a_wallet_pays_the_account_of_the_invoice(fifo: Client, payment: Body) -> None:
    """Whose oldest invoices take the amount; the wallet has less."""
    body = payment(
        accounts_receivable_identifier=...,
        wallet_identifier={"number": "W0000007376"},
        invoice_identifier={"reference_number": "4864"},
    )
    owed = data(asked(fifo, INVOICE, invoice_identifier="reference_number=4864"))["outstanding_amount"]
    assert data(fifo.post(PAY, body))["payment_amount"] == owed
    assert broken_invariants(fifo.runtime) == []

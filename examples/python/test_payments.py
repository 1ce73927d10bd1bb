"""The shop pays through all four services, and notices when it did not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from shop.payments import CrmCom, InvisibleCollector, InvoiceXpress, Invoiless, PaymentRefusedError
from shop.receipts import Till

from paysandbox import NamespaceClient

# Records of the sandbox's fixtures.
INVOICE = "652801a49b3e7d00418c2f93"  # at Invoiless; 649.75 of it is still owed
DEBT = "FT 2016/103"
DOCUMENT = 1  # at InvoiceXpress, over 1,070.00


@pytest.fixture
def collector(paysandbox: NamespaceClient) -> InvisibleCollector:
    """Registers payments in this test's namespace."""
    return InvisibleCollector(paysandbox.url("invisible_collector"), **paysandbox.credentials("invisible_collector"))


@pytest.fixture
def invoiless(paysandbox: NamespaceClient) -> Invoiless:
    """Pays invoices in this test's namespace."""
    return Invoiless(paysandbox.url("invoiless"), **paysandbox.credentials("invoiless"))


@pytest.fixture
def crm(paysandbox: NamespaceClient) -> CrmCom:
    """Pays whole invoices in this test's namespace."""
    known = paysandbox.credentials("crm_com")
    return CrmCom(paysandbox.url("crm_com"), known["username"], known["password"], known["organisation"])


@pytest.fixture
def invoicexpress(paysandbox: NamespaceClient) -> InvoiceXpress:
    """Pays documents in this test's namespace."""
    return InvoiceXpress(paysandbox.url("invoicexpress"), **paysandbox.credentials("invoicexpress"))


def test_a_debt_is_paid(paysandbox: NamespaceClient, collector: InvisibleCollector) -> None:
    """All of it, so that the debt is settled."""
    collector.pay("RG 2016/301", DEBT, Decimal("1230.00"), date(2016, 7, 4))
    (change,) = paysandbox.diff()["invisible_collector"]["debts"]["changed"].values()
    assert change["after"]["status"] == "PAID"


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_reply_does_not_pay_twice(paysandbox: NamespaceClient, collector: InvisibleCollector, lost: str) -> None:
    """Whether the payment was made before the connection broke, or not."""
    fault = paysandbox.fault(provider="invisible_collector", when={"times": 1}, then={"drop": lost})
    collector.pay("RG 2016/301", DEBT, Decimal("1230.00"), date(2016, 7, 4))
    assert fault.fired == 1
    (payment,) = paysandbox.diff()["invisible_collector"]["payments"]["added"].values()
    assert payment["number"] == "RG 2016/301"


def test_an_invoice_is_paid_in_part(paysandbox: NamespaceClient, invoiless: Invoiless) -> None:
    """To the cent."""
    payment = invoiless.pay(INVOICE, Decimal("49.75"), date(2024, 1, 15))
    assert paysandbox.state("invoiless", "payments")[payment]["amount"] == Decimal("49.75")
    assert paysandbox.state("invoiless", "invoices")[INVOICE]["balance"] == Decimal("600.00")


def test_a_payment_that_bounced_is_owed_again(paysandbox: NamespaceClient, invoiless: Invoiless) -> None:
    """The invoice is what it was."""
    before = paysandbox.state("invoiless", "invoices")[INVOICE]
    invoiless.take_back(invoiless.pay(INVOICE, Decimal("49.75"), date(2024, 1, 15)))
    assert paysandbox.state("invoiless", "invoices")[INVOICE] == before


def test_paying_too_much_is_noticed(paysandbox: NamespaceClient, invoiless: Invoiless) -> None:
    """And nothing has changed."""
    with pytest.raises(PaymentRefusedError):
        invoiless.pay(INVOICE, Decimal("649.76"), date(2024, 1, 15))
    assert paysandbox.diff() == {}


def test_a_whole_invoice_is_paid(crm: CrmCom) -> None:
    """Whatever is still owed on it."""
    assert crm.pay("192", "328") == Decimal(225)


def test_after_two_hours_we_log_in_again(paysandbox: NamespaceClient, crm: CrmCom) -> None:
    """Without anybody noticing."""
    crm.pay("192", "328")
    paysandbox.clock.advance(timedelta(hours=2, seconds=1))
    assert crm.pay("192", "2023") == Decimal(55)
    first, again = paysandbox.requests(operation="createToken")
    assert first["id"] != again["id"]


def test_an_invoice_that_is_paid_already_is_noticed(crm: CrmCom) -> None:
    """Although CRM.COM answers 200."""
    crm.pay("192", "328")
    with pytest.raises(PaymentRefusedError):
        crm.pay("192", "328")


@pytest.mark.paysandbox(now="2017-10-26T09:00:00Z")
def test_a_document_gets_its_receipts(paysandbox: NamespaceClient, invoicexpress: InvoiceXpress) -> None:
    """One for each payment, numbered without gaps; it is the day of the vendor's example."""
    today = paysandbox.clock.now.date()
    assert [invoicexpress.pay(DOCUMENT, Decimal("100.10"), today) for _ in range(2)] == ["28/A", "29/A"]
    assert paysandbox.state("invoicexpress", "invoices")["1"]["paid"] == Decimal("200.20")


def test_a_service_that_is_down_is_noticed(paysandbox: NamespaceClient, invoicexpress: InvoiceXpress) -> None:
    """It answers 503 to everything."""
    paysandbox.fault(provider="invoicexpress", then={"status": 503})
    with pytest.raises(PaymentRefusedError, match="503"):
        invoicexpress.pay(DOCUMENT, Decimal("100.00"), date(2017, 10, 26))


def test_the_till_hands_out_a_receipt(paysandbox: NamespaceClient) -> None:
    """For a document that exists."""
    till = Till(paysandbox.url("invoicexpress"), **paysandbox.credentials("invoicexpress"))
    assert till.take(DOCUMENT, 1999, date(2017, 10, 26)).startswith("https://")
    with pytest.raises(requests.HTTPError, match="404"):
        till.take(2, 1999, date(2017, 10, 26))


def test_the_ledgers_agree(
    paysandbox: NamespaceClient, collector: InvisibleCollector, invoiless: Invoiless, invoicexpress: InvoiceXpress
) -> None:
    """Whatever we paid."""
    collector.pay("RG 2016/301", DEBT, Decimal("0.01"), date(2016, 7, 4))
    invoiless.pay(INVOICE, Decimal("649.75"), date(2024, 1, 15))
    invoicexpress.pay(DOCUMENT, Decimal("1070.00"), date(2017, 10, 26))
    assert [invariant for invariant in paysandbox.invariants() if not invariant["holds"]] == []

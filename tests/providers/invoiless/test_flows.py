"""The flows of clients around a payment: a cleaning company, a portal, a proposal page, a receiver of webhooks."""

from decimal import Decimal

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import INVOICES, invoice_path, payments_of

CUSTOMERS = "/v1/customers"


def test_a_cleaning_company_bills_a_booking(api: Client, state: InvoilessState) -> None:
    """It looks the customer up, creates it, bills with a discount as a number, sends, and reads the status later."""
    assert api.get(CUSTOMERS, query="search=ana@example.com").json["docs"] == []
    address = {
        "email": "ana@example.com",
        "firstName": "Ana",
        "lastName": "Reis",
        "phone": "07000",
        "address": "1 High St",
    }
    customer = api.post(CUSTOMERS, {"billTo": address}).json
    assert [found["id"] for found in api.get(CUSTOMERS, query="search=ANA@example.com").json["docs"]] == [
        customer["id"]
    ]
    items = [{"name": "Deep clean", "quantity": 3, "price": Decimal("28.50")}]
    dates = {"date": "2026-03-31", "dueDate": "2026-04-14"}
    invoice = api.post(INVOICES, {"customer": customer["id"], "items": items, "discount": 10, **dates}).json
    assert (invoice["status"], invoice["total"]) == ("Draft", Decimal("75.5"))
    assert (
        api.post(f"{invoice_path(invoice['id'])}/send", {"email": "ana@example.com", "subject": "Your clean"}).status
        == 200
    )
    assert [message.to for message in state.outbox.records()] == ["ana@example.com"]
    assert api.get(invoice_path(invoice["id"])).json["status"] == "Unpaid"
    assert api.post(payments_of(invoice["id"]), {"method": "BankTransfer"}).status == 201
    assert api.get(invoice_path(invoice["id"])).json["status"] == "Paid"


def test_a_portal_changes_and_deletes(api: Client) -> None:
    """A draft becomes what its user says, in part and as a whole, is found by a search, and is deleted."""
    items = [{"name": "Retouching", "price": 120}]
    described = {"internalId": "P-7", "billTo": {"company": "Portal Ltd"}}
    made = api.post(INVOICES, {"customer": described, "items": items, "status": "Draft"}).json
    path = invoice_path(made["id"])
    change = {
        "items": [{"name": "Retouching", "price": 150}],
        "status": "Unpaid",
        "notes": "n",
        "dueDate": "2026-05-01",
    }
    changed = api.patch(path, change).json
    assert (changed["status"], changed["balance"], changed["dueDate"]) == ("Unpaid", 150, "2026-05-01T00:00:00.000Z")
    assert api.put(path, {**changed, "status": "Paid"}).json["balance"] == 0
    found = api.get(INVOICES, query="page=1&limit=10&search=portal").json
    assert ([invoice["id"] for invoice in found["docs"]], found["total"]) == ([made["id"]], 1)
    assert api.get(f"{CUSTOMERS}/{made['customer']['id']}").json["billTo"]["company"] == "Portal Ltd"
    assert api.delete(path).status == 200
    assert api.get(INVOICES, query="search=portal").json["docs"] == []


def test_a_proposal_page_drafts_an_invoice(api: Client) -> None:
    """For a company with a first name alone, beside an empty last name."""
    address = {"company": "Café Central", "firstName": "Ana", "lastName": "", "email": "A@Example.com", "phone": ""}
    customer = api.post(CUSTOMERS, {"billTo": address}).json
    items = [{"name": "Option B", "quantity": 1, "price": 1800}]
    drafted = api.post(INVOICES, {"status": "Draft", "customer": customer["id"], "items": items}).json
    assert (drafted["status"], drafted["customer"]["email"]) == ("Draft", "a@example.com")

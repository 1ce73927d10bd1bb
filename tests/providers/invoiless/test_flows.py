"""The flows of clients around a payment: a cleaning company, a portal, a proposal page.

docs/flows.md draws each, and a test holds that the calls of the drawing are those of the flow.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, broken_invariants, dump
from tests.providers.invoiless.known import INVOICES, PROVIDER, invoice_path, payments_of

CUSTOMERS = "/v1/customers"
PAGE: Final = (Path(__file__).parents[3] / "docs/flows.md").read_text()


def bill_a_booking(api: Client) -> None:
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
    assert [message["to"] for message in dump(api.runtime, PROVIDER)["outbox"]] == ["ana@example.com"]
    assert api.get(invoice_path(invoice["id"])).json["status"] == "Unpaid"
    assert api.post(payments_of(invoice["id"]), {"method": "BankTransfer"}).status == 201
    assert api.get(invoice_path(invoice["id"])).json["status"] == "Paid"


def change_and_delete(api: Client) -> None:
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


def draft_an_invoice(api: Client) -> None:
    """For a company with a first name alone, beside an empty last name."""
    address = {"company": "Café Central", "firstName": "Ana", "lastName": "", "email": "A@Example.com", "phone": ""}
    customer = api.post(CUSTOMERS, {"billTo": address}).json
    items = [{"name": "Option B", "quantity": 1, "price": 1800}]
    drafted = api.post(INVOICES, {"status": "Draft", "customer": customer["id"], "items": items}).json
    assert (drafted["status"], drafted["customer"]["email"]) == ("Draft", "a@example.com")


FLOWS: Final[dict[str, Callable[[Client], None]]] = {
    "Bookings": bill_a_booking,
    "Portal": change_and_delete,
    "Proposals": draft_an_invoice,
}


def draw(name: str, runtime: Runtime) -> str:
    """Draw the calls that the default namespace has seen, ids left out."""
    journal = Client(runtime).get("/_sandbox/namespaces/default/requests").json["requests"]
    lines = ["sequenceDiagram", f"    participant C as {name}", "    participant X as Invoiless"]
    for entry in sorted(journal, key=lambda one: int(one["id"].rpartition("-")[2])):
        url = urlsplit(entry["url"])
        path = re.sub(r"/[0-9a-f]{24}(?=/|$)", "/{id}", url.path.removeprefix("/invoiless"))
        asked = f"{path}?{url.query}" if url.query else path
        lines += [f"    C->>X: {entry['method']} {asked}", f"    X-->>C: {entry['status']}"]
    return "\n".join(lines)


@pytest.mark.parametrize("name", list(FLOWS))
def test_a_flow_works_as_the_page_draws_it(api: Client, name: str) -> None:
    """Call by call, with the status of each reply; the records agree afterwards."""
    FLOWS[name](api)
    assert broken_invariants(api.runtime) == []
    assert f"```mermaid\n{draw(name, api.runtime)}\n```" in PAGE


def test_the_page_draws_no_other_flow_of_this_api() -> None:
    """Every drawing with Invoiless in it is one of these."""
    assert len(re.findall("participant X as Invoiless", PAGE)) == len(FLOWS)

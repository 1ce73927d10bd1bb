"""The flows of clients: an ERP, a shop, a refund, receivables, the test of a credential.

docs/flows.md draws each, and a test holds that the calls of the drawing are those of the flow.
"""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, broken_invariants, dump
from tests.providers.invoicexpress.known import PROVIDER

KEY = "api_key=ix-test-key"
DATE = "20/11/2017"
PAGE: Final = (Path(__file__).parents[3] / "docs/flows.md").read_text()


def form(client: dict[str, Any], price: str = "100.00", **more: Any) -> dict[str, Any]:
    """A document of one item."""
    items = [{"name": "Serviço", "unit_price": price, "quantity": "1", "tax": {"name": "IVA23"}}]
    return {"date": DATE, "due_date": DATE, "client": client, "items": items, **more}


def finalize(api: Client, kind: str, wrapper: str, number: int) -> dict[str, Any]:
    """The document after it was finalized."""
    reply = api.call("PUT", f"/{kind}/{number}/change-state.json", json={wrapper: {"state": "finalized"}})
    assert reply.status == 200, reply
    document: dict[str, Any] = reply.json[wrapper]
    return document


def bill_from_an_erp(api: Client) -> None:
    """Client and tax are there already, which it finds out by being refused; the same uid is not billed twice."""
    client = {"name": "Livraria do Cais", "code": "LC-7"}
    assert api.post("/clients.json", {"client": client}).status == 422
    found = api.get("/clients/find-by-code.json", query=f"{KEY}&client_code=LC-7").json["client"]
    change = {"client": {"email": "contas@livraria.example"}}
    assert api.call("PUT", f"/clients/{found['id']}.json", json=change).status == 200
    assert api.post("/taxes.json", {"tax": {"name": "IVA23", "value": "23.0", "region": "PT"}}).status == 422
    assert "IVA23" in {tax["name"] for tax in api.get("/taxes.json").json["taxes"]}
    body = {"invoice": form(client), "proprietary_uid": "INV/2017/0042"}
    made = api.post("/invoices.json", body).json["invoice"]
    assert api.post("/invoices.json", body).status == 409
    assert finalize(api, "invoices", "invoice", made["id"])["status"] == "final"
    message = {"message": {"client": {"email": "contas@livraria.example"}, "subject": "Fatura"}}
    assert api.call("PUT", f"/invoices/{made['id']}/email-document.json", json=message).status == 200
    settled = api.call("PUT", f"/invoices/{made['id']}/change-state.json", json={"invoice": {"state": "settled"}})
    assert settled.json["invoice"]["status"] == "settled"
    (receipt,) = api.get(f"/document/{made['id']}/related_documents.json").json["documents"]
    assert receipt["total"] == 123
    assert [sent["document"] for sent in dump(api.runtime, PROVIDER)["outbox"]] == [made["id"]]
    assert broken_invariants(api.runtime) == []


def sell_in_a_shop(api: Client) -> None:
    """And fetches the PDF, for which it asks until it is ready, and the QR code."""
    last = api.get("/invoices.json", query=f"{KEY}&type[]=InvoiceReceipt&order_by=date_desc&per_page=1").json[
        "invoices"
    ]
    assert len(last) == 1
    body = {"invoice": form({"name": "Cliente da loja"}), "proprietary_uid": "order-1001"}
    made = api.post("/invoice_receipts.json", body).json["invoice_receipt"]
    assert finalize(api, "invoice_receipts", "invoice_receipt", made["id"])["status"] == "settled"
    assert api.post("/invoice_receipts.json", body).status == 409
    path = f"/api/pdf/{made['id']}.json"
    assert api.get(path).status == 202
    url = urlsplit(api.get(path).json["output"]["pdfUrl"])
    content = Client(api.runtime).get(url.path).content
    assert "Invoice receipt 5/A" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert api.get(f"/api/qr_codes/{made['id']}.json").json["qr_code"]["url"]


def refund_an_order(api: Client) -> None:
    """The invoice is found by the order's reference, and a credit note gives back what it charged."""
    bought = api.post("/invoices.json", {"invoice": form({"name": "John"}, reference="order-77")}).json["invoice"]
    finalize(api, "invoices", "invoice", bought["id"])
    (found,) = api.get("/invoices.json", query=f"{KEY}&reference=order-77").json["invoices"]
    body = {"credit_note": form({"name": "John"}, "40.00", owner_invoice_id=found["id"])}
    note = api.post("/credit_notes.json", body).json["credit_note"]
    assert finalize(api, "credit_notes", "credit_note", note["id"])["status"] == "final"
    pay = {"partial_payment": {"amount": Decimal("73.81")}}
    assert api.post(f"/documents/{found['id']}/partial_payments.json", pay).status == 422
    pay["partial_payment"]["amount"] = Decimal("73.80")
    assert api.post(f"/documents/{found['id']}/partial_payments.json", pay).status == 200
    assert api.get(f"/invoices/{found['id']}.json").json["invoice"]["status"] == "settled"
    assert broken_invariants(api.runtime) == []


def collect_receivables(api: Client) -> None:
    """An invoice is paid in two parts; one of the receipts is read, and cancelled."""
    made = api.post("/invoices.json", {"invoice": form({"name": "John"})}).json["invoice"]
    finalize(api, "invoices", "invoice", made["id"])
    for amount in (23, 100):
        payment = {"partial_payment": {"amount": amount}}
        assert api.post(f"/documents/{made['id']}/partial_payments.json", payment).status == 200
    related = api.get(f"/document/{made['id']}/related_documents.json").json["documents"]
    assert [receipt["total"] for receipt in related] == [23, 100]
    assert api.get(f"/receipts/{related[1]['id']}.json").json["receipt"]["status"] == "final"
    cancel = {"receipt": {"state": "canceled", "message": "Devolvido"}}
    assert api.call("PUT", f"/receipts/{related[1]['id']}/change-state.json", json=cancel).status == 200
    assert api.get(f"/invoices/{made['id']}.json").json["invoice"]["status"] == "final"
    assert broken_invariants(api.runtime) == []


def try_a_credential(api: Client) -> None:
    """By the shortest list of clients."""
    assert api.get("/clients.json", query=f"{KEY}&per_page=1").status == 200
    assert api.get("/clients.json", query="api_key=wrong&per_page=1").status == 401


FLOWS: Final[dict[str, Callable[[Client], None]]] = {
    "ERP": bill_from_an_erp,
    "Shop": sell_in_a_shop,
    "Refund": refund_an_order,
    "Receivables": collect_receivables,
    "Credential": try_a_credential,
}


def draw(name: str, runtime: Runtime) -> str:
    """Draw the calls that the default namespace has seen, ids left out."""
    journal = Client(runtime).get("/_sandbox/namespaces/default/requests").json["requests"]
    lines = ["sequenceDiagram", f"    participant C as {name}", "    participant X as InvoiceXpress"]
    for entry in sorted(journal, key=lambda one: int(one["id"].rpartition("-")[2])):
        url = urlsplit(entry["url"])
        path = re.sub(
            r"/documents/[0-9]+[0-9a-f]{40}", "/documents/{permalink}", url.path.removeprefix("/invoicexpress")
        )
        path = re.sub(r"/[0-9]+(?=[/.])", "/{id}", path)
        query = "&".join(part for part in url.query.split("&") if part and not part.startswith("api_key="))
        asked = f"{path}?{query}" if query else path
        lines += [f"    C->>X: {entry['method']} {asked}", f"    X-->>C: {entry['status']}"]
    return "\n".join(lines)


@pytest.mark.parametrize("name", list(FLOWS))
def test_a_flow_works_as_the_page_draws_it(api: Client, name: str) -> None:
    """Call by call, with the status of each reply."""
    FLOWS[name](api)
    assert f"```mermaid\n{draw(name, api.runtime)}\n```" in PAGE


def test_the_page_draws_no_other_flow_of_this_api() -> None:
    """Every drawing with InvoiceXpress in it is one of these."""
    assert len(re.findall("participant X as InvoiceXpress", PAGE)) == len(FLOWS)

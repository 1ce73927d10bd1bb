"""The in-memory client as a user of the package has it: with a sandbox of its own, or with an application."""

from paysandbox.app import Sandbox, create_app
from paysandbox.testing import Client

PAYMENT = {"partial_payment": {"amount": 100.0, "payment_date": "26/10/2017"}}


def pay(app: Sandbox | None = None) -> Client:
    """A client that has paid an invoice."""
    client = Client(app, root="/invoicexpress", query="api_key=ix-test-key")
    paid = client.post("/documents/1/partial_payments.json", PAYMENT)
    assert (paid.status, paid.json["receipt"]["sequence_number"]) == (200, "28/A")
    return client


def test_a_client_makes_a_sandbox_of_its_own() -> None:
    """Two clients share nothing, so both get the same receipt number."""
    assert pay().runtime is not pay().runtime


def test_a_client_calls_an_application() -> None:
    """And another client of it sees what the first has done."""
    app = create_app()
    pay(app)
    records = Client(app).get("/_sandbox/namespaces/default/state/invoicexpress/receipts").json
    assert "28/A" in str(records)


def test_a_header_of_the_client_is_replaced_whatever_its_case() -> None:
    """Names of headers have none."""
    client = Client(root="/invoiless/v1", headers={"API-Key": "invoiless-test-key"})
    assert client.get("/invoices").status == 200
    assert client.get("/invoices", headers={"api-key": "made-up"}).status == 403
    assert client.get("/invoices", headers={"Api-Key": None}).status == 403

"""What the vendors have around payments, each called in its own way; None where a vendor has no such call."""

from decimal import Decimal
from typing import Any, Final, Protocol
from urllib.parse import quote

from paysandbox.testing import Response
from tools.matrix.vendors import CrmCom, InvisibleCollector, InvoiceXpress, Invoiless, Vendor

NAME: Final = "Zonnehof"
NUMBER: Final = "Z-1"
EMAIL: Final = "a@example.com"


class Neighbours(Vendor, Protocol):
    """What a flow does with a vendor, in which a vendor has none of it."""

    def create_customer(self, _email: str = EMAIL) -> Response | None:
        """Register the customer Zonnehof, whom the caller numbers Z-1."""
        return None

    def count_customers(self) -> int | None:
        """Search the customer, and count those that are found."""
        return None

    def count_documents(self, _document: str) -> int | None:
        """List the documents of the customer of a document, and count that one in the list."""
        return None

    def count_payments(self, _document: str) -> int | None:
        """List the payments of a document, or of its account, and count those of this run."""
        return None

    def credit(self, _document: str, _amount: Decimal) -> Response | None:
        """Issue a credit note for a document."""
        return None

    def debit(self, _document: str, _amount: Decimal) -> Response | None:
        """Issue a debit note for a document."""
        return None

    def cancel_document(self, _document: str) -> Response | None:
        return None

    def make_draft(self) -> str | None:
        """Create a document that is not issued yet."""
        return None

    def delete_document(self, _document: str) -> Response | None:
        return None

    def read_document(self, document: str) -> Response: ...

    def send(self, _document: str) -> Response | None:
        """Send a document by e-mail."""
        return None


class AroundInvisibleCollector(InvisibleCollector, Neighbours):
    """Customers, notes, and the state of debts."""

    customer: Final = "c0587212-6072-4bf6-9e70-f832290b01b7"

    def create_customer(self, email: str = EMAIL) -> Response | None:
        body = {"name": NAME, "vatNumber": "NL1", "country": "NL", "externalId": NUMBER, "email": email}
        return self._client.post("/customers", body)

    def count_customers(self) -> int | None:
        return len(self._client.get("/customers/find", query=f"externalId={NUMBER}").json)

    def count_documents(self, document: str) -> int | None:
        debts = self._client.get(f"/customers/{self.customer}/debts").json
        return [debt["id"] for debt in debts].count(document)

    def _note(self, kind: str, document: str, amount: Decimal) -> Response:
        note = {"number": "N MATRIX/1", "date": "2026-03-31", "grossTotal": amount}
        return self._client.post(f"/debts/{document}/{kind}", note)

    def credit(self, document: str, amount: Decimal) -> Response | None:
        return self._note("credits", document, amount)

    def debit(self, document: str, amount: Decimal) -> Response | None:
        return self._note("debits", document, amount)

    def cancel_document(self, document: str) -> Response | None:
        return self._client.put(f"/debts/{document}/cancel")

    def read_document(self, document: str) -> Response:
        return self._client.get(f"/debts/{document}")


class AroundInvoiless(Invoiless, Neighbours):
    """Customers, and invoices that are changed, deleted and sent."""

    def create_customer(self, email: str = EMAIL) -> Response | None:
        return self._client.post("/customers", {"billTo": {"company": NAME, "email": email}})

    def count_customers(self) -> int | None:
        return len(self._client.get("/customers", query=f"search={NAME}").json["docs"])

    def count_documents(self, document: str) -> int | None:
        """By the customer's name."""
        query = f"limit=100&search={quote('Café Mondego')}"
        return [invoice["id"] for invoice in self._client.get("/invoices", query=query).json["docs"]].count(document)

    def cancel_document(self, document: str) -> Response | None:
        return self._client.patch(f"/invoices/{document}", {"status": "Canceled"})

    def make_draft(self) -> str | None:
        items = [{"name": "Label design", "price": 100}]
        made = self._client.post("/invoices", {"customer": "604759ef9b3e7d00418c2f2a", "items": items})
        return str(made.json["id"])

    def delete_document(self, document: str) -> Response | None:
        return self._client.delete(f"/invoices/{document}")

    def read_document(self, document: str) -> Response:
        return self._client.get(f"/invoices/{document}")

    def send(self, document: str) -> Response | None:
        return self._client.post(f"/invoices/{document}/send", {"email": EMAIL})

    def count_payments(self, document: str) -> int | None:
        return len(self._client.get(f"/invoices/{document}/payments").json["docs"])


class AroundCrmCom(CrmCom, Neighbours):
    """The lists of an account."""

    def _list(self, path: str, **query: Any) -> Any:
        account = quote("number=192", safe="")
        more = "".join(f"&{name}={value}" for name, value in query.items())
        found = self._client.get(path, query=f"token={self.token}&accounts_receivable_identifier={account}{more}")
        return found.json["data"]

    def count_documents(self, document: str) -> int | None:
        """By the account."""
        return [invoice["reference_number"] for invoice in self._list("/invoices/list")].count(document)

    def read_document(self, document: str) -> Response:
        identifier = quote(f"reference_number={document}", safe="")
        return self._client.get("/invoices/show", query=f"token={self.token}&invoice_identifier={identifier}")

    def count_payments(self, document: str) -> int | None:  # noqa: ARG002 - it lists those of the account
        payments = self._list("/payments/list", number_of_results=100)
        return [payment["notes"] for payment in payments].count("payment 1")


class AroundInvoiceXpress(InvoiceXpress, Neighbours):
    """Clients, notes, and documents that are cancelled, deleted and mailed."""

    def create_customer(self, email: str = EMAIL) -> Response | None:
        return self._client.post("/clients.json", {"client": {"name": NAME, "code": NUMBER, "email": email}})

    def count_customers(self) -> int | None:
        found = self._client.get("/clients/find-by-code.json", query=f"api_key=ix-test-key&client_code={NUMBER}")
        return int(found.status == 200)

    def count_documents(self, document: str) -> int | None:
        client = self.read_document(document).json["invoice"]["client"]["id"]
        listed = self._client.post(f"/clients/{client}/invoices.json", {"filter": {}}).json["invoices"]
        return [invoice["id"] for invoice in listed].count(int(document))

    def _note(self, kind: str, document: str, amount: Decimal) -> Response:
        """A note has to be finalized before it counts."""
        note = {
            "date": "03/12/2017",
            "due_date": "03/12/2017",
            "tax_exemption": "M01",
            "owner_invoice_id": document,
            "client": {"name": "Client Name", "code": "A1"},
            "items": [{"name": "Item", "unit_price": str(amount), "quantity": "1", "tax": {"name": "Isento"}}],
        }
        made = self._client.post(f"/{kind}s.json", {kind: note}).json[kind]
        return self._client.put(f"/{kind}s/{made['id']}/change-state.json", {kind: {"state": "finalized"}})

    def credit(self, document: str, amount: Decimal) -> Response | None:
        return self._note("credit_note", document, amount)

    def debit(self, document: str, amount: Decimal) -> Response | None:
        return self._note("debit_note", document, amount)

    def _change(self, document: str, state: str) -> Response:
        change = {"invoice": {"state": state, "message": "Wrong client."}}
        return self._client.put(f"/invoices/{document}/change-state.json", change)

    def cancel_document(self, document: str) -> Response | None:
        return self._change(document, "canceled")

    def make_draft(self) -> str | None:
        return self._make_draft()

    def delete_document(self, document: str) -> Response | None:
        return self._change(document, "deleted")

    def read_document(self, document: str) -> Response:
        return self._client.get(f"/invoices/{document}.json")

    def send(self, document: str) -> Response | None:
        message = {"message": {"client": {"email": EMAIL}, "subject": "Invoice"}}
        return self._client.put(f"/invoices/{document}/email-document.json", message)

    def count_payments(self, document: str) -> int | None:
        return len(self._client.get(f"/document/{document}/related_documents.json").json["documents"])


AROUND: Final = (AroundInvisibleCollector, AroundInvoiless, AroundCrmCom, AroundInvoiceXpress)

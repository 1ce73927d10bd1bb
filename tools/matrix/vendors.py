"""Four vendors behind one interface, each called in its own way on its own document of 100 (CRM.COM: a seeded one)."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import quote

from paysandbox.testing import Client, Response

HUNDRED: Final = Decimal(100)
Connect = Callable[..., Client]  # a client below a root, with these headers and this query


class Vendor(Protocol):
    """What a scenario does with a vendor. A document is a debt or an invoice, known by its id."""

    name: str
    whole: Decimal

    def document(self) -> str:
        """A document that nothing was paid of."""

    def pay(self, document: str, amount: Decimal | None, number: int, **more: Any) -> Response:
        """Pay an amount of a document (None: the whole, in the way of the vendor)."""

    def carried_out(self, reply: Response) -> bool:
        """Whether a reply says that the payment was made."""

    def cancel(self, paid: Response) -> Response:
        """Take a payment back."""

    def owed(self, document: str) -> tuple[Decimal, str]:
        """What is still owed, and the document's status in the vendor's own word."""


class InvisibleCollector:
    """Debts, paid by lines that name them."""

    name = "Invisible Collector"
    whole = HUNDRED

    def __init__(self, connect: Connect) -> None:
        self._client = connect("/invisible-collector", {"authorization": "Bearer ic-test-token"})
        self._numbers = count(1)

    def document(self) -> str:
        made = self._client.post(
            "/debts",
            {
                "number": f"FT MATRIX/{next(self._numbers)}",
                "customerId": "c0587212-6072-4bf6-9e70-f832290b01b7",
                "type": "FT",
                "date": "2026-03-01",
                "dueDate": "2026-03-31",
                "netTotal": 100,
                "tax": 0,
                "grossTotal": 100,
                "currency": "EUR",
            },
        )
        return str(made.json["id"])

    def pay(self, document: str, amount: Decimal | None, number: int, **more: Any) -> Response:
        debt = self._client.get(f"/debts/{document}")
        line = {"number": debt.json["number"] if debt.status == 200 else "FT NOWHERE/1", "amount": amount or 0}
        if amount is None:
            line["amount"] = self.whole
        sent = {"number": f"RG {number}", "externalId": f"pay-{number}", "type": "RG", "date": "2026-03-31"}
        return self._client.post("/payments", {**sent, "currency": "EUR", "lines": [line], **more})

    def carried_out(self, reply: Response) -> bool:
        return reply.status < 300

    def cancel(self, paid: Response) -> Response:
        return self._client.put(f"/payments/{paid.json['externalId']}/cancel")

    def owed(self, document: str) -> tuple[Decimal, str]:
        debt = self._client.get(f"/debts/{document}").json
        left = debt["grossTotal"] + debt["debitTotal"] - debt["creditTotal"] - debt["paidTotal"]
        return Decimal(left), debt["status"]


class Invoiless:
    """Invoices, each with payments of its own."""

    name = "Invoiless"
    whole = HUNDRED

    def __init__(self, connect: Connect) -> None:
        self._client = connect("/invoiless/v1", {"api-key": "invoiless-test-key"})

    def document(self) -> str:
        items = [{"name": "Label design", "price": 100}]
        made = self._client.post(
            "/invoices", {"customer": "604759ef9b3e7d00418c2f2a", "items": items, "status": "Unpaid"}
        )
        return str(made.json["id"])

    def pay(self, document: str, amount: Decimal | None, number: int, **more: Any) -> Response:
        """A payment; the number goes into its notes."""
        sent = {"method": "Card", "notes": f"payment {number}", **more}
        return self._client.post(
            f"/invoices/{document}/payments", sent if amount is None else {**sent, "amount": amount}
        )

    def carried_out(self, reply: Response) -> bool:
        return reply.status < 300

    def cancel(self, paid: Response) -> Response:
        return self._client.delete(f"/payments/{paid.json['id']}")

    def owed(self, document: str) -> tuple[Decimal, str]:
        invoice = self._client.get(f"/invoices/{document}").json
        return Decimal(invoice["balance"]), invoice["status"]


class CrmCom:
    """Invoices that are paid whole, from an account."""

    name = "CRM.COM"
    whole = Decimal(225)
    token: Final = "B8D7A12E9F91AFADE914B7330AFD08CB"

    def __init__(self, connect: Connect) -> None:
        self._client = connect("/crm-com/crmapi/rest/v2")

    def document(self) -> str:
        """The seed's own invoice: its neighbouring operations make none."""
        return "328"

    def pay(self, document: str, amount: Decimal | None, number: int, **more: Any) -> Response:
        """The whole outstanding amount: the API has no other way."""
        sent: dict[str, Any] = {
            "token": self.token,
            "accounts_receivable_identifier": {"number": "192"},
            "type_identifier": {"name": "Invoices Balance Payment"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "invoice_identifier": {"reference_number": document},
            "notes": f"payment {number}",
        }
        if amount is not None and amount != self.whole:
            sent["payment_amount"] = amount
        return self._client.post("/payments/pay_invoice", {**sent, **more})

    def carried_out(self, reply: Response) -> bool:
        """HTTP 200 says nothing: the envelope's code does."""
        return bool(reply.json["status"]["code"] == "OK")

    def cancel(self, paid: Response) -> Response:
        """By another document, of a type that cancels."""
        return self._client.post(
            "/payments/cancel",
            {
                "token": self.token,
                "payment_identifier": {"id": paid.json["data"]["id"]},
                "type_identifier": {"name": "Payment Cancellation"},
            },
        )

    def owed(self, document: str) -> tuple[Decimal, str]:
        identifier = quote(f"reference_number={document}", safe="")
        shown = self._client.get("/invoices/show", query=f"token={self.token}&invoice_identifier={identifier}").json
        return Decimal(shown["data"]["outstanding_amount"]), shown["data"]["life_cycle_state"]


class InvoiceXpress:
    """Invoices, paid by receipts."""

    name = "InvoiceXpress"
    whole = HUNDRED

    def __init__(self, connect: Connect) -> None:
        self._client = connect("/invoicexpress", query="api_key=ix-test-key")

    def document(self) -> str:
        made = self._make_draft()
        self._client.put(f"/invoices/{made}/change-state.json", {"invoice": {"state": "finalized"}})
        return made

    def _make_draft(self) -> str:
        invoice = {
            "date": "03/12/2017",
            "due_date": "03/12/2017",
            "tax_exemption": "M01",
            "client": {"name": "Client Name", "code": "A1"},
            "items": [{"name": "Item", "unit_price": "100", "quantity": "1", "tax": {"name": "Isento"}}],
        }
        return str(self._client.post("/invoices.json", {"invoice": invoice}).json["invoice"]["id"])

    def pay(self, document: str, amount: Decimal | None, number: int, **more: Any) -> Response:
        sent = {"amount": self.whole if amount is None else amount, "note": f"payment {number}", **more}
        return self._client.post(f"/documents/{document}/partial_payments.json", {"partial_payment": sent})

    def carried_out(self, reply: Response) -> bool:
        return reply.status < 300

    def cancel(self, paid: Response) -> Response:
        """By changing the state of its receipt, with a reason."""
        receipt = paid.json["receipt"]["id"]
        change = {"receipt": {"state": "canceled", "message": "Wrong payment values."}}
        return self._client.put(f"/receipts/{receipt}/change-state.json", change)

    def owed(self, document: str) -> tuple[Decimal, str]:
        """The total less the live receipts and credit notes that are related to it."""
        invoice = self._client.get(f"/invoices/{document}.json").json["invoice"]
        related = self._client.get(f"/document/{document}/related_documents.json").json["documents"]
        counted = [one for one in related if one["status"] != "canceled" and one["type"] != "DebitNote"]
        paid = sum((Decimal(one["total"]) for one in counted), Decimal())
        return Decimal(invoice["total"]) - paid, invoice["status"]


VENDORS: Final = (InvisibleCollector, Invoiless, CrmCom, InvoiceXpress)

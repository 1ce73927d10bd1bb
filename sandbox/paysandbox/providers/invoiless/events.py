"""Events of the webhooks: which call fires what, and the signature of their deliveries.

Source: vendor page, Webhooks. What `data` holds, and which call fires what, are house decisions.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.kit.webhooks import WebhookFormat
from paysandbox.providers.invoiless import rules, wire
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Payment


def sign(content: bytes, secret: str) -> Mapping[str, str]:
    """Return the header with the signature of a body: the Base64 of its HMAC-SHA256."""
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return {"invoiless-signature": f"sha256={base64.b64encode(digest).decode()}"}


FORMAT: Final = WebhookFormat(sign=sign, test_secret="invoiless-webhook-secret")  # noqa: S106 - published for tests


def publish_invoice(event: str, invoice: Invoice, state: InvoilessState) -> None:
    """Announce an event of an invoice, in the form in which its GET answers it."""
    state.publish(event, lambda: _write(event, _write_invoice(invoice, state)))


def publish_paid(before: Invoice | None, invoice: Invoice, state: InvoilessState) -> None:
    """Announce `InvoicePaid` if the invoice has become Paid; `before` is what it was, None for a new one."""
    if invoice.status == "Paid" and (before is None or before.status != "Paid"):
        publish_invoice("InvoicePaid", invoice, state)


def publish_payment(event: str, payment: Payment, state: InvoilessState) -> None:
    """Announce an event of a payment."""
    state.publish(event, lambda: _write(event, wire.write_payment(payment)))


def publish_overdue(state: InvoilessState, before: datetime) -> None:
    """Announce `InvoiceOverdue` once for each invoice that has become overdue since a time."""
    earlier, today = before.date(), state.today()
    for invoice in list(state.invoices.records()):
        was_overdue = invoice.overdue_alert_sent or rules.is_overdue(invoice, earlier)
        if not was_overdue and rules.is_overdue(invoice, today):
            alerted = replace(invoice, overdue_alert_sent=True)
            state.invoices.put(alerted)
            publish_invoice("InvoiceOverdue", alerted, state)


def _write(event: str, data: Any) -> dict[str, Any]:
    return {"type": event, "data": data}


def _write_invoice(invoice: Invoice, state: InvoilessState) -> dict[str, Any]:
    return wire.write_invoice(invoice, state.customers.get(invoice.customer), state.today())

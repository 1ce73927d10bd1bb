"""Conversion between Invoiless's JSON and records, by subject."""

from paysandbox.providers.invoiless.wire.customers import (
    read_customer,
    read_customer_update,
    write_customer,
)
from paysandbox.providers.invoiless.wire.invoices import (
    read_invoice,
    read_invoice_update,
    read_sending,
    write_invoice,
)
from paysandbox.providers.invoiless.wire.lists import write_deletion, write_list, write_sent
from paysandbox.providers.invoiless.wire.payments import read_payment, read_payment_update, write_payment

__all__ = [
    "read_customer",
    "read_customer_update",
    "read_invoice",
    "read_invoice_update",
    "read_payment",
    "read_payment_update",
    "read_sending",
    "write_customer",
    "write_deletion",
    "write_invoice",
    "write_list",
    "write_payment",
    "write_sent",
]

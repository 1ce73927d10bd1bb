"""Invoiless: payments of invoices and retainer invoices. https://docs.invoiless.com."""

from sandbox.provider import Provider
from sandbox.providers.invoiless import operations
from sandbox.providers.invoiless.errors import authenticate, refuse
from sandbox.providers.invoiless.records import InvoilessState

PROVIDER = Provider(
    name="invoiless",
    operations=operations,
    state=InvoilessState,
    authenticate=authenticate,
    refuse=refuse,
)

"""InvoiceXpress, imitated: payments of invoices and the receipts issued for them."""

from sandbox.provider import Provider
from sandbox.providers.invoicexpress import errors, operations
from sandbox.providers.invoicexpress.records import InvoiceXpressState

PROVIDER = Provider(
    name="invoicexpress",
    operations=operations,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    state=InvoiceXpressState,
)

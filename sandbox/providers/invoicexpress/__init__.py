"""InvoiceXpress, imitated: invoices, their payments, and the receipts issued for them."""

from sandbox.provider import Provider
from sandbox.providers.invoicexpress import billing, errors, operations
from sandbox.providers.invoicexpress.advice import advise
from sandbox.providers.invoicexpress.laws import LAWS
from sandbox.providers.invoicexpress.records import InvoiceXpressState

PROVIDER = Provider(
    name="invoicexpress",
    operations=(operations, billing),
    state=InvoiceXpressState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advise,
    laws=LAWS,
    marked=("api_key",),
)

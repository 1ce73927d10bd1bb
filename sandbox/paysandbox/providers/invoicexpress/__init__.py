"""InvoiceXpress: invoices, their payments, and the receipts issued for them."""

from paysandbox.kit.provider import Provider
from paysandbox.providers.invoicexpress import errors, operations
from paysandbox.providers.invoicexpress.hints import advise
from paysandbox.providers.invoicexpress.invariants import INVARIANTS
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from paysandbox.providers.invoicexpress.statements import STATEMENTS

PROVIDER = Provider(
    name="invoicexpress",
    operations=operations,
    state=InvoiceXpressState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advise,
    invariants=INVARIANTS,
    statements=STATEMENTS,
    namespace_credentials=("api_key",),
    listed_values={"clients.country": "Country"},
)

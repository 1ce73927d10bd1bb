"""Invoiless: invoices and retainer invoices, and their payments. https://docs.invoiless.com."""

from paysandbox.kit.provider import Provider
from paysandbox.providers.invoiless import errors, events, operations
from paysandbox.providers.invoiless.hints import advise
from paysandbox.providers.invoiless.invariants import INVARIANTS
from paysandbox.providers.invoiless.records import InvoilessState
from paysandbox.providers.invoiless.statements import STATEMENTS

PROVIDER = Provider(
    name="invoiless",
    operations=operations,
    state=InvoilessState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advise,
    invariants=INVARIANTS,
    statements=STATEMENTS,
    namespace_credentials=("api_key",),
    webhooks=events.FORMAT,
    pass_time=events.publish_overdue,
)

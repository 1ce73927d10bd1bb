"""Invoiless: invoices and retainer invoices, and their payments. https://docs.invoiless.com."""

from sandbox.provider import Provider
from sandbox.providers.invoiless import errors, invoices, operations
from sandbox.providers.invoiless.advice import advise
from sandbox.providers.invoiless.laws import LAWS
from sandbox.providers.invoiless.records import InvoilessState

PROVIDER = Provider(
    name="invoiless",
    operations=(operations, invoices),
    state=InvoilessState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advise,
    laws=LAWS,
    marked=("api_key",),
)

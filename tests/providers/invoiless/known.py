"""What the tests of this provider share: constants, types and readers of replies."""

from decimal import Decimal
from typing import Any

from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Payment

PROVIDER = "invoiless"

WORKSHOP = "603dfa1f9b3e7d00418c2f15"  # the scopes
SHOP = "614887129b3e7d00418c2f1c"
MARKET_STALL = "62a85fa49b3e7d00418c2f23"  # of the bakery, which is another account

PARTIAL = "651d68809b3e7d00418c2f77"  # workshop, Partial: 380.00 of 2,480.00 EUR are paid, by one payment
PARTIAL_PAYMENT = "653bc1579b3e7d00418c30ea"
UNTOUCHED = "6554cb5f9b3e7d00418c2f7e"  # workshop, Unpaid: 1,640.00 EUR
THREE = "6523c1c99b3e7d00418c2f8c"  # workshop, Partial: three payments, 1,549.50 of 5,400.00 GBP are owed
THREE_LAST = "659814049b3e7d00418c3145"  # the last of them, 250.50
LEAST = "65844b3c9b3e7d00418c3073"  # workshop, Unpaid: one cent
PAID = "651ad0389b3e7d00418c30ab"  # workshop, 2,600.00 USD by one payment
PAID_PAYMENT = "65390c2e9b3e7d00418c30e3"
DRAFT = "659ea5639b3e7d00418c3096"
PENDING = "659ff86a9b3e7d00418c309d"  # 860.00 EUR
CANCELED = "651ad0559b3e7d00418c30a4"
REFUNDED = "651c156b9b3e7d00418c30b2"  # shop, 349.95 EUR by one payment
REFUNDED_PAYMENT = "652673189b3e7d00418c30d5"
RETAINER = "658459569b3e7d00418c30b9"  # workshop, 3,000.00 EUR
BAKERY = "65a13da39b3e7d00418c30ce"  # the other account's
BAKERY_PAYMENT = "65a1102a9b3e7d00418c3153"
NOBODY = "ffffffffffffffffffffffff"

INVOICES = "/v1/invoices"
MONDEGO = "604759ef9b3e7d00418c2f2a"  # Café Mondego, a customer with the internalId C-1007
MOLEN = "62b0372f9b3e7d00418c2f70"  # the bakery's customer
NEW: dict[str, Any] = {
    "customer": MONDEGO,
    "items": [{"name": "Label design", "price": 480}],
}  # an invoice of no more than must be said: a draft
UNPAID: dict[str, Any] = {**NEW, "status": "Unpaid"}  # one that takes payments

UNACCEPTABLE = b'{"message":"The request was unacceptable, often due to missing a required parameter."}'
FORBIDDEN = b'{"message":"The API key doesn\'t have permissions to perform the request."}'
NOT_FOUND = b'{"message":"The requested resource doesn\'t exist."}'
NO_SUCH_METHOD = b'{"message":"The resource does not take this method."}'


def payments_of(invoice: str) -> str:
    """The path of an invoice's payments."""
    return f"/v1/invoices/{invoice}/payments"


def invoice_path(invoice: str) -> str:
    """The path of an invoice."""
    return f"{INVOICES}/{invoice}"


def path_of(payment: str) -> str:
    """The path of a payment."""
    return f"/v1/payments/{payment}"


def invoice(state: InvoilessState, key: str) -> Invoice:
    """Get an invoice that exists."""
    found = state.invoices.get(key)
    assert found is not None
    return found


def standing(state: InvoilessState, key: str) -> tuple[Decimal | int, str]:
    """The balance and the status of an invoice."""
    found = invoice(state, key)
    return found.balance, found.status


def payment(state: InvoilessState, key: str) -> Payment:
    """Get a payment that exists."""
    found = state.payments.get(key)
    assert found is not None
    return found

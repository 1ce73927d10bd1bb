"""Records that a call sees: those of its account and, if it names a scope, of that scope only."""

from typing import Final

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.providers.invoiless.records import Customer, Invoice, InvoilessState, Payment, Scope
from paysandbox.providers.invoiless.rules import (
    MOST_PER_PAGE,
    RequestedCustomer,
    replace_customer,
    update_billed_customer,
)

_SCOPE: Final = "#scope-id"


def find_scope(call: Call, state: InvoilessState) -> str | None:
    """Return the id of the scope that the call names; None if it names none.

    Raises:
        NotFound: the account has no such scope.
    """
    scope = call.headers["scope-id"]
    if scope is None:
        return None
    rule = call.rule("scope-limits-what-is-seen")
    if _get_scope(call, state, scope) is None:
        raise NotFound(f"this key has no scope {scope}", rule=rule, at=_SCOPE)
    return str(scope)


def choose_page(call: Call) -> tuple[int, int]:
    """Return the page that the call asks for, counted from 1, and how many records a page holds."""
    page, limit = call.query["page"], call.query["limit"]
    if limit > MOST_PER_PAGE:
        call.rule("limit-is-at-most-100")
        limit = MOST_PER_PAGE
    return page, limit


def find_invoice(call: Call, state: InvoilessState) -> Invoice:
    """Return the invoice of the path.

    Raises:
        NotFound: the call sees no such invoice.
    """
    invoice = state.invoices.get(call.path["id"])
    if invoice is None or not _sees(call, invoice):
        raise _build_not_found(call, state, "invoice")
    return invoice


def find_customer(call: Call, state: InvoilessState) -> Customer:
    """Return the customer of the path.

    Raises:
        NotFound: the call sees no such customer.
    """
    customer = state.customers.get(call.path["id"])
    if customer is None or customer.is_deleted or not _sees(call, customer):
        raise _build_not_found(call, state, "customer")
    return customer


def find_or_create_customer(
    call: Call, state: InvoilessState, requested: str | RequestedCustomer, scope: str | None
) -> Customer:
    """Return the customer that an invoice names or describes; save what it says of one that it describes.

    Raises:
        NotFound: the account has no customer with this id.
    """
    account = call.principal.id
    if isinstance(requested, str) or requested.id is not None:
        key = requested if isinstance(requested, str) else requested.id
        found = state.customers.get(key)
        if found is None or found.is_deleted or found.account != account:
            place = "/customer" if isinstance(requested, str) else "/customer/id"
            rule = call.rule("customer-must-be-known")
            raise NotFound(f"this key has no customer {key}", rule=rule, at=place)
        return found
    call.rule("customer-is-made-in-passing")
    known = None
    if requested.internal_id is not None:
        known = state.customers.find("internal_id", (account, requested.internal_id))
    if known is None:
        customer = create_customer(call, state, requested, scope)
    else:
        note_email(call, requested)
        customer = update_billed_customer(known, requested)
    state.customers.put(customer)
    return customer


def create_customer(call: Call, state: InvoilessState, requested: RequestedCustomer, scope: str | None) -> Customer:
    """Create the requested customer, which is not saved yet."""
    note_email(call, requested)
    new = Customer(
        id=state.hex_id("customer", 24),
        account=call.principal.id,
        name=requested.name,
        internal_id=requested.internal_id,
        scope=scope,
        created_at=state.now(),
    )
    return replace_customer(new, requested)


def note_email(call: Call, requested: RequestedCustomer) -> None:
    """Note that the address of a requested customer is kept in lower case."""
    if requested.email is not None and requested.email != requested.email.lower():
        call.rule("email-is-lower-cased")


def find_payment(call: Call, state: InvoilessState) -> tuple[Payment, Invoice]:
    """Return the payment of the path, and its invoice.

    Raises:
        NotFound: the call sees no such payment.
    """
    payment = state.payments.get(call.path["id"])
    invoice = state.invoices.get(payment.invoice) if payment else None
    if payment is None or invoice is None or not _sees(call, invoice):
        raise _build_not_found(call, state, "payment")
    return payment, invoice


def _sees(call: Call, record: Invoice | Customer) -> bool:
    scope = call.headers["scope-id"]
    if scope is not None:
        call.rule("scope-limits-what-is-seen")
    return record.account == call.principal.id and scope in {None, record.scope}


def _build_not_found(call: Call, state: InvoilessState, noun: str) -> NotFound:
    """Build the problem: the scope is unknown, or it or the account has no such invoice or payment."""
    scope = call.headers["scope-id"]
    if scope is None:
        return NotFound(f"this key has no {noun} {call.path['id']}", at="{id}")
    rule = "scope-limits-what-is-seen"
    known = _get_scope(call, state, scope)
    if known is None:
        return NotFound(f"this key has no scope {scope}", rule=rule, at=_SCOPE)
    return NotFound(f"the scope {known.name} has no {noun} {call.path['id']}", rule=rule, at="{id}")


def _get_scope(call: Call, state: InvoilessState, scope: str) -> Scope | None:
    known = state.scopes.get(scope)
    return known if known is not None and known.account == call.principal.id else None

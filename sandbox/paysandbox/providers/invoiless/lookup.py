"""What a call sees: the records of its key's account and, if it confines itself to a scope, of that scope."""

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Payment, Scope


def scope_of(call: Call, state: InvoilessState) -> str | None:
    """The id of the scope to which the call confines itself, if it does.

    Raises:
        NotFound: the key's account has no such scope.
    """
    scope = call.headers["scope-id"]
    if scope is None:
        return None
    rule = call.rule("scope-limits-what-is-seen")
    if _known_scope(call, state, scope) is None:
        raise NotFound(f"this key has no scope {scope}", rule=rule)
    return str(scope)


def invoice_of(call: Call, state: InvoilessState) -> Invoice:
    """The invoice of the path, retainer or not.

    Raises:
        NotFound: this call sees no such invoice.
    """
    invoice = state.invoices.get(call.path["id"])
    if invoice is None or not _sees(call, invoice):
        raise _not_found(call, state, "invoice")
    return invoice


def payment_of(call: Call, state: InvoilessState) -> tuple[Payment, Invoice]:
    """The payment of the path, with its invoice.

    Raises:
        NotFound: this call sees no such payment.
    """
    payment = state.payments.get(call.path["id"])
    invoice = state.invoices.get(payment.invoice) if payment else None
    if payment is None or invoice is None or not _sees(call, invoice):
        raise _not_found(call, state, "payment")
    return payment, invoice


def _sees(call: Call, invoice: Invoice) -> bool:
    """Whether the invoice is of the key's account and, if the call confines itself to a scope, of that scope."""
    scope = call.headers["scope-id"]
    if scope is not None:
        call.rule("scope-limits-what-is-seen")
    return invoice.account == call.principal.id and scope in {None, invoice.scope}


def _not_found(call: Call, state: InvoilessState, what: str) -> NotFound:
    """Why the `what` of the path is not found."""
    scope = call.headers["scope-id"]
    if scope is None:
        return NotFound(f"this key has no {what} {call.path['id']}")
    rule = "scope-limits-what-is-seen"
    known = _known_scope(call, state, scope)
    if known is None:
        return NotFound(f"this key has no scope {scope}", rule=rule)
    return NotFound(f"the scope {known.name} has no {what} {call.path['id']}", rule=rule)


def _known_scope(call: Call, state: InvoilessState, scope: str) -> Scope | None:
    """The scope of this id, if the key's account has it."""
    known = state.scopes.get(scope)
    return known if known is not None and known.account == call.principal.id else None

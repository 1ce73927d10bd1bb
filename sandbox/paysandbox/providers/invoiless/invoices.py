"""The imitated Invoiless's calls on invoices, retainers included, each from a `Call` to a `Reply`."""

import datetime as dt

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoiless import rules, wire
from paysandbox.providers.invoiless.lookup import invoice_of, scope_of
from paysandbox.providers.invoiless.records import Customer, Invoice, InvoilessState
from paysandbox.providers.invoiless.rules import InvoiceTerms, NewCustomer


def create_invoice(call: Call, state: InvoilessState) -> Reply:
    """Create an invoice, or a retainer invoice; nothing of it is paid."""
    scope = scope_of(call, state)
    terms = wire.invoice_terms(call.body)
    date, due_date = _days(call, state, terms)
    customer = _customer(call, state, terms.customer)
    if terms.is_retainer:
        call.rule("retainers-are-invoices")
    if terms.currency is None:
        call.rule("currency-defaults-to-the-account-s")
    call.rule("total-is-the-sum-of-the-items")
    total = rules.total(terms.items)
    invoice = Invoice(
        id=state.hex_id("invoice", 24),
        number=_number(call, state, terms, date),
        account=call.principal.id,
        scope=scope,
        customer=customer.id,
        status=terms.status,
        is_retainer=terms.is_retainer,
        currency=terms.currency or call.principal.currency,
        items=terms.items,
        total=total,
        balance=total,
        date=date,
        due_date=due_date,
        lang=terms.lang,
        terms=terms.terms,
        notes=terms.notes,
        tags=terms.tags,
        tax_included=terms.tax_included,
        created_at=state.now(),
    )
    state.invoices.put(invoice)
    return Reply(201, wire.invoice(invoice, customer))


def list_invoices(call: Call, state: InvoilessState) -> Reply:
    """Retrieve invoices of the key's account, or of one scope of it."""
    scope = scope_of(call, state)
    account, page, limit = call.principal.id, call.query["page"], call.query["limit"]
    index, value = ("account", account) if scope is None else ("scope", (account, scope))
    start = (page - 1) * limit
    if call.query["search"]:
        call.rule("search-finds-number-customer-or-tag")
        found = [one for one in state.invoices.all(index, value) if _is_meant(state, one, call.query["search"])]
        count, shown = len(found), found[start : start + limit]
    else:
        count, shown = state.invoices.count(index, value), state.invoices.page(index, value, start, limit)
    if any(one.is_retainer for one in shown):
        call.rule("retainers-are-invoices")
    docs = [wire.invoice(one, state.customers.get(one.customer)) for one in shown]
    return Reply(200, wire.listed(docs, page, rules.page_count(count, limit), state.variants["list_envelope"]))


def get_invoice(call: Call, state: InvoilessState) -> Reply:
    """Retrieve a specific invoice by ID."""
    invoice = invoice_of(call, state)
    if invoice.is_retainer:
        call.rule("retainers-are-invoices")
    return Reply(200, wire.invoice(invoice, state.customers.get(invoice.customer)))


def _days(call: Call, state: InvoilessState, terms: InvoiceTerms) -> tuple[dt.date, dt.date]:
    """The day of the invoice, and the one on which it is due.

    Raises:
        NotAllowed: it would be due before its date.
    """
    date = terms.date
    if date is None:
        call.rule("date-defaults-to-today")
        date = state.today()
    if terms.due_date is None:
        call.rule("due-date-defaults-to-30-days")
        return date, rules.due(date)
    if terms.due_date < date:
        rule = call.rule("due-date-is-not-before-date")
        raise NotAllowed(f"The invoice would be due on {terms.due_date}, before its date {date}.", rule=rule)
    return date, terms.due_date


def _customer(call: Call, state: InvoilessState, wanted: str | NewCustomer) -> Customer:
    """Who is billed: a customer that the account has, or one that is made in passing.

    Raises:
        NotFound: the key's account has no customer of this id.
    """
    account = call.principal.id
    if isinstance(wanted, str):
        found = state.customers.get(wanted)
        if found is None or found.account != account:
            raise NotFound(f"this key has no customer {wanted}", rule=call.rule("customer-must-be-known"))
        return found
    call.rule("customer-is-made-in-passing")
    if wanted.internal_id is not None:
        known = state.customers.find("internal_id", (account, wanted.internal_id))
        if known is not None:
            return known
    made = Customer(
        id=state.hex_id("customer", 24),
        account=account,
        name=wanted.name,
        email=wanted.email,
        internal_id=wanted.internal_id,
    )
    state.customers.put(made)
    return made


def _number(call: Call, state: InvoilessState, terms: InvoiceTerms, date: dt.date) -> str:
    """The number that is asked for, or the next one of the year that no invoice of the account has."""
    if terms.number is not None:
        return terms.number
    call.rule("number-is-the-next")
    account = call.principal.id
    place = state.invoices.count("series", (account, terms.is_retainer, date.year)) + 1
    while state.invoices.find("number", (account, rules.number(terms.is_retainer, date.year, place))) is not None:
        place += 1
    return rules.number(terms.is_retainer, date.year, place)


def _is_meant(state: InvoilessState, invoice: Invoice, search: str) -> bool:
    """Whether a search finds the invoice."""
    customer = state.customers.get(invoice.customer)
    return rules.mentions((invoice.number, customer.name if customer else "", *invoice.tags), search)

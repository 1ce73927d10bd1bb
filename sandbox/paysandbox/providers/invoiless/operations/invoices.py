"""Operations on invoices, retainer invoices included."""

import datetime as dt

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoiless import lookup, rules, wire
from paysandbox.providers.invoiless.records import Customer, Invoice, InvoilessState
from paysandbox.providers.invoiless.rules import NewCustomer, RequestedInvoice


def create_invoice(call: Call, state: InvoilessState) -> Reply:
    """Create an invoice or a retainer invoice, with its whole total still owed.

    Raises:
        NotFound: the account has no such scope or customer.
        NotAllowed: the due date is before the date.
    """
    scope = lookup.find_scope(call, state)
    requested = wire.read_invoice(call.body)
    date, due_date = _choose_dates(call, state, requested)
    customer = _find_or_create_customer(call, state, requested.customer)
    if requested.is_retainer:
        call.rule("retainers-are-invoices")
    if requested.currency is None:
        call.rule("currency-defaults-to-the-account-s")
    call.rule("total-is-the-sum-of-the-items")
    total = rules.add_up_items(requested.items)
    invoice = Invoice(
        id=state.hex_id("invoice", 24),
        number=_choose_number(call, state, requested, date),
        account=call.principal.id,
        scope=scope,
        customer=customer.id,
        status=requested.status,
        is_retainer=requested.is_retainer,
        currency=requested.currency or call.principal.currency,
        items=requested.items,
        total=total,
        balance=total,
        date=date,
        due_date=due_date,
        lang=requested.lang,
        terms=requested.terms,
        notes=requested.notes,
        tags=requested.tags,
        tax_included=requested.tax_included,
        created_at=state.now(),
    )
    state.invoices.put(invoice)
    return Reply(201, wire.write_invoice(invoice, customer))


def list_invoices(call: Call, state: InvoilessState) -> Reply:
    """List the invoices of the account, or of one scope of it, in pages.

    Raises:
        NotFound: the account has no such scope.
    """
    scope = lookup.find_scope(call, state)
    account, page, limit, search = call.principal.id, call.query["page"], call.query["limit"], call.query["search"]
    index, value = ("account", account) if scope is None else ("scope", (account, scope))
    start = (page - 1) * limit
    if search:
        call.rule("search-finds-number-customer-or-tag")
        matches = [invoice for invoice in state.invoices.all(index, value) if _matches(state, invoice, search)]
        count, invoices = len(matches), matches[start : start + limit]
    else:
        count, invoices = state.invoices.count(index, value), state.invoices.page(index, value, start, limit)
    if any(invoice.is_retainer for invoice in invoices):
        call.rule("retainers-are-invoices")
    docs = [wire.write_invoice(invoice, state.customers.get(invoice.customer)) for invoice in invoices]
    return Reply(200, wire.write_list(docs, page, rules.count_pages(count, limit), state.variants["list_envelope"]))


def get_invoice(call: Call, state: InvoilessState) -> Reply:
    """Return an invoice or a retainer invoice.

    Raises:
        NotFound: the call sees no such invoice.
    """
    invoice = lookup.find_invoice(call, state)
    if invoice.is_retainer:
        call.rule("retainers-are-invoices")
    return Reply(200, wire.write_invoice(invoice, state.customers.get(invoice.customer)))


def _choose_dates(call: Call, state: InvoilessState, requested: RequestedInvoice) -> tuple[dt.date, dt.date]:
    """Return the date and the due date, each as requested or by default.

    Raises:
        NotAllowed: the due date is before the date.
    """
    date = requested.date
    if date is None:
        call.rule("date-defaults-to-today")
        date = state.today()
    if requested.due_date is None:
        call.rule("due-date-defaults-to-30-days")
        return date, rules.default_due_date(date)
    if requested.due_date < date:
        rule = call.rule("due-date-is-not-before-date")
        raise NotAllowed(f"The invoice would be due on {requested.due_date}, before its date {date}.", rule=rule)
    return date, requested.due_date


def _find_or_create_customer(call: Call, state: InvoilessState, requested: str | NewCustomer) -> Customer:
    """Return the customer with this id, or the described one, created if the account does not have it.

    Raises:
        NotFound: the account has no customer with this id.
    """
    account = call.principal.id
    if isinstance(requested, str):
        found = state.customers.get(requested)
        if found is None or found.account != account:
            raise NotFound(f"this key has no customer {requested}", rule=call.rule("customer-must-be-known"))
        return found
    call.rule("customer-is-made-in-passing")
    if requested.internal_id is not None:
        known = state.customers.find("internal_id", (account, requested.internal_id))
        if known is not None:
            return known
    customer = Customer(
        id=state.hex_id("customer", 24),
        account=account,
        name=requested.name,
        email=requested.email,
        internal_id=requested.internal_id,
    )
    state.customers.put(customer)
    return customer


def _choose_number(call: Call, state: InvoilessState, requested: RequestedInvoice, date: dt.date) -> str:
    """Return the requested number, or the next one of the year that no invoice of the account has."""
    if requested.number is not None:
        return requested.number
    call.rule("number-is-the-next")
    account, is_retainer = call.principal.id, requested.is_retainer
    count = state.invoices.count("series", (account, is_retainer, date.year)) + 1
    while state.invoices.find("number", (account, rules.format_number(is_retainer, date.year, count))) is not None:
        count += 1
    return rules.format_number(is_retainer, date.year, count)


def _matches(state: InvoilessState, invoice: Invoice, search: str) -> bool:
    """Whether a search finds the invoice: by its number, its customer's name or a tag."""
    customer = state.customers.get(invoice.customer)
    return rules.contain_text((invoice.number, customer.name if customer else "", *invoice.tags), search)

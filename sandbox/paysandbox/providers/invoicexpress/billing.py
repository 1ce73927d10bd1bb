"""InvoiceXpress's operations on invoices and simplified invoices, in the order of its contract."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import drafts, rules, wire
from paysandbox.providers.invoicexpress.drafts import INVOICE, KINDS, SIMPLIFIED_INVOICE, Kind
from paysandbox.providers.invoicexpress.records import Client, Invoice, InvoiceXpressState, Sequence, Tax
from paysandbox.store.tables import Table


def create_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Make an invoice, which is a draft at first. Source: our notes, POST /invoices.json.

    Raises:
        NotAllowed: the account has no such sequence, or the document is due before its date.
    """
    return _created(call, state, INVOICE)


def list_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """A page of the account's invoices and simplified invoices. Source: our notes, GET /invoices.json.

    Raises:
        NotAllowed: the range of dates ends before it begins.
    """
    call.rule("list-is-by-type-and-age")
    kinds = [kind for kind in KINDS if call.query["type[]"] in {None, kind.type}]
    page, size = call.query["page"], call.query["per_page"]
    start = (page - 1) * size
    days = _days(call)
    if days is None:
        total = sum(state.table(kind.table).count("account", call.principal.id) for kind in kinds)
        found = list(_part(call, state, kinds, start, size))
    else:
        every = [(kind, one) for kind in kinds for one in state.table(kind.table).all("account", call.principal.id)]
        chosen = [(kind, one) for kind, one in every if days[0] <= one.date <= days[1]]
        total, found = len(chosen), chosen[start : start + size]
    pages = max(1, -(-total // size))
    if page > pages:
        call.rule("page-beyond-the-last-is-empty")
    return Reply(
        200,
        {
            "invoices": [_shown(one, kind, state) for kind, one in found],
            "pagination": {"total_entries": total, "current_page": page, "total_pages": pages, "per_page": size},
        },
    )


def get_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """An invoice in any state. Source: our notes, GET /invoices/:id.json.

    Raises:
        NotFound: the account has no such invoice.
    """
    return _found(call, state, INVOICE)


def change_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle an invoice. Source: our notes, PUT /invoices/:id/change-state.json.

    Raises:
        NotFound: the account has no such invoice.
        NotAllowed: its state does not allow it, or it has receipts that count.
    """
    return _changed(call, state, INVOICE)


def create_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Make a simplified invoice, which is a draft at first. Source: our notes, POST /simplified_invoices.json.

    Raises:
        NotAllowed: the account has no such sequence, or the document is due before its date.
    """
    return _created(call, state, SIMPLIFIED_INVOICE)


def get_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """A simplified invoice in any state. Source: our notes, GET /simplified_invoices/:id.json.

    Raises:
        NotFound: the account has no such simplified invoice.
    """
    return _found(call, state, SIMPLIFIED_INVOICE)


def change_simplified_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle a simplified invoice, like an invoice.

    Source: the vendor's page on change-state, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such simplified invoice.
        NotAllowed: its state does not allow it, or it has receipts that count.
    """
    return _changed(call, state, SIMPLIFIED_INVOICE)


def _created(call: Call, state: InvoiceXpressState, kind: Kind) -> Reply:
    asked: dict[str, Any] = call.body[kind.wrapper]
    day, due = wire.read_date(asked["date"]), wire.read_date(asked["due_date"])
    if due < day:
        raise NotAllowed(
            f"/{kind.wrapper}/due_date: {asked['due_date']} is before the document's date, {asked['date']}",
            rule="due-on-its-date-or-later",
        )
    sequence = _sequence(call, asked, kind, state)
    call.rule("items-are-rounded-one-by-one")
    items = tuple(drafts.item(one, _tax(call, one, state)) for one in asked["items"])
    call.rule("new-document-is-a-draft")
    heading = drafts.Heading(
        account=call.principal.id,
        client=_client(call, asked["client"], state).id,
        sequence=sequence.id,
        date=day,
        due_date=due,
        reference=asked.get("reference"),
        observations=asked.get("observations"),
        retention=asked.get("retention"),
        tax_exemption=asked.get("tax_exemption"),
    )
    document = drafts.draft(state.next_document_id(), heading, items)
    state.table(kind.table).put(document)
    return Reply(201, {kind.wrapper: _shown(document, kind, state)})


def _found(call: Call, state: InvoiceXpressState, kind: Kind) -> Reply:
    return Reply(200, {kind.wrapper: _shown(_own(call, state, kind), kind, state)})


def _changed(call: Call, state: InvoiceXpressState, kind: Kind) -> Reply:
    document = _own(call, state, kind)
    asked = next(call.body[wrapper] for wrapper in (kind.wrapper, "invoice") if wrapper in call.body)
    wanted, message = asked["state"], asked.get("message")
    status = drafts.becomes(document.status, wanted)
    if status is None:
        raise NotAllowed(
            f"document {document.id} is {document.status} and cannot be {wanted}", rule="states-follow-each-other"
        )
    if status == "canceled" and any(rules.counts(one) for one in state.receipts.all("document", document.id)):
        raise NotAllowed(
            f"document {document.id} has receipts that count; cancel them first",
            rule="receipted-document-is-not-cancelled",
        )
    if status == "settled":
        call.rule("marked-as-settled-owes-nothing")
    after = drafts.changed(document, status, message)
    if status == "final":
        call.rule("finalized-takes-next-number")
        sequence = drafts.counted(state.sequence_of(document), kind)
        state.sequences.put(sequence)
        after = drafts.numbered(after, sequence, kind)
    state.table(kind.table).put(after)
    return Reply(200, {kind.wrapper: _shown(after, kind, state)})


def _own(call: Call, state: InvoiceXpressState, kind: Kind) -> Invoice:
    """The document of this type that the path names."""
    (document_id,) = call.path.values()
    table: Table[Invoice] = state.table(kind.table)
    document = table.get(document_id)
    if document is None or document.account != call.principal.id:
        raise NotFound(
            f"this account has no {kind.wrapper.replace('_', ' ')} {document_id}", rule="unknown-document-is-404"
        )
    return document


def _sequence(call: Call, asked: Mapping[str, Any], kind: Kind, state: InvoiceXpressState) -> Sequence:
    """The sequence that will number the document."""
    given = asked.get("sequence_id")
    if given is None:
        call.rule("sequence-defaults-to-the-first")
        found = state.sequences.find("account", call.principal.id)
    else:
        found = state.sequences.get(wire.read_id(given))
    if found is None or found.account != call.principal.id:
        raise NotAllowed(
            f"/{kind.wrapper}/sequence_id: this account has no sequence{'' if given is None else f' {given!r}'}",
            rule="sequence-defaults-to-the-first",
        )
    return found


def _client(call: Call, asked: Mapping[str, Any], state: InvoiceXpressState) -> Client:
    """The client of this name, who is made if the account has none."""
    call.rule("client-is-found-by-name")
    known = state.clients.find("name", (call.principal.id, asked["name"]))
    if known is not None:
        return known
    client = Client(
        id=state.next_client_id(),
        account=call.principal.id,
        name=asked["name"],
        country=asked.get("country") or "Portugal",
        code=asked.get("code"),
        email=asked.get("email"),
        fiscal_id=asked.get("fiscal_id"),
    )
    state.clients.put(client)
    return client


def _tax(call: Call, asked: Mapping[str, Any], state: InvoiceXpressState) -> Tax:
    """The tax on an item: the account's of this name, or its default one."""
    name = (asked.get("tax") or {}).get("name")
    account = call.principal.id
    found = None if name is None else state.taxes.find("name", (account, name))
    if found is None:
        call.rule("tax-defaults-to-the-accounts")
        found = state.taxes.find("default", (account, True))
    if found is None:
        raise NotAllowed("this account has no default tax", rule="tax-defaults-to-the-accounts")
    return Tax(id=found.id, name=found.name, value=found.value)


def _days(call: Call) -> tuple[dt.date, dt.date] | None:
    """The first and the last date that is asked for; None if any date will do."""
    first, last = call.query["date[from]"], call.query["date[to]"]
    if first is None and last is None:
        return None
    call.rule("dates-are-in-order")
    days = (
        dt.date.min if first is None else wire.read_date(first),
        dt.date.max if last is None else wire.read_date(last),
    )
    if days[1] < days[0]:
        raise NotAllowed(f"?date[to]: {last} is before ?date[from], {first}", rule="dates-are-in-order")
    return days


def _part(
    call: Call, state: InvoiceXpressState, kinds: list[Kind], start: int, size: int
) -> Iterator[tuple[Kind, Invoice]]:
    """The documents from the `start`-th, one type after the other, found without a look at those before."""
    for kind in kinds:
        table: Table[Invoice] = state.table(kind.table)
        found = table.page("account", call.principal.id, start, size)
        yield from ((kind, one) for one in found)
        start, size = max(0, start - table.count("account", call.principal.id)), size - len(found)


def _shown(document: Invoice, kind: Kind, state: InvoiceXpressState) -> dict[str, Any]:
    return wire.invoice(document, state.client_of(document), state.sequence_of(document), kind, state.variants)

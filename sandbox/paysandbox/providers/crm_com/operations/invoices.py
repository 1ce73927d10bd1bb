"""Operations that read invoices."""

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_release, select_fields
from paysandbox.providers.crm_com.records.state import CrmComState


def show_invoice(call: Call, state: CrmComState) -> Reply:
    """Return an invoice with its outstanding amount. Source: vendor page, GET invoices/show.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound, NotAllowed: the identifier names no invoice, or several.
    """
    identifier = identifiers.read_identifier(call.query["invoice_identifier"])
    check_release(call, state, {"invoice_identifier": identifier})
    invoice = identifiers.find_record(call, "invoice_identifier", state.invoices, "invoice")
    data = select_fields(call, wire.write_invoice(state, invoice), call.query.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def list_invoices(call: Call, state: CrmComState) -> Reply:
    """List the invoices of an accounts receivable, the newest first. Source: vendor page, GET invoices/list.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound, NotAllowed: an identifier names no record, or several.
    """
    query = call.query
    check_release(call, state, query)
    account = identifiers.find_record(
        call, "accounts_receivable_identifier", state.accounts_receivable, "accounts receivable"
    )
    type_id = identifiers.find_id(call, "type_identifier", state.types, "type")
    category_id = identifiers.find_id(call, "category_identifier", state.categories, "category")
    found = [
        invoice
        for invoice in state.invoices.all("accounts_receivable", account.id)
        if type_id in (None, invoice.type) and category_id in (None, invoice.category)
    ]
    found.sort(key=lambda invoice: (invoice.issued_on, invoice.number), reverse=True)
    offset, size = query.get("offset") or 0, query.get("number_of_results") or len(found)
    if offset or query.get("number_of_results"):
        call.rule("a-part-of-the-list")
    data = [
        select_fields(call, wire.write_invoice(state, invoice), query.get("fields_set"))
        for invoice in found[offset : offset + size]
    ]
    return Reply(200, wire.write_success(data, state.variants))

"""Operations on invoices."""

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
    invoice = identifiers.find_record(state.invoices, identifier, "invoice")
    data = select_fields(call, wire.write_invoice(state, invoice), call.query.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))

"""Operations that read payments."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_release, select_fields
from paysandbox.providers.crm_com.records.payments import Payment
from paysandbox.providers.crm_com.records.state import CrmComState

_ACCOUNT: Final = "accounts_receivable_identifier"
DEFAULT_RESULTS: Final = 100  # how many payments a list has without number_of_results; house decision


def show_payment(call: Call, state: CrmComState) -> Reply:
    """Return a payment with all its parameters and its invoice. Source: vendor page, GET payments/show.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound, NotAllowed: the identifier names no payment, or several.
    """
    identifier = identifiers.read_identifier(call.query["payment_identifier"])
    check_release(call, state, {"payment_identifier": identifier})
    payment = identifiers.find_record(call, "payment_identifier", state.payments, "payment")
    if payment.invoice is None:
        call.rule("payments-show-what-they-paid")
    data = select_fields(call, wire.write_full_payment(state, payment), call.query.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def list_payments(call: Call, state: CrmComState) -> Reply:
    """List the payments of an accounts receivable, oldest first. Source: vendor page, GET payments/list.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound, NotAllowed: an identifier names no record, or several.
    """
    check_release(call, state, call.query)
    fields_set = call.query.get("fields_set")
    data = [
        select_fields(call, wire.write_full_payment(state, payment), fields_set)
        for payment in _find_payments(call, state)
    ]
    return Reply(200, wire.write_success(data, state.variants))


def get_latest_payments(call: Call, state: CrmComState) -> Reply:
    """Return the latest payments of an accounts receivable. Source: vendor page, GET payments/get_latest.

    Raises:
        NotFound, NotAllowed: an identifier names no record, or several.
    """
    query = call.query
    check_release(call, state, query)
    account = identifiers.find_record(call, _ACCOUNT, state.accounts_receivable, "accounts receivable")
    filters = _read_filters(call, state)
    found = [payment for payment in state.payments.all("accounts_receivable", account.id) if _matches(payment, filters)]
    call.rule("latest-first")
    found.sort(key=_order_of_issue, reverse=True)
    data = [
        select_fields(call, wire.write_full_payment(state, payment), query.get("fields_set"))
        for payment in found[: query["number"]]
    ]
    return Reply(200, wire.write_success(data, state.variants))


def _order_of_issue(payment: Payment) -> tuple[str, int, str]:
    return payment.issued_on, len(payment.reference_number), payment.reference_number


def _find_payments(call: Call, state: CrmComState) -> list[Payment]:
    query = call.query
    account = identifiers.find_record(call, _ACCOUNT, state.accounts_receivable, "accounts receivable")
    call.rule("payments-of-the-account")
    filters = _read_filters(call, state)
    offset, size = query.get("offset") or 0, query.get("number_of_results") or DEFAULT_RESULTS
    if offset or query.get("number_of_results"):
        call.rule("a-part-of-the-list")
    if not filters:
        # The index of the table gives the page, so that an account with many payments is not read as a whole.
        return state.payments.page("accounts_receivable", account.id, offset, size)
    found = [payment for payment in state.payments.all("accounts_receivable", account.id) if _matches(payment, filters)]
    return found[offset : offset + size]


def _read_filters(call: Call, state: CrmComState) -> dict[str, str]:
    """Return the ids that the properties of a listed payment must have, by the property's name."""
    ids = {
        "type": identifiers.find_id(call, "type_identifier", state.types, "type"),
        "category": identifiers.find_id(call, "category_identifier", state.categories, "category"),
        "payment_method": identifiers.find_id(
            call, "payment_method_identifier", state.payment_methods, "payment method"
        ),
    }
    return {name: record_id for name, record_id in ids.items() if record_id is not None}


def _matches(payment: Payment, filters: Mapping[str, str]) -> bool:
    return all(getattr(payment, name) == record_id for name, record_id in filters.items())

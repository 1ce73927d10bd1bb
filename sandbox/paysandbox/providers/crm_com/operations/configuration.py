"""Operations that list what an installation has set up."""

from collections.abc import Iterable
from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_method, check_release, select_fields
from paysandbox.providers.crm_com.records.catalogue import TypePaymentMethod
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import releases


def list_payment_methods(call: Call, state: CrmComState) -> Reply:
    """List the payment methods that a type allows; a type without a list allows all.

    Source: vendor page, GET payments/configuration/payment_methods/list; house decision.

    Raises:
        Invalid: the release does not have the method yet.
        NotFound, NotAllowed: the identifier names no type, or several.
    """
    check_method(call, state, releases.CONFIGURATION_LISTS)
    payment_type = identifiers.find_record(call, "payment_type_identifier", state.types, "type")
    allowed = state.types_payment_methods.all("type", payment_type.id) or [
        TypePaymentMethod(id=method.id, type=payment_type.id, payment_method=method.id)
        for method in state.payment_methods.records()
    ]
    return _answer(call, state, (wire.write_allowed_method(state, entry) for entry in allowed))


def list_payment_types(call: Call, state: CrmComState) -> Reply:
    """List the types of payments. Source: house decision, as GET invoices/configuration/types/list.

    Raises:
        Invalid: the release does not have the method yet.
    """
    check_method(call, state, releases.CONFIGURATION_LISTS)
    return _answer(call, state, map(wire.write_type, state.types.all("classification", "PAYMENT")))


def list_invoice_types(call: Call, state: CrmComState) -> Reply:
    """List the types of invoices. Source: vendor page, GET invoices/configuration/types/list.

    Raises:
        Invalid: the release does not have the method yet.
    """
    check_method(call, state, releases.CONFIGURATION_LISTS)
    return _answer(call, state, map(wire.write_type, state.types.all("classification", "INVOICE")))


def list_payment_preferences(call: Call, state: CrmComState) -> Reply:
    """List the payment preferences that there are.

    Source: vendor page, GET accounts_receivable/configuration/payment_preferences/list.
    """
    check_release(call, state, call.query)
    return _answer(call, state, map(wire.write_payment_preference, state.payment_preferences.records()))


def _answer(call: Call, state: CrmComState, found: Iterable[dict[str, Any]]) -> Reply:
    data = [select_fields(call, properties, call.query.get("fields_set")) for properties in found]
    return Reply(200, wire.write_success(data, state.variants))

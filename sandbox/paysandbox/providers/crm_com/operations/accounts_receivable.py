"""Operations that read accounts receivable and their balances."""

from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_release, select_fields
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable
from paysandbox.providers.crm_com.records.state import CrmComState


def show_accounts_receivable(call: Call, state: CrmComState) -> Reply:
    """Return an accounts receivable with its balance. Source: vendor page, GET accounts_receivable/show.

    Raises:
        NotFound, NotAllowed: the identifier names no accounts receivable, or several.
    """
    check_release(call, state, call.query)
    account = identifiers.find_record(
        call, "accounts_receivable_identifier", state.accounts_receivable, "accounts receivable"
    )
    return Reply(200, wire.write_success(_write_account(call, state, account), state.variants))


def list_accounts_receivable(call: Call, state: CrmComState) -> Reply:
    """List the accounts receivable of a contact. Source: vendor page, GET accounts_receivable/list.

    Raises:
        NotFound, NotAllowed: the identifier names no contact, or several.
    """
    check_release(call, state, call.query)
    contact = identifiers.find_record(call, "contact_information_identifier", state.contacts, "contact")
    data = [_write_account(call, state, account) for account in state.accounts_receivable.all("owner", contact.id)]
    return Reply(200, wire.write_success(data, state.variants))


def _write_account(call: Call, state: CrmComState, account: AccountsReceivable) -> dict[str, Any]:
    call.rule("balance-is-calculated")
    call.rule("outstanding-amount-is-past-due")
    return select_fields(call, wire.write_full_account(state, account), call.query.get("fields_set"))

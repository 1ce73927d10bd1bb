"""Operations that read wallets."""

from typing import Final

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_method, read_body, select_fields
from paysandbox.providers.crm_com.records.catalogue import Wallet
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import releases

_WALLET: Final = "wallet_identifier"
_ACCOUNT: Final = "accounts_receivable_identifier"


def show_wallet(call: Call, state: CrmComState) -> Reply:
    """Return a wallet with its balance. Source: vendor page, GET wallets/show.

    Raises:
        Invalid: the release has no wallets yet.
        NotFound, NotAllowed: the identifier names no wallet, or several.
    """
    check_method(call, state, releases.WALLETS)
    wallet = identifiers.find_record(call, _WALLET, state.wallets, "wallet")
    data = select_fields(call, wire.write_wallet(state, wallet), call.query.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def list_wallets(call: Call, state: CrmComState) -> Reply:
    """List the wallets of an accounts receivable. Source: vendor page, GET wallets/list.

    Raises:
        Invalid: the release has no wallets yet.
        NotFound, NotAllowed: the identifier names no accounts receivable, or several.
    """
    check_method(call, state, releases.WALLETS)
    account = identifiers.find_record(call, _ACCOUNT, state.accounts_receivable, "accounts receivable")
    data = [
        select_fields(call, wire.write_wallet(state, wallet), call.query.get("fields_set"))
        for wallet in state.wallets.all("accounts_receivable", account.id)
    ]
    return Reply(200, wire.write_success(data, state.variants))


def get_wallet_balance(call: Call, state: CrmComState) -> Reply:
    """Return the balance of a wallet. Source: vendor page, POST wallets/get_balance.

    Raises:
        Invalid: the release has no wallets yet.
        NotFound, NotAllowed: the identifier names no wallet, or several.
    """
    check_method(call, state, releases.WALLETS)
    call = read_body(call)
    call.rule("exactly-one-key-per-identifier")
    wallet = _find_wallet(call, state)
    data = select_fields(call, wire.write_wallet_balance(wallet), call.body.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def _find_wallet(call: Call, state: CrmComState) -> Wallet:
    call.rule("accounts-receivable-or-wallet")
    if call.body.get(_WALLET) is not None:
        return identifiers.find_record(call, _WALLET, state.wallets, "wallet")
    account = identifiers.find_record(call, _ACCOUNT, state.accounts_receivable, "accounts receivable")
    found = state.wallets.all("accounts_receivable", account.id)
    return identifiers.require_single(found, {_ACCOUNT: call.body[_ACCOUNT]}, "wallet", at=f"/{_ACCOUNT}")

"""Faults in the imitated CRM.COM, its contract included."""

from typing import Final

from tests.faults.fault import Fault

_HERE: Final = "sandbox/providers/crm_com"

FAULTS: Final = (
    Fault(
        id="crm-any-token",
        kind="semantic",
        says="A token that nobody was given is taken for the first one that there is.",
        file=f"{_HERE}/errors.py",
        old="token = state.tokens.get(credential)",
        new="token = state.tokens.get(credential) or next(state.tokens.records(), None)",
    ),
    Fault(
        id="crm-token-never-expires",
        kind="early return",
        says="A token lives for ever.",
        file=f"{_HERE}/rules.py",
        old="    if token.never_expires:\n",
        new="    if token.issued_on <= now:\n",
    ),
    Fault(
        id="crm-released-token-lives",
        kind="dropped call",
        says="A token that was released is still good.",
        file=f"{_HERE}/operations.py",
        old="    state.tokens.delete(call.principal.token)\n",
        new="",
    ),
    Fault(
        id="crm-password-not-asked",
        kind="condition",
        says="Any password logs in.",
        file=f"{_HERE}/operations.py",
        old='        or user.password != call.body["password"]\n',
        new="",
    ),
    Fault(
        id="crm-release-gate-dropped",
        kind="dropped call",
        says="Old releases take members that only later ones have.",
        file=f"{_HERE}/operations.py",
        old="    _refuse_newer_members(call, state)\n",
        new="",
    ),
    Fault(
        id="crm-wallet-not-lowered",
        kind="dropped call",
        says="A wallet that has paid has as much as before.",
        file=f"{_HERE}/paying.py",
        old="        state.wallets.put(rules.spent(order.payer.wallet, payment.payment_amount))\n",
        new="        rules.spent(order.payer.wallet, payment.payment_amount)\n",
    ),
    Fault(
        id="crm-last-money-refused",
        kind="boundary",
        says="A wallet cannot spend all that it has.",
        file=f"{_HERE}/paying.py",
        old="if wallet.unconditional_balance < invoice.outstanding_amount:",
        new="if wallet.unconditional_balance <= invoice.outstanding_amount:",
    ),
    Fault(
        id="crm-http-status-for-a-refusal",
        kind="constant",
        says="A refused call is answered with HTTP 400 instead of an envelope that says so.",
        file=f"{_HERE}/errors.py",
        old="    return 200\n",
        new="    return 400\n",
    ),
    Fault(
        id="crm-unit-of-another-organisation",
        kind="condition",
        says="A user logs in at any unit that exists, other organisations' units too.",
        file=f"{_HERE}/operations.py",
        old="if _organisation_of(state, wanted) != _organisation_of(state, user.unit):",
        new="if _organisation_of(state, wanted) is None:",
    ),
)

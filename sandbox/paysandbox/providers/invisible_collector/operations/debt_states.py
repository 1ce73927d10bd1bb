"""Operations on the status of debts, and on their attributes.

Source: the vendor's pages for /debts, of which the content is known, but not the wording, and the vendor's clients.
"""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invisible_collector import wire
from paysandbox.providers.invisible_collector.lookup import require_debt
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState


def suspend_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Keep a debt from being collected.

    Raises:
        NotFound: the company has no such debt.
        NotAllowed: the debt is PAID or CANCELLED.
    """
    debt = require_debt(call, state)
    if debt.status == "SUSPENDED":
        call.rule("suspending-is-idempotent")
    rule = call.rule("settled-debt-is-not-suspended")
    if debt.status in {"PAID", "CANCELLED"}:
        raise _refuse(debt, rule)
    return _put(state, replace(debt, status="SUSPENDED", suspended=True))


def unsuspend_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Let a suspended debt be collected again.

    Raises:
        NotFound: the company has no such debt.
        NotAllowed: the debt is PAID or CANCELLED.
    """
    debt = require_debt(call, state)
    if debt.status == "PENDING":
        call.rule("unsuspending-is-idempotent")
    rule = call.rule("settled-debt-is-not-unsuspended")
    if debt.status in {"PAID", "CANCELLED"}:
        raise _refuse(debt, rule)
    return _put(state, replace(debt, status="PENDING", suspended=False))


def cancel_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Give a debt up.

    Raises:
        NotFound: the company has no such debt.
        NotAllowed: the debt is PAID.
    """
    debt = require_debt(call, state)
    if debt.status == "CANCELLED":
        call.rule("cancelling-a-debt-is-idempotent")
    rule = call.rule("paid-debt-is-not-cancelled")
    if debt.status == "PAID":
        raise _refuse(debt, rule)
    return _put(state, replace(debt, status="CANCELLED"))


def set_debt_attributes(call: Call, state: InvisibleCollectorState) -> Reply:
    """Add attributes to those of a debt, or change them; by a variant they take the place of all.

    Raises:
        NotFound: the company has no such debt.
    """
    debt = require_debt(call, state)
    call.rule("debt-attributes-are-merged")
    held = debt.attributes if state.variants["debt_attributes"] == "merge" else {}
    return _put(state, replace(debt, attributes=held | call.body))


def delete_debt_attributes(call: Call, state: InvisibleCollectorState) -> Reply:
    """Delete all attributes of a debt; the reply has none, instead of leaving them out.

    Raises:
        NotFound: the company has no such debt.
    """
    debt = replace(require_debt(call, state), attributes={})
    state.debts.put(debt)
    return Reply(200, wire.write_debt(debt, state.variants["debt_id_name"]) | {"attributes": {}})


def _put(state: InvisibleCollectorState, debt: Debt) -> Reply:
    state.debts.put(debt)
    return Reply(200, wire.write_debt(debt, state.variants["debt_id_name"]))


def _refuse(debt: Debt, rule: str) -> NotAllowed:
    return NotAllowed(
        f"the debt {debt.number!r} is {debt.status}",
        rule=rule,
        at="{id}",
        facts={"message": f"The debt is {debt.status}"},
    )

"""Faults in the imitated Invoiless, its contract included."""

from typing import Final

from tests.faults.fault import Fault

_HERE: Final = "sandbox/providers/invoiless"

FAULTS: Final = (
    Fault(
        id="il-patch-acts-as-put",
        kind="semantic",
        says="What a PATCH does not name is set to its default.",
        file=f"{_HERE}/wire.py",
        old="return terms({**kept, **body})",
        new='return terms({"method": kept["method"], **body})',
    ),
    Fault(
        id="il-put-acts-as-patch",
        kind="semantic",
        says="What a PUT does not name stays, as if it were a PATCH.",
        file=f"{_HERE}/operations.py",
        old="_kept(call, state, invoice, wire.terms(call.body), payment)",
        new="_kept(call, state, invoice, wire.changed_terms(payment, call.body), payment)",
    ),
    Fault(
        id="il-delete-gives-nothing-back",
        kind="dropped call",
        says="A deleted payment's amount is not owed again.",
        file=f"{_HERE}/operations.py",
        old="    _settle(call, state, invoice, -payment.amount)\n",
        new="",
    ),
    Fault(
        id="il-delete-keeps",
        kind="dropped call",
        says="A deleted payment is still there.",
        file=f"{_HERE}/operations.py",
        old="    state.payments.delete(payment.id)\n",
        new="",
    ),
    Fault(
        id="il-page-off-by-one",
        kind="constant",
        says="The first page of a list is the second.",
        file=f"{_HERE}/operations.py",
        old="(page - 1) * limit",
        new="page * limit",
    ),
    Fault(
        id="il-scope-sees-all-without-scope",
        kind="condition",
        says="A call that is confined to a scope sees invoices that are in none.",
        file=f"{_HERE}/operations.py",
        old="scope in {None, invoice.scope}",
        new="(scope in {None, invoice.scope} or invoice.scope is None)",
    ),
    Fault(
        id="il-amount-off-by-a-cent",
        kind="boundary",
        says="A payment may exceed what is owed by a cent.",
        file=f"{_HERE}/operations.py",
        old="if terms.amount > owed:",
        new='if terms.amount > owed + Decimal("0.01"):',
    ),
    Fault(
        id="il-401-for-403",
        kind="constant",
        says="A wrong key is answered 401, which the vendor does not document.",
        file=f"{_HERE}/errors.py",
        old="return _reply(403,",
        new="return _reply(401,",
    ),
    Fault(
        id="il-open-request",
        kind="dropped statement",
        says="The contract's request for a whole payment is not closed any more.",
        file="schemas/invoiless/openapi.yaml",
        old='Create Payment, body table"\n      type: object\n      additionalProperties: false\n',
        new='Create Payment, body table"\n      type: object\n',
    ),
)

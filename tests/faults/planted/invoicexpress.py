"""Faults in the imitated InvoiceXpress, its contract included."""

from typing import Final

from tests.faults.fault import Fault

_HERE: Final = "sandbox/providers/invoicexpress"

FAULTS: Final = (
    Fault(
        id="ix-receipt-number-reused",
        kind="dropped call",
        says="The next receipt takes the same number again.",
        file=f"{_HERE}/operations.py",
        old="    state.sequences.put(sequence)\n",
        new="",
    ),
    Fault(
        id="ix-invoice-not-paid",
        kind="dropped call",
        says="A receipt is made, and the invoice owes as much as before.",
        file=f"{_HERE}/operations.py",
        old="    table.put(after)\n",
        new="",
    ),
    Fault(
        id="ix-foreign-document-payable",
        kind="condition",
        says="Any account's key pays any account's document.",
        file=f"{_HERE}/operations.py",
        old="if table is None or document is None or document.account != call.principal.id:",
        new="if table is None or document is None:",
    ),
    Fault(
        id="ix-mechanism-of-the-account-first",
        kind="semantic",
        says="The account's payment mechanism goes before the client's.",
        file=f"{_HERE}/rules.py",
        old='return asked or client.payment_mechanism or account.payment_mechanism or "TB"',
        new='return asked or account.payment_mechanism or client.payment_mechanism or "TB"',
    ),
    Fault(
        id="ix-tax-not-rounded",
        kind="dropped call",
        says="The tax on a receipt has fractions of a cent.",
        file=f"{_HERE}/rules.py",
        old="tax_amount = round_half_up(item.tax_amount * total / item.total)",
        new="tax_amount = item.tax_amount * total / item.total",
    ),
    Fault(
        id="ix-refusal-with-a-body",
        kind="semantic",
        says="An unknown document is answered with an error message, where the vendor answers nothing.",
        file=f"{_HERE}/errors.py",
        old="        case NotFound():\n            return Reply(404)",
        new='        case NotFound(message=message):\n            return Reply(404, {"errors": [message]})',
    ),
    Fault(
        id="ix-any-key",
        kind="semantic",
        says="A key that nobody has is taken for the first account's.",
        file=f"{_HERE}/errors.py",
        old='account = state.accounts.find("api_key", api_key)',
        new='account = state.accounts.find("api_key", api_key) or next(state.accounts.records())',
    ),
    Fault(
        id="ix-loose-date-pattern",
        kind="semantic",
        says="The contract lets through that months of 30 days have a 31st.",
        file="schemas/invoicexpress/openapi.yaml",
        old="(?:29|30)/(?:0[13-9]|1[0-2])",
        new="(?:29|30|31)/(?:0[13-9]|1[0-2])",
    ),
    Fault(
        id="ix-unit-price-in-cents",
        kind="dropped argument",
        says="A scaled unit price is rounded to cents, so that it does not make the subtotal.",
        file=f"{_HERE}/rules.py",
        old="round_half_up(subtotal / item.quantity, _PRICE_STEP)",
        new="round_half_up(subtotal / item.quantity)",
    ),
)

"""Mutants of the imitated InvoiceXpress, its contract included."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, DropCall, Replace, Returned, SchemaValue

MUTANTS: Final = (
    Mutant(
        id="ix-receipt-number-reused",
        kind="dropped call",
        says="The next receipt takes the same number again.",
        within="create_partial_payment",
        change=DropCall("state.sequences.put"),
    ),
    Mutant(
        id="ix-invoice-not-paid",
        kind="dropped call",
        says="A receipt is made, and the invoice owes as much as before.",
        within="create_partial_payment",
        change=DropCall("table.put"),
    ),
    Mutant(
        id="ix-foreign-document-payable",
        kind="condition",
        says="Any account's key pays any account's document.",
        within="_find_payable",
        change=Condition("document.account != call.principal.id", "False"),
    ),
    Mutant(
        id="ix-mechanism-of-the-account-first",
        kind="semantic",
        says="The account's payment mechanism goes before the client's.",
        within="choose_mechanism",
        change=Returned(
            "asked or account.payment_mechanism or client.payment_mechanism or 'TB'",
            old="asked or client.payment_mechanism or account.payment_mechanism or 'TB'",
        ),
    ),
    Mutant(
        id="ix-tax-not-rounded",
        kind="dropped call",
        says="The tax on a receipt has fractions of a cent.",
        within="_scale_item",
        change=Replace("round_half_up(item.tax_amount * total / item.total)", "item.tax_amount * total / item.total"),
    ),
    Mutant(
        id="ix-refusal-with-a-body",
        kind="semantic",
        says="An unknown document is answered with an error message, where the vendor answers nothing.",
        within="refuse",
        change=Returned("Reply(404, {'errors': [problem.message]})", old="Reply(404)"),
    ),
    Mutant(
        id="ix-any-key",
        kind="semantic",
        says="A key that nobody has is taken for the first account's.",
        within="authenticate",
        change=Replace(
            "state.accounts.find('api_key', api_key)",
            "state.accounts.find('api_key', api_key) or next(state.accounts.records())",
        ),
    ),
    Mutant(
        id="ix-loose-date-pattern",
        kind="semantic",
        says="The contract lets through that months of 30 days have a 31st.",
        within="contract",
        change=SchemaValue(
            "/components/schemas/GivenDate/pattern",
            "(?:29|30|31)/(?:0[13-9]|1[0-2])",
            part="(?:29|30)/(?:0[13-9]|1[0-2])",
        ),
    ),
    Mutant(
        id="ix-unit-price-in-cents",
        kind="dropped argument",
        says="A scaled unit price is rounded to cents, so that it does not make the subtotal.",
        within="_scale_item",
        change=Replace(
            "round_half_up(subtotal / item.quantity, _PRICE_STEP)", "round_half_up(subtotal / item.quantity)"
        ),
    ),
    Mutant(
        id="ix-cancelled-receipt-still-pays",
        kind="dropped call",
        says="A receipt is cancelled, and its document owes as little as before.",
        within="change_receipt_state",
        change=DropCall("table.put", keep_argument=True),
    ),
    Mutant(
        id="ix-receipt-cancelled-twice",
        kind="condition",
        says="A receipt is cancelled as often as one likes.",
        within="change_receipt_state",
        change=Condition("receipt.is_void", "receipt.document < 0"),
    ),
    Mutant(
        id="ix-receipted-invoice-cancelled",
        kind="condition",
        says="An invoice with receipts that count can be cancelled.",
        within="_change_state",
        change=Condition("state.has_receipt(invoice)", "not state.has_receipt(invoice)"),
    ),
    Mutant(
        id="ix-settled-stays-settled",
        kind="semantic",
        says="An invoice whose receipt was cancelled stays settled.",
        within="remove_payment",
        change=Replace(
            "changed.marked_settled or (has_receipt and not changed.outstanding)", "invoice.status == 'settled'"
        ),
    ),
    Mutant(
        id="ix-types-share-numbers",
        kind="semantic",
        says="Simplified invoices take the numbers of invoices.",
        within="SIMPLIFIED_INVOICE",
        change=Argument("counter", "'current_invoice_number'"),
    ),
    Mutant(
        id="ix-second-page-begins-late",
        kind="arithmetic",
        says="Each page of the list but the first leaves out a document.",
        within="_list",
        change=Replace("(page - 1) * size", "(page - 1) * (size + 1)"),
    ),
    Mutant(
        id="ix-last-date-not-included",
        kind="boundary",
        says="A range of dates or amounts in a list leaves its last value out.",
        within="Range.has",
        change=Replace("value <= self.last", "value < self.last"),
    ),
    Mutant(
        id="ix-receipts-always-listed",
        kind="condition",
        says="Receipts are in the list of all documents, whether type[] names them or not.",
        within="_LISTED",
        change=Replace("table != 'receipts'", "True"),
    ),
    Mutant(
        id="ix-reference-in-part",
        kind="semantic",
        says="A reference finds documents whose reference contains it, so an app takes the wrong one.",
        within="Filters.match",
        change=Replace("document.reference == self.reference", "self.reference in (document.reference or '')"),
    ),
    Mutant(
        id="ix-page-size-without-limit",
        kind="condition",
        says="A page may hold more than thirty documents.",
        within="_read_size",
        change=Condition("asked <= _MOST_PER_PAGE", "asked"),
    ),
    Mutant(
        id="ix-archived-hides-nothing",
        kind="semantic",
        says="Asking for archived documents alone finds those that are not archived.",
        within="_hides_all",
        change=Returned("False", old="bool(archived) if others is None else not others"),
    ),
    Mutant(
        id="ix-dated-before-the-last",
        kind="boundary",
        says="A document of the same date as the last of its serie cannot be finalized.",
        within="is_dated_before",
        change=Replace("document.date < last.date", "document.date <= last.date"),
    ),
    Mutant(
        id="ix-no-date-is-too-early",
        kind="early return",
        says="A document dated before the last of its serie takes a number.",
        within="_check_date",
        change=Condition("not state.checks_live", "True"),
    ),
    Mutant(
        id="ix-check-digit-of-ten",
        kind="semantic",
        says="Tax numbers whose check digit would be 10 are refused, although theirs is 0.",
        within="_has_check_digit",
        change=Replace("-weighted % _MODULUS % _DECIMAL", "-weighted % _MODULUS"),
    ),
    Mutant(
        id="ix-m00-is-a-reason",
        kind="semantic",
        says="M00, which says that there is no exemption, is taken for the reason of one.",
        within="lacks_exemption",
        change=Replace("exemption in {None, NO_EXEMPTION}", "exemption is None"),
    ),
    Mutant(
        id="ix-united-kingdom",
        kind="semantic",
        says="The contract lets through a country that the vendor's list has under another name.",
        within="contract",
        change=SchemaValue("/components/schemas/Country/enum", "United Kingdom", part="UK"),
    ),
    Mutant(
        id="ix-catalogue-forgets-the-tax",
        kind="condition",
        says="A known item takes the default tax of a document that names none.",
        within="put_catalogue_item",
        change=Replace("item.tax.id if wire.drop_empty(asked.get('tax')) else known.tax", "item.tax.id"),
    ),
    Mutant(
        id="ix-total-beyond-a-payment",
        kind="condition",
        says="A document may owe more than one payment can name.",
        within="_build_draft",
        change=Condition("draft.total > LARGEST_TOTAL", "False"),
    ),
    Mutant(
        id="ix-406-for-every-refusal",
        kind="condition",
        says="Under state_refusal_status 406 an overpayment is answered with 406 too, which the contract lacks there.",
        within="_OF_STATE",
        change=Replace("'states-follow-each-other'", "'overpayment-is-refused'"),
    ),
    Mutant(
        id="ix-list-of-one-type-has-all",
        kind="dropped argument",
        says="The list of simplified invoices has invoices too.",
        within="list_simplified_invoices",
        change=Replace("[SIMPLIFIED_INVOICE.table]", "_LISTED"),
    ),
    Mutant(
        id="ix-cancelling-needs-no-reason",
        kind="semantic",
        says="The contract lets an invoice be cancelled without a reason.",
        within="contract",
        change=SchemaValue("/components/schemas/StateChange/then/required", "[state]"),
    ),
)

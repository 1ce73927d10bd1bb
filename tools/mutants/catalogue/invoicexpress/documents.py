"""Mutants of documents, clients, items and taxes at InvoiceXpress."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, Replace, Returned, SchemaValue

MUTANTS: Final = (
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
        id="ix-types-share-numbers",
        kind="semantic",
        says="Simplified invoices take the numbers of invoices.",
        within="SIMPLIFIED_INVOICE",
        change=Argument("counter", "'current_invoice_number'"),
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
        within="build_document",
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
        id="ix-cancelling-needs-no-reason",
        kind="semantic",
        says="The contract lets an invoice be cancelled without a reason.",
        within="contract",
        change=SchemaValue("/components/schemas/StateChange/then/required", "[state]"),
    ),
    Mutant(
        id="ix-client-name-taken-twice",
        kind="condition",
        says="Two clients of an account may have the same name or code.",
        within="_check_unique",
        change=Condition("known.id != client.id", "False"),
    ),
    Mutant(
        id="ix-client-of-another-account",
        kind="condition",
        says="A key reads and changes the clients, taxes, items and sequences of other accounts.",
        within="find_own",
        change=Condition("record.account != call.principal.id", "False"),
    ),
    Mutant(
        id="ix-pdf-always-being-made",
        kind="arithmetic",
        says="A PDF never becomes ready, however often it is asked for.",
        within="get_document_pdf",
        change=Replace("asked.polls + 1", "asked.polls"),
    ),
    Mutant(
        id="ix-pdf-of-any-digits",
        kind="condition",
        says="A PDF is downloaded by the id of its document and any digits.",
        within="_find_printed",
        change=Condition("wire.hash_permalink(found[1]) != given", "False"),
    ),
    Mutant(
        id="ix-two-default-taxes",
        kind="semantic",
        says="A tax that becomes the default leaves the one before as it is.",
        within="_put",
        change=Replace("replace(known, default_tax=False)", "known"),
    ),
    Mutant(
        id="ix-tax-in-use-deleted",
        kind="condition",
        says="A tax of an item in the catalogue is deleted.",
        within="delete_tax",
        change=Condition("state.items.count('tax', tax.id)", "False"),
    ),
    Mutant(
        id="ix-registered-without-credentials",
        kind="condition",
        says="A sequence is registered for an account without credentials.",
        within="register_sequence",
        change=Condition("not call.principal.tax_authority_credentials", "False"),
    ),
    Mutant(
        id="ix-final-document-changed",
        kind="condition",
        says="A document that has a number is changed.",
        within="_update",
        change=Condition("draft.status != 'draft'", "False"),
    ),
    Mutant(
        id="ix-old-items-stay",
        kind="semantic",
        says="The items of a change do not take the place of those that the draft had.",
        within="_add_form",
        change=Returned("known | form | {'items': known['items']}", old="known | form"),
    ),
    Mutant(
        id="ix-drafts-are-sent",
        kind="condition",
        says="A draft is sent by e-mail.",
        within="_email",
        change=Condition("bill.sequence_number == DRAFT_NUMBER", "False"),
    ),
)

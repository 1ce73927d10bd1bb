"""Mutants of invoices and customers at Invoiless."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, Replace, SchemaValue

MUTANTS: Final = (
    Mutant(
        id="il-scope-sees-all-without-scope",
        kind="condition",
        says="A call that is confined to a scope sees invoices that are in none.",
        within="_sees",
        change=Replace("scope in {None, record.scope}", "scope in {None, record.scope} or record.scope is None"),
    ),
    Mutant(
        id="il-401-for-403",
        kind="constant",
        says="A wrong key is answered 401, which the vendor does not document.",
        within="refuse",
        change=Replace("state.variants['unauthenticated_status'] == '401'", "True"),
    ),
    Mutant(
        id="il-due-before-date",
        kind="condition",
        says="An invoice may be due before its date.",
        within="_choose_dates",
        change=Condition("requested.due_date < date", "requested.due_date > dt.date.max"),
    ),
    Mutant(
        id="il-total-rounded-once",
        kind="lost rounding",
        says="An invoice's items are added up first and rounded then.",
        within="add_up_items",
        change=Replace(
            "sum((round_half_up(item.quantity * item.price) for item in items), round_half_up(ZERO))",
            "round_half_up(sum((item.quantity * item.price for item in items), ZERO))",
        ),
    ),
    Mutant(
        id="il-create-forgets-the-scope",
        kind="constant",
        says="An invoice that is made in a scope belongs to none.",
        within="build_invoice",
        change=Argument("scope", "None"),
    ),
    Mutant(
        id="il-customer-of-another-account",
        kind="condition",
        says="An invoice may be made out to another account's customer.",
        within="find_or_create_customer",
        change=Condition("found.account != account", "False"),
    ),
    Mutant(
        id="il-envelope-fixed",
        kind="constant",
        says="A list is an object with docs, whatever the variant says.",
        within="write_list",
        change=Condition("envelope == 'array'", "envelope == 'list'"),
    ),
    Mutant(
        id="il-default-status-fixed",
        kind="constant",
        says="An invoice without a status is Unpaid, whatever the variant says.",
        within="_choose_status",
        change=Replace("'Unpaid' if state.variants['default_status'] == 'Unpaid' else 'Draft'", "'Unpaid'"),
    ),
    Mutant(
        id="il-settled-invoice-owes",
        kind="constant",
        says="All of an invoice that is created as Paid is still owed.",
        within="compute_first_balance",
        change=Replace("round_half_up(ZERO) if status in SETTLED else total", "total"),
    ),
    Mutant(
        id="il-number-taken-twice",
        kind="condition",
        says="Two invoices of an account may have the same number.",
        within="_choose_number",
        change=Condition(
            "state.invoices.find('number', (account, number)) is not None",
            "False",
        ),
    ),
    Mutant(
        id="il-moment-of-its-own-day",
        kind="semantic",
        says="A payment's moment is taken without its zone.",
        within="read_day",
        change=Condition("_FIRST <= local <= _LAST", "False"),
    ),
    Mutant(
        id="il-limit-not-lowered",
        kind="boundary",
        says="A page may hold more than a hundred records.",
        within="choose_page",
        change=Condition("limit > MOST_PER_PAGE", "limit > 101"),
    ),
    Mutant(
        id="il-retainers-not-filtered",
        kind="condition",
        says="A list of retainers has other invoices too.",
        within="list_invoices",
        change=Replace("is_retainer in {None, invoice.is_retainer}", "True"),
    ),
    Mutant(
        id="il-discount-below-zero",
        kind="dropped call",
        says="A discount may be more than the items cost.",
        within="compute_totals",
        change=Replace("min(off.compute(sub_total), sub_total)", "off.compute(sub_total)"),
    ),
    Mutant(
        id="il-tax-of-the-sub-total",
        kind="constant",
        says="Taxes are of the items' sum, before discount and charges.",
        within="compute_totals",
        change=Replace("net_total * rate / base", "sub_total * rate / base"),
    ),
    Mutant(
        id="il-scripts-kept",
        kind="dropped call",
        says="Texts keep their tags of HTML.",
        within="_sanitize",
        change=Replace("strip_tags(text)", "text"),
    ),
    Mutant(
        id="il-open-request",
        kind="dropped statement",
        says="The contract's request for a whole payment is not closed any more.",
        within="contract",
        change=SchemaValue("/components/schemas/NewPayment/additionalProperties", "true"),
    ),
    Mutant(
        id="il-signature-of-nothing",
        kind="semantic",
        says="A delivery's signature is not that of its body.",
        within="sign",
        change=Replace(
            "hmac.new(secret.encode(), content, hashlib.sha256)", "hmac.new(secret.encode(), b'', hashlib.sha256)"
        ),
    ),
    Mutant(
        id="il-paid-told-again",
        kind="condition",
        says="Each change of a payment of a paid invoice fires InvoicePaid again.",
        within="publish_paid",
        change=Condition('before is None or before.status != "Paid"', "True"),
    ),
    Mutant(
        id="il-deleted-customer-billed",
        kind="condition",
        says="A deleted customer can be billed by its id.",
        within="find_or_create_customer",
        change=Condition("found is None or found.is_deleted or found.account != account", "found is None"),
    ),
    Mutant(
        id="il-deleted-customer-keeps-its-internal-id",
        kind="dropped statement",
        says="A deleted customer is found by its internal id.",
        within="delete_customer",
        change=Argument("internal_id", "customer.internal_id"),
    ),
    Mutant(
        id="il-customer-patch-acts-as-put",
        kind="semantic",
        says="What a PATCH of a customer does not name is none.",
        within="read_customer_update",
        change=Replace(
            "{**written, **body, 'billTo': {**kept, **body.get('billTo', {})}}",
            "{**body, 'billTo': {**kept, **body.get('billTo', {})}}",
        ),
    ),
    Mutant(
        id="il-copy-to-the-customer-itself",
        kind="condition",
        says="The customer's own address may be among those that get a copy.",
        within="find_repeated_address",
        change=Replace("set() if customer.email is None else {customer.email.lower()}", "set()"),
    ),
    Mutant(
        id="il-retainer-becomes-invoice",
        kind="condition",
        says="A change makes an invoice of a retainer.",
        within="change_invoice",
        change=Condition("terms.is_retainer != before.is_retainer", "False"),
    ),
    Mutant(
        id="il-paid-invoice-is-a-draft",
        kind="condition",
        says="A changed invoice has the status that is asked for, whatever is paid.",
        within="restate",
        change=Condition("not paid", "True"),
    ),
    Mutant(
        id="il-sent-draft-stays",
        kind="condition",
        says="A draft that is sent stays a draft.",
        within="send_invoice",
        change=Condition('state.variants["send_publishes"] == "true"', "False"),
    ),
    Mutant(
        id="il-sent-in-the-past",
        kind="condition",
        says="An invoice can be sent on a day that has passed.",
        within="choose_time",
        change=Replace("None if at < now else at", "at"),
    ),
    Mutant(
        id="il-kept-status-is-asked-for",
        kind="condition",
        says="An invoice that stays Refunded owes nothing after any change, although its payment was deleted.",
        within="restate",
        change=Replace(
            "before.status_given if status == before.status else claims_payment(status)", "claims_payment(status)"
        ),
    ),
)

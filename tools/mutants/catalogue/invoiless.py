"""Mutants of the imitated Invoiless, its contract included."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, DropCall, Replace, SchemaValue

MUTANTS: Final = (
    Mutant(
        id="il-patch-acts-as-put",
        kind="semantic",
        says="What a PATCH does not name is set to its default.",
        within="read_payment_update",
        change=Replace("{**kept, **body}", "{'method': kept['method'], **body}"),
    ),
    Mutant(
        id="il-put-acts-as-patch",
        kind="semantic",
        says="What a PUT does not name stays, as if it were a PATCH.",
        within="replace_payment",
        change=Replace("wire.read_payment(call.body)", "wire.read_payment_update(payment, call.body)"),
    ),
    Mutant(
        id="il-delete-gives-nothing-back",
        kind="dropped call",
        says="A deleted payment's amount is not owed again.",
        within="delete_payment",
        change=DropCall("_change_paid"),
    ),
    Mutant(
        id="il-delete-keeps",
        kind="dropped call",
        says="A deleted payment is still there.",
        within="delete_payment",
        change=DropCall("state.payments.delete"),
    ),
    Mutant(
        id="il-page-off-by-one",
        kind="constant",
        says="The first page of a list is the second.",
        within="list_payments",
        change=Replace("(page - 1) * limit", "page * limit"),
    ),
    Mutant(
        id="il-scope-sees-all-without-scope",
        kind="condition",
        says="A call that is confined to a scope sees invoices that are in none.",
        within="_sees",
        change=Replace("scope in {None, invoice.scope}", "scope in {None, invoice.scope} or invoice.scope is None"),
    ),
    Mutant(
        id="il-amount-off-by-a-cent",
        kind="boundary",
        says="A payment may exceed what is owed by a cent.",
        within="_choose_amount",
        change=Condition("requested.amount > owed", "requested.amount > owed + Decimal('0.01')"),
    ),
    Mutant(
        id="il-401-for-403",
        kind="constant",
        says="A wrong key is answered 401, which the vendor does not document.",
        within="refuse",
        change=Replace("_reply(403, _MESSAGES[403])", "_reply(401, _MESSAGES[403])"),
    ),
    Mutant(
        id="il-pending-forgotten",
        kind="constant",
        says="An invoice that was Pending before it was paid is Unpaid after its payment is deleted.",
        within="change_paid",
        change=Replace("'Pending' if pending else 'Unpaid'", "'Unpaid'"),
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
        within="create_invoice",
        change=Argument("scope", "None"),
    ),
    Mutant(
        id="il-customer-of-another-account",
        kind="condition",
        says="An invoice may be made out to another account's customer.",
        within="_find_or_create_customer",
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
            "state.invoices.find('number', (account, requested.number)) is not None",
            "False",
        ),
    ),
    Mutant(
        id="il-moment-of-its-own-day",
        kind="semantic",
        says="A payment's moment is taken without its zone.",
        within="_read_day",
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
        id="il-open-request",
        kind="dropped statement",
        says="The contract's request for a whole payment is not closed any more.",
        within="contract",
        change=SchemaValue("/components/schemas/NewPayment/additionalProperties", "true"),
    ),
)

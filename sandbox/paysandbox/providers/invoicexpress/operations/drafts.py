"""Operations that create invoices, simplified invoices and invoice-receipts."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.providers.invoicexpress import lookup, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    DOCUMENT_TYPES,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    Bill,
    DocumentType,
    ForeignCurrency,
    GlobalDiscount,
    InvoiceXpressState,
    Item,
)
from paysandbox.providers.invoicexpress.rules import checks, invoices, items

LARGEST_TOTAL: Final = Decimal("9999999999999.99")  # the contract's largest amount of a payment

_ACCOUNT_CURRENCY: Final = "EUR"


def create_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an invoice as a draft. Source: vendor documentation, POST /invoices.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, INVOICE)


def create_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a simplified invoice as a draft. Source: vendor documentation, POST /simplified_invoices.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, SIMPLIFIED_INVOICE)


def create_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an invoice-receipt as a draft. Source: vendor documentation, POST /invoice_receipts.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, INVOICE_RECEIPT)


def create_credit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a credit note as a draft. Source: vendor documentation, POST /credit_notes.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, CREDIT_NOTE)


def create_debit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a debit note as a draft. Source: vendor documentation, POST /debit_notes.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, DEBIT_NOTE)


def _create(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    draft = _build_draft(call, state, document_type)
    state.table(document_type.table).put(draft)
    return Reply(201, {document_type.wrapper: wire.write_bill(draft, document_type, state)})


def _build_draft(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Bill:
    """Create the draft that a call asks for, and its client if the account does not know it.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    wrapper = document_type.wrapper if document_type.wrapper in call.body else "invoice"
    asked = wire.drop_empty(call.body[wrapper])
    uid = call.body.get("proprietary_uid") or None
    _check_uid(call, uid, state)
    dates = _read_dates(wrapper, asked)
    header = invoices.Header(
        account=call.principal.id,
        sequence=lookup.find_sequence(call, wrapper, asked, state).id,
        date=dates[0],
        due_date=dates[1],
        reference=asked.get("reference"),
        observations=asked.get("observations"),
        retention=None if "retention" not in asked else str(asked["retention"]),
        tax_exemption=_read_exemption(call, wrapper, asked),
        manual_sequence_number=asked.get("manual_sequence_number"),
        mb_reference=False if "mb_reference" in asked else None,
        global_discount=_read_global_discount(asked),
        multicurrency=_read_currency(call, asked),
        proprietary_uid=uid,
        owner=_read_owner(call, wrapper, asked, state) if document_type.has_owner else None,
        client=lookup.find_or_create_client(call, wrapper, wire.drop_empty(asked["client"]), state).id,
    )
    call.rule("new-document-is-a-draft")
    priced = _price(call, asked, header, state)
    _check_exemption(call, wrapper, header, priced, state)
    draft = invoices.build_draft(state.next_document_id(), header, priced, document_type)
    call.rule("total-can-be-paid")
    if draft.total > LARGEST_TOTAL:
        raise NotAllowed(
            f"/{wrapper}/items: the total is {draft.total}, more than the {LARGEST_TOTAL} that a payment can name",
            rule="total-can-be-paid",
        )
    return draft


def _check_uid(call: Call, uid: str | None, state: InvoiceXpressState) -> None:
    if uid is None:
        return
    for document_type in DOCUMENT_TYPES:
        for known in state.table(document_type.table).all("uid", (call.principal.id, uid)):
            if known.status not in {"deleted", "canceled"}:
                raise Conflict(f"/proprietary_uid: document {known.id} has {uid!r}", rule="same-uid-conflicts")


def _read_dates(wrapper: str, asked: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    date, due_date = wire.read_date(asked["date"]), wire.read_date(asked["due_date"])
    if due_date < date:
        raise NotAllowed(
            f"/{wrapper}/due_date: {asked['due_date']} is before the document's date, {asked['date']}",
            rule="due-on-its-date-or-later",
        )
    return date, due_date


def _read_exemption(call: Call, wrapper: str, asked: Mapping[str, Any]) -> str | None:
    """Return the exemption code, which has two names.

    Raises:
        NotAllowed: the two names have different codes.
    """
    code, reason = asked.get("tax_exemption"), asked.get("tax_exemption_reason")
    if code is None or reason is None:
        return reason if code is None else code
    call.rule("exemption-is-the-same-under-both-names")
    if code != reason:
        raise NotAllowed(
            f"/{wrapper}/tax_exemption_reason: {reason}, but tax_exemption is {code}",
            rule="exemption-is-the-same-under-both-names",
        )
    return str(code)


def _read_owner(call: Call, wrapper: str, asked: Mapping[str, Any], state: InvoiceXpressState) -> int | None:
    """Return the id of the document that a new note belongs to; a draft may lack it, and clients send 0 then."""
    owner_id = wire.read_id(asked.get("owner_invoice_id", ""))
    if not owner_id:
        return None
    call.rule("owner-is-the-accounts")
    owner = lookup.find_owner(owner_id, state)
    if owner is None or owner.account != call.principal.id:
        raise NotAllowed(
            f"/{wrapper}/owner_invoice_id: this account has no document {owner_id} that a note can belong to",
            rule="owner-is-the-accounts",
        )
    return owner_id


def _check_exemption(
    call: Call, wrapper: str, header: invoices.Header, priced: tuple[Item, ...], state: InvoiceXpressState
) -> None:
    if not state.checks_live:
        return
    call.rule("exempt-line-needs-reason")
    if checks.lacks_exemption(priced, header.tax_exemption):
        raise NotAllowed(
            f"/{wrapper}/items: one is taxed at 0 %, and no tax_exemption says why",
            rule="exempt-line-needs-reason",
        )


def _read_global_discount(asked: Mapping[str, Any]) -> GlobalDiscount | None:
    given = asked.get("global_discount")
    return given and GlobalDiscount(value_type=given["value_type"], value=Decimal(given["value"]))


def _read_currency(call: Call, asked: Mapping[str, Any]) -> ForeignCurrency | None:
    code, rate = asked.get("currency_code", _ACCOUNT_CURRENCY), asked.get("rate", 0)
    if code == _ACCOUNT_CURRENCY:
        return None
    call.rule("foreign-currency-needs-a-rate")
    return ForeignCurrency(code=code, rate=Decimal(rate))


def _price(
    call: Call, asked: Mapping[str, Any], header: invoices.Header, state: InvoiceXpressState
) -> tuple[Item, ...]:
    """Return the items with their amounts, after the global discount."""
    call.rule("document-is-rounded-once")
    step = items.choose_step(state.variants["rounding"])
    priced = tuple(items.price_item(item, lookup.find_tax(call, item, state), step) for item in asked["items"])
    for form, item in zip(asked["items"], priced, strict=True):
        lookup.put_catalogue_item(call, form, item, state)
    if header.global_discount is not None:
        call.rule("global-discount-is-borne-by-items")
        priced = items.take_off(priced, header.global_discount, step)
    return priced

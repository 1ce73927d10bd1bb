"""The form of a document: what a request to create or to change one says, checked and priced."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.providers.invoicexpress import lookup, wire
from paysandbox.providers.invoicexpress.records import (
    DOCUMENT_TYPES,
    Bill,
    DocumentType,
    ForeignCurrency,
    GlobalDiscount,
    InvoiceXpressState,
    Item,
)
from paysandbox.providers.invoicexpress.rules import checks, invoices, items

LARGEST_TOTAL: Final = Decimal("9999999999999.99")  # the contract's largest amount of a payment
OTHER_EXEMPTION: Final = "M99"

_ACCOUNT_CURRENCY: Final = "EUR"


def build_document(
    call: Call, state: InvoiceXpressState, document_type: DocumentType, known: Bill | None = None
) -> Bill:
    """Build the draft that a form asks for, and create its client if the account does not know it.

    A form for a `known` draft changes what it gives; what it leaves out stays.

    Raises:
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    wrapper = document_type.wrapper if document_type.wrapper in call.body else "invoice"
    form = wire.drop_empty(call.body[wrapper])
    asked = form if known is None else _add_form(wire.write_form(known), form)
    header = _read_header(call, wrapper, asked, document_type, state)
    if known is None or "client" in form:
        client = lookup.find_or_create_client(call, wrapper, wire.drop_empty(asked["client"]), state).id
    else:
        client = known.client
    uid = call.body.get("proprietary_uid") or (known.proprietary_uid if known is not None else None)
    _check_uid(call, uid, known, state)
    header = replace(header, client=client, proprietary_uid=uid)
    priced = _price(call, asked, header, state, changes_catalogue=known is None or "items" in form)
    if known is None:
        _check_exemption(call, wrapper, header, priced, state)
    elif state.checks_live and checks.lacks_exemption(priced, header.tax_exemption):
        call.rule("exempt-line-is-stamped")
        header = replace(header, tax_exemption=OTHER_EXEMPTION)
    document_id = state.next_document_id() if known is None else known.id
    draft = invoices.build_draft(document_id, header, priced, document_type)
    call.rule("total-can-be-paid")
    if draft.total > LARGEST_TOTAL:
        raise NotAllowed(
            f"the total is {draft.total}, more than the {LARGEST_TOTAL} that a payment can name",
            rule="total-can-be-paid",
            at=f"/{wrapper}/items",
        )
    return draft


def _add_form(known: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Put what a form gives over what is known; an exemption takes the other's place under either name."""
    if "tax_exemption_reason" in form:
        known.pop("tax_exemption", None)
    return known | form


def _read_header(
    call: Call, wrapper: str, asked: Mapping[str, Any], document_type: DocumentType, state: InvoiceXpressState
) -> invoices.Header:
    """Read what a form says of the document itself; its client and its uid are filled in later."""
    dates = _read_dates(call, wrapper, asked)
    return invoices.Header(
        account=call.principal.id,
        client=0,
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
        proprietary_uid=None,
        owner=_read_owner(call, wrapper, asked, state) if document_type.has_owner else None,
    )


def _check_uid(call: Call, uid: str | None, changed: Bill | None, state: InvoiceXpressState) -> None:
    if uid is None:
        return
    for document_type in DOCUMENT_TYPES:
        for known in state.table(document_type.table).all("uid", (call.principal.id, uid)):
            if known.status not in {"deleted", "canceled"} and (changed is None or known.id != changed.id):
                raise Conflict(f"document {known.id} has {uid!r}", rule="same-uid-conflicts", at="/proprietary_uid")


def _read_dates(call: Call, wrapper: str, asked: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    date, due_date = wire.read_date(asked["date"]), wire.read_date(asked["due_date"])
    if due_date < date:
        # A change may give one of them alone: the refusal names the one that was sent.
        name, says = (
            ("due_date", f"{asked['due_date']} is before the document's date, {asked['date']}")
            if call.body[wrapper].get("due_date")
            else ("date", f"{asked['date']} is after the document's due_date, {asked['due_date']}")
        )
        raise NotAllowed(says, rule="due-on-its-date-or-later", at=f"/{wrapper}/{name}")
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
            f"{reason}, but tax_exemption is {code}",
            rule="exemption-is-the-same-under-both-names",
            at=f"/{wrapper}/tax_exemption_reason",
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
            f"this account has no document {owner_id} that a note can belong to",
            rule="owner-is-the-accounts",
            at=f"/{wrapper}/owner_invoice_id",
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
            "one is taxed at 0 %, and no tax_exemption says why",
            rule="exempt-line-needs-reason",
            at=f"/{wrapper}/items",
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
    call: Call, asked: Mapping[str, Any], header: invoices.Header, state: InvoiceXpressState, *, changes_catalogue: bool
) -> tuple[Item, ...]:
    """Return the items with their amounts, after the global discount; the catalogue gets the new ones."""
    call.rule("document-is-rounded-once")
    step = items.choose_step(state.variants["rounding"])
    priced = tuple(items.price_item(item, lookup.find_tax(call, item, state), step) for item in asked["items"])
    for form, item in zip(asked["items"], priced, strict=True) if changes_catalogue else ():
        lookup.put_catalogue_item(call, form, item, state)
    if header.global_discount is not None:
        call.rule("global-discount-is-borne-by-items")
        priced = items.take_off(priced, header.global_discount, step)
    return priced

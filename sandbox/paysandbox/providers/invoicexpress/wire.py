"""Records to InvoiceXpress's JSON, and its dates to ours."""

import datetime as dt
import re
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from paysandbox.core.money import plain
from paysandbox.providers.invoicexpress import rules
from paysandbox.providers.invoicexpress.drafts import NUMBERLESS, Kind
from paysandbox.providers.invoicexpress.records import Client, CreditNote, Document, Invoice, Item, Receipt, Sequence

_PAGES: Final = "https://www.app.invoicexpress.com/documents/"
_SIGNED: Final = (0, 10, 20, 30)  # the characters of a signature that the tax authority's rules print on a document
_AN_ID: Final = re.compile("[1-9][0-9]*")

Variants = Mapping[str, str]


def read_date(text: str) -> dt.date:
    """The date of a `dd/mm/yyyy` that the contract has let through."""
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


def date(day: dt.date) -> str:
    """A date as `dd/mm/yyyy`."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def read_id(given: str | int | Decimal) -> int | None:
    """The id that a text or a whole number is; None for a text that is no id, or not as ids are written."""
    if isinstance(given, str) and not _AN_ID.fullmatch(given):
        return None
    return int(given)


def receipt(issued: Receipt, client: Client, variants: Variants) -> dict[str, Any]:
    """A receipt with the members of the vendor's example, in its order. Source: vendor page, Example Response Body."""
    return _document(issued, client, variants["receipt_type"], issued.atcud, variants)


def invoice(billed: Invoice, client: Client, sequence: Sequence, kind: Kind, variants: Variants) -> dict[str, Any]:
    """An invoice or a simplified invoice; a draft lacks what follows from a number."""
    return _document(billed, client, kind.type, _atcud(billed, sequence), variants)


def credit_note(issued: CreditNote, client: Client, sequence: Sequence, variants: Variants) -> dict[str, Any]:
    """A credit note."""
    return _document(issued, client, "CreditNote", _atcud(issued, sequence), variants)


def _document(document: Document, client: Client, kind: str, atcud: str, variants: Variants) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": document.id,
        "status": document.status,
        "archived": False,
        "type": kind,
        "sequence_number": document.sequence_number,
    }
    if numbered := document.sequence_number != NUMBERLESS:
        number, serie = document.sequence_number.split("/", 1)
        shown |= {"inverted_sequence_number": f"{serie}/{number}", "atcud": atcud}
    shown |= {
        "date": date(document.date),
        "due_date": date(document.due_date),
        "reference": document.reference,
        "observations": document.observations,
        "retention": document.retention,
        "permalink": f"{_PAGES}{document.id}{_page(document)}",
    }
    if numbered:
        shown["saft_hash"] = _signature(document)
    integer = variants["sequence_id_type"] == "integer"
    return shown | {
        "sum": plain(document.sum),
        "discount": plain(document.discount),
        "before_taxes": plain(document.before_taxes),
        "taxes": plain(document.taxes),
        "total": plain(document.total),
        "currency": document.currency,
        "client": {"id": client.id, "name": client.name, "country": client.country},
        "items": [_item(item) for item in document.items],
        "sequence_id": document.sequence_id if integer else str(document.sequence_id),
        "tax_exemption": document.tax_exemption,
    }


def _atcud(document: Document, sequence: Sequence) -> str:
    return rules.atcud(sequence, document.sequence_number.partition("/")[0])


def _item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "description": item.description,
        "unit_price": _text(item.unit_price),
        "unit": item.unit,
        "quantity": _text(item.quantity),
        "tax": {"id": item.tax.id, "name": item.tax.name, "value": plain(item.tax.value)},
        "discount": plain(item.discount),
        "subtotal": plain(item.subtotal),
        "tax_amount": plain(item.tax_amount),
        "discount_amount": plain(item.discount_amount),
        "total": plain(item.total),
    }


def _text(number: Decimal) -> str:
    """A number as the vendor's strings have it: at least one decimal, no exponent."""
    text = str(plain(number))
    return text if "." in text else f"{text}.0"


def _page(document: Document) -> str:
    """The 40 digits of a document's page: always the same for one document."""
    return blake2b(f"{document.account}/{document.id}".encode(), digest_size=20).hexdigest()


def _signature(document: Document) -> str:
    """Four characters in the place of a signature: they follow from what a signature would cover."""
    signed = f"{document.date};{document.sequence_number};{document.total}"
    text = b64encode(blake2b(signed.encode(), digest_size=32).digest()).decode()
    return "".join(text[place] for place in _SIGNED)

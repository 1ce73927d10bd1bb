"""Records to InvoiceXpress's JSON, and its dates to ours."""

import datetime as dt
from base64 import b64encode
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from sandbox.money import plain
from sandbox.providers.invoicexpress.records import Client, Item, Receipt

_PAGES: Final = "https://www.app.invoicexpress.com/documents/"
_SIGNED: Final = (0, 10, 20, 30)  # the characters of a signature that the tax authority's rules print on a document


def read_date(text: str) -> dt.date:
    """The date of a `dd/mm/yyyy` that the contract has let through."""
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


def date(day: dt.date) -> str:
    """A date as `dd/mm/yyyy`."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def receipt(issued: Receipt, client: Client) -> dict[str, Any]:
    """`{"receipt": …}` with the members of the vendor's example, in its order. Source: seed, Example Response Body."""
    number, serie = issued.sequence_number.split("/", 1)
    return {
        "receipt": {
            "id": issued.id,
            "status": issued.status,
            "archived": False,
            "type": "Invoice",
            "sequence_number": issued.sequence_number,
            "inverted_sequence_number": f"{serie}/{number}",
            "atcud": issued.atcud,
            "date": date(issued.date),
            "due_date": date(issued.due_date),
            "reference": issued.reference,
            "observations": issued.observations,
            "retention": issued.retention,
            "permalink": f"{_PAGES}{issued.id}{_page(issued)}",
            "saft_hash": _signature(issued),
            "sum": plain(issued.sum),
            "discount": plain(issued.discount),
            "before_taxes": plain(issued.before_taxes),
            "taxes": plain(issued.taxes),
            "total": plain(issued.total),
            "currency": issued.currency,
            "client": {"id": client.id, "name": client.name, "country": client.country},
            "items": [_item(item) for item in issued.items],
            "sequence_id": str(issued.sequence_id),
            "tax_exemption": issued.tax_exemption,
        }
    }


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


def _page(issued: Receipt) -> str:
    """The 40 digits of a document's page: always the same for one document."""
    return blake2b(f"{issued.account}/{issued.id}".encode(), digest_size=20).hexdigest()


def _signature(issued: Receipt) -> str:
    """Four characters in the place of a signature: they follow from what a signature would cover."""
    signed = f"{issued.date};{issued.sequence_number};{issued.total}"
    text = b64encode(blake2b(signed.encode(), digest_size=32).digest()).decode()
    return "".join(text[place] for place in _SIGNED)

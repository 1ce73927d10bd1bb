"""Conversion between InvoiceXpress's JSON and records: documents, dates and ids."""

import datetime as dt
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Final, Literal

from paysandbox.core.money import round_half_up, strip_zeros
from paysandbox.providers.invoicexpress.records import (
    DOCUMENT_TYPES,
    DRAFT_NUMBER,
    Bill,
    Client,
    Document,
    DocumentType,
    InvoiceXpressState,
    Item,
    Receipt,
    Sequence,
)
from paysandbox.providers.invoicexpress.rules.documents import build_atcud

_ACCOUNT_LINK: Final = "https://www.app.invoicexpress.com/clients/account/"
_PERMALINK: Final = "https://www.app.invoicexpress.com/documents/"
_DIGITS: Final = 40  # of a hash
# The characters of a signature that the tax authority has printed on a document.
_PRINTED: Final = itemgetter(0, 10, 20, 30)
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_ID: Final = re.compile("[1-9][0-9]*")

# The names that the vendor's pages show; a currency without one is named by its code.
_CURRENCIES: Final[Mapping[str, str]] = {
    "GBP": "Pound sterling",
    "CAD": "Canadian dollar",
    "USD": "U.S. dollar",
    "BRL": "Brazilian real",
    "CHF": "Swiss franc",
    "HRK": "Croatian kuna",
}

# The properties of a client in a document, and in a document of a list, in this order. Source: recordings.
_CLIENT_PROPERTIES: Final = ("id", "name", "country", "code", "email", "fiscal_id")
_LISTED_CLIENT_PROPERTIES: Final = (
    "id", "name", "email", "address", "postal_code", "country", "code", "fiscal_id", "phone",
)  # fmt: skip
_RECORD_PROPERTIES: Final = (
    "id", "name", "code", "language", "email", "address", "city", "postal_code", "fiscal_id", "website", "country",
    "phone", "fax", "preferred_contact", "observations", "send_options",
)  # fmt: skip
_TYPE_OF: Final = {document_type.table: document_type for document_type in DOCUMENT_TYPES}

Variants = Mapping[str, str]


def drop_empty(given: Mapping[str, Any] | Literal[""] | None) -> dict[str, Any]:
    """Return the properties that are given: null and "" count as not given. Source: client code."""
    return {name: value for name, value in (given or {}).items() if value is not None and value != ""}


def read_date(text: str) -> dt.date:
    """Read a date written `dd/mm/yyyy` or `d/m/yyyy`, which the contract has validated."""
    day, month, year = text.split("/")
    return dt.date(int(year), int(month), int(day))


def write_date(date: dt.date) -> str:
    """Write a date as `dd/mm/yyyy`."""
    return f"{date.day:02}/{date.month:02}/{date.year:04}"


def read_id(given: str | int | Decimal) -> int | None:
    """Read an id given as a string or a whole number; None for a string that is not a positive integer."""
    if isinstance(given, str) and not _ID.fullmatch(given):
        return None
    return int(given)


def is_number(text: str, number: Decimal) -> bool:
    """Whether a text spells this number, of any number of decimals."""
    return _NUMBER.fullmatch(text) is not None and Decimal(text) == number


def write_receipt(
    receipt: Receipt, client: Client, variants: Variants, client_properties: Iterable[str] = _CLIENT_PROPERTIES
) -> dict[str, Any]:
    """Write a receipt, its properties in the order of the vendor page's Example Response Body."""
    billed = _write_client(client, client_properties)
    written = _write_document(receipt, billed, variants["receipt_type"], receipt.atcud, variants)
    # The vendor's example has these last, unlike the recordings of other documents.
    return written | {"sequence_id": written.pop("sequence_id"), "tax_exemption": written.pop("tax_exemption", None)}


def write_bill(
    bill: Bill,
    document_type: DocumentType,
    state: InvoiceXpressState,
    client_properties: Iterable[str] = _CLIENT_PROPERTIES,
) -> dict[str, Any]:
    """Write a bill of any type; a draft lacks the properties that depend on its number."""
    atcud = _atcud_of(bill, state.get_sequence(bill))
    billed = _write_client(state.get_client(bill), client_properties)
    written = _write_document(bill, billed, document_type.type, atcud, state.variants)
    if bill.mb_reference is not None:
        written["mb_reference"] = "0"
    if discount := bill.global_discount:
        written["global_discount"] = {"value_type": discount.value_type, "value": strip_zeros(discount.value)}
    if foreign := bill.multicurrency:
        written["multicurrency"] = {
            "rate": strip_zeros(foreign.rate),
            "currency": _CURRENCIES.get(foreign.code, foreign.code),
            "total": strip_zeros(round_half_up(bill.total * foreign.rate)),
        }
    if bill.proprietary_uid is not None:
        written["proprietary_uid"] = bill.proprietary_uid
    return written


def write_listed(document: Document, table: str, state: InvoiceXpressState) -> dict[str, Any]:
    """Write a document of a list, which the table of this name holds; its client has more properties there."""
    match document:
        case Bill():
            return write_bill(document, _TYPE_OF[table], state, _LISTED_CLIENT_PROPERTIES)
        case Receipt():
            return write_receipt(document, state.get_client(document), state.variants, _LISTED_CLIENT_PROPERTIES)
        case _:
            raise AssertionError(f"{table} holds no documents of a list")


def write_form(bill: Bill) -> dict[str, Any]:
    """Write a draft as the form that would create it, without its client."""
    form = {
        "date": write_date(bill.date),
        "due_date": write_date(bill.due_date),
        "reference": bill.reference,
        "observations": bill.observations,
        "retention": bill.retention,
        "tax_exemption": bill.tax_exemption,
        "sequence_id": bill.sequence_id,
        "manual_sequence_number": bill.manual_sequence_number,
        "mb_reference": None if bill.mb_reference is None else "0",
        "owner_invoice_id": getattr(bill, "document", None),
        "items": [_write_form_item(item) for item in bill.items],
    }
    if discount := bill.global_discount:
        form["global_discount"] = {"value_type": discount.value_type, "value": discount.value}
    if foreign := bill.multicurrency:
        form |= {"currency_code": foreign.code, "rate": foreign.rate}
    return drop_empty(form)


def _write_form_item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "description": item.description,
        "unit_price": item.unit_price,
        "quantity": item.quantity,
        "unit": item.unit,
        "discount": item.discount,
        "tax": {"name": item.tax.name},
    }


def split_permalink(permalink: str) -> tuple[int, str]:
    """Split the end of a permalink into a document's id and the digits after it."""
    return int(permalink[:-_DIGITS]), permalink[-_DIGITS:]


def write_client(client: Client) -> dict[str, Any]:
    """Write a client in full, in the order of a Ruby client's recordings; only an unknown country is left out."""
    contact = client.preferred_contact
    written = {name: getattr(client, name) for name in _RECORD_PROPERTIES}
    written["language"] = client.language or "pt"
    written["preferred_contact"] = (
        {"name": contact.name, "email": contact.email, "phone": contact.phone, "mobile": None} if contact else {}
    )
    if client.country is None:
        del written["country"]
    return written


def write_read_client(client: Client) -> dict[str, Any]:
    """Write a client that is read by itself."""
    link = f"{_ACCOUNT_LINK}{_hash(f'{client.account}/client/{client.id}')}"
    written = write_client(client)
    send_options = written.pop("send_options")  # the link stands before it, as recorded
    return written | {
        "open_account_link": link,
        "send_options": send_options,
        "payment_days": 0,
        "tax_exemption_code": "M00",
    }


def _write_client(client: Client, names: Iterable[str]) -> dict[str, Any]:
    """Write what is known of a client. Source: a Ruby client's recordings, which leave out what is not known."""
    return {name: value for name in names if (value := getattr(client, name)) is not None}


def _write_document(
    document: Document, client: dict[str, Any], type_name: str, atcud: str, variants: Variants
) -> dict[str, Any]:
    """Write a document, its properties in the order of a Ruby client's recordings of the live service."""
    written: dict[str, Any] = {
        "id": document.id,
        "status": document.status,
        "archived": False,
        "type": type_name,
        "sequence_number": document.sequence_number,
    }
    if has_number := document.sequence_number != DRAFT_NUMBER:
        number, serie = document.sequence_number.split("/", 1)
        written |= {"inverted_sequence_number": f"{serie}/{number}", "atcud": atcud}
    integer = variants["sequence_id_type"] == "integer"
    written["sequence_id"] = document.sequence_id if integer else str(document.sequence_id)
    if document.tax_exemption is not None or not has_number:
        written["tax_exemption"] = document.tax_exemption
    written |= {
        "date": write_date(document.date),
        "due_date": write_date(document.due_date),
        "reference": document.reference,
        "observations": document.observations,
        "retention": document.retention,
        "permalink": f"{_PERMALINK}{document.id}{hash_permalink(document)}",
    }
    if has_number:
        written["saft_hash"] = _sign(document)
    return written | {
        "sum": strip_zeros(document.sum),
        "discount": strip_zeros(document.discount),
        "before_taxes": strip_zeros(document.before_taxes),
        "taxes": strip_zeros(document.taxes),
        "total": strip_zeros(document.total),
        "currency": document.currency,
        "client": client,
        "items": [_write_item(item) for item in document.items],
    }


def _atcud_of(document: Document, sequence: Sequence) -> str:
    return build_atcud(sequence, document.sequence_number.partition("/")[0])


def _write_item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "description": item.description,
        "unit_price": write_number(item.unit_price),
        "unit": item.unit,
        "quantity": write_number(item.quantity),
        "tax": {"id": item.tax.id, "name": item.tax.name, "value": strip_zeros(item.tax.value)},
        "discount": strip_zeros(item.discount),
        "subtotal": strip_zeros(item.subtotal),
        "tax_amount": strip_zeros(item.tax_amount),
        "discount_amount": strip_zeros(item.discount_amount),
        "total": strip_zeros(item.total),
    }


def write_number(number: Decimal) -> str:
    """Write a number as the vendor's strings do: with at least one decimal and no exponent."""
    text = str(strip_zeros(number))
    return text if "." in text else f"{text}.0"


def hash_permalink(document: Document) -> str:
    """Return the 40 digits of a document's permalink, always the same for the same document."""
    return _hash(f"{document.account}/{document.id}")


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=_DIGITS // 2).hexdigest()


def _sign(document: Document) -> str:
    """Return the four characters printed of a signature, from a hash of what the signature would cover."""
    covered = f"{document.date};{document.sequence_number};{document.total}"
    text = b64encode(blake2b(covered.encode(), digest_size=32).digest()).decode()
    return "".join(_PRINTED(text))

"""Conversion of taxes, items of the catalogue and sequences to InvoiceXpress's JSON."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.money import strip_zeros
from paysandbox.providers.invoicexpress.records import AccountTax, CatalogueItem, Sequence, Tax
from paysandbox.providers.invoicexpress.wire import write_number

# The types of documents that a sequence numbers. Source: vendor documentation, GET /sequences.json.
_TYPES: Final = (
    "invoice", "invoice_receipt", "simplified_invoice", "receipt", "credit_note", "debit_note", "vat_moss_invoice",
    "vat_moss_credit_note", "vat_moss_receipt", "purchase_order", "quote", "proforma", "fees_note", "shipping",
    "devolution", "transport",
)  # fmt: skip


def write_tax(tax: AccountTax, variants: Mapping[str, str]) -> dict[str, Any]:
    """Write a tax of an account; the variant `tax_value_type` has its value a number and no code."""
    is_number = variants["tax_value_type"] == "number"
    written = {
        "id": tax.id,
        "name": tax.name,
        "value": strip_zeros(tax.value) if is_number else write_number(tax.value),
        "region": tax.region,
        "default_tax": int(tax.default_tax),
    }
    return written if is_number else {**written, "code": tax.code}


def write_item(item: CatalogueItem, tax: Tax) -> dict[str, Any]:
    """Write an item of the catalogue, with its tax."""
    return {
        "id": item.id,
        "name": item.name,
        "description": item.description,
        "unit_price": write_number(item.unit_price),
        "unit": item.unit,
        "tax": {"id": tax.id, "name": tax.name, "value": strip_zeros(tax.value)},
    }


def write_sequence(sequence: Sequence, *, with_codes: bool = False) -> dict[str, Any]:
    """Write a sequence: the last number of each type, and an id of its own. Types that are not kept here have 0."""
    written: dict[str, Any] = {
        "id": sequence.id,
        "serie": sequence.serie,
        "default_sequence": int(sequence.default_sequence),
    }
    for index, kind in enumerate(_TYPES):
        written[f"current_{kind}_number"] = getattr(sequence, f"current_{kind}_number", 0)
        written[f"current_{kind}_sequence_id"] = sequence.id * len(_TYPES) + index
        if with_codes:
            written[f"current_{kind}_validation_code"] = sequence.validation_code
    return written

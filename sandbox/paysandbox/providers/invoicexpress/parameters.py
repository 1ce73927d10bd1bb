"""Checks of parameters that several operations share: pages, and which types of documents a list has."""

from collections.abc import Collection, Mapping
from collections.abc import Sequence as Ordered
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.messages import Call
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    InvoiceXpressState,
)

_MOST_PER_PAGE: Final = 30

# The tables of the types that documents have here, in the order of the list; other types find nothing.
_TABLES: Final[Mapping[str, str]] = {
    "Invoice": INVOICE.table,
    "SimplifiedInvoice": SIMPLIFIED_INVOICE.table,
    "InvoiceReceipt": INVOICE_RECEIPT.table,
    "CreditNote": CREDIT_NOTE.table,
    "DebitNote": DEBIT_NOTE.table,
    "Receipt": "receipts",
}
_LISTED: Final = tuple(table for table in _TABLES.values() if table != "receipts")


class Page(Struct, frozen=True, gc=False):
    """The page of a list that a call asks for: its number from 1, and how many entries it has at most."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """How many entries come before this page."""
        return (self.number - 1) * self.size


def read_page(call: Call, state: InvoiceXpressState) -> Page:
    """Return the page that a call asks for; the size is limited by the variant `per_page_over_limit`."""
    size: int = call.query["per_page"]
    if size > _MOST_PER_PAGE:
        call.rule("per-page-has-a-limit")
        size = size if state.variants["per_page_over_limit"] == "accept" else _MOST_PER_PAGE
    return Page(call.query["page"], size)


def write_pagination(call: Call, page: Page, total: int) -> dict[str, Any]:
    """Write which page of how many this is; an empty list has one."""
    pages = max(1, -(-total // page.size))
    if page.number > pages:
        call.rule("page-beyond-the-last-is-empty")
    return {"total_entries": total, "current_page": page.number, "total_pages": pages, "per_page": page.size}


def read_tables(call: Call, types: Collection[str] | None) -> Ordered[str]:
    """Return the tables of the types asked for, in the order of the list; without types, all but receipts."""
    if types is None:
        return _LISTED
    call.rule("filter-values-are-alternatives")
    return [table for name, table in _TABLES.items() if name in types]

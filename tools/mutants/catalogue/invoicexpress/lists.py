"""Mutants of lists, their filters and their pages at InvoiceXpress."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="ix-second-page-begins-late",
        kind="arithmetic",
        says="Each page of the list but the first leaves out a document.",
        within="Page.start",
        change=Replace("(self.number - 1) * self.size", "(self.number - 1) * (self.size + 1)"),
    ),
    Mutant(
        id="ix-last-date-not-included",
        kind="boundary",
        says="A range of dates or amounts in a list leaves its last value out.",
        within="Range.has",
        change=Replace("value <= self.last", "value < self.last"),
    ),
    Mutant(
        id="ix-receipts-always-listed",
        kind="condition",
        says="Receipts are in the list of all documents, whether type[] names them or not.",
        within="_LISTED",
        change=Replace("table != 'receipts'", "True"),
    ),
    Mutant(
        id="ix-reference-in-part",
        kind="semantic",
        says="A reference finds documents whose reference contains it, so an app takes the wrong one.",
        within="Filters.match",
        change=Replace("document.reference == self.reference", "self.reference in (document.reference or '')"),
    ),
    Mutant(
        id="ix-page-size-without-limit",
        kind="condition",
        says="A page may hold more than thirty documents.",
        within="read_page",
        change=Condition("size > _MOST_PER_PAGE", "False"),
    ),
    Mutant(
        id="ix-archived-hides-nothing",
        kind="semantic",
        says="Asking for archived documents alone finds those that are not archived.",
        within="_hides_all",
        change=Returned("False", old="bool(archived) if others is None else not others"),
    ),
    Mutant(
        id="ix-list-of-one-type-has-all",
        kind="dropped argument",
        says="The list of simplified invoices has invoices too.",
        within="list_simplified_invoices",
        change=Replace("[SIMPLIFIED_INVOICE.table]", "parameters.read_tables(call, None)"),
    ),
)

"""The default records are a believable small company's: ordinary amounts, plain names, documents in each usual state.

What no such company has, tests find in `tests/books`.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from msgspec import Struct, structs

from paysandbox.core.money import ZERO
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import State
from tests.helpers.runtimes import fresh_runtime

FIXTURES_PAGE: Final = Path(__file__).parents[2] / "docs" / "fixtures.md"
MOST: Final = 50_000  # in any currency
PLAIN: Final = re.compile(r"[\w&(][\w .,&()'-]*[\w.)]|[\w]", re.UNICODE)
NAMES: Final = ("name", "account_name", "organization_name", "username")
# The item of InvoiceXpress's own example has these spaces in its name.
VENDORS_OWN: Final = frozenset({" iPhone "})


class Books(NamedTuple):
    """How the documents of a provider are read.

    Attributes:
        provider: its name.
        title: the vendor's name in the docs.
        key: the field of a document by which the docs name it.
        tables: those of the documents that are paid.
        owed: what is owed on a document.
        paid: what has been paid of it.
        issued, due: the days on which it was issued and is due.
        open, void: the statuses of documents that are to be paid, and of those that never will be.
    """

    provider: str
    title: str
    key: str
    tables: tuple[str, ...]
    owed: Callable[[Any], Decimal]
    paid: Callable[[Any], Decimal]
    issued: Callable[[Any], Any]
    due: Callable[[Any], Any]
    status: str
    open: frozenset[str]
    void: frozenset[str]


BOOKS: Final = (
    Books(
        provider="invisible_collector",
        title="Invisible Collector",
        key="number",
        tables=("debts",),
        owed=lambda debt: debt.outstanding if debt.status == "PENDING" else ZERO,
        paid=lambda debt: debt.paid_total,
        issued=lambda debt: debt.date,
        due=lambda debt: debt.due_date,
        status="status",
        open=frozenset({"PENDING"}),
        void=frozenset({"CANCELLED", "SUSPENDED"}),
    ),
    Books(
        provider="crm_com",
        title="CRM.COM",
        key="reference_number",
        tables=("invoices",),
        owed=lambda invoice: invoice.outstanding_amount,
        paid=lambda invoice: invoice.total_amount - invoice.outstanding_amount,
        issued=lambda invoice: invoice.issued_on,
        due=lambda invoice: invoice.due_on,
        status="life_cycle_state",
        open=frozenset({"POSTED"}),
        void=frozenset({"DRAFT", "CANCELLED"}),
    ),
    Books(
        provider="invoicexpress",
        title="InvoiceXpress",
        key="id",
        tables=("invoices", "simplified_invoices"),
        owed=lambda invoice: invoice.outstanding,
        paid=lambda invoice: invoice.paid,
        issued=lambda invoice: invoice.date,
        due=lambda invoice: invoice.due_date,
        status="status",
        open=frozenset({"final"}),
        void=frozenset({"draft", "canceled"}),
    ),
    Books(
        provider="invoiless",
        title="Invoiless",
        key="id",
        tables=("invoices",),
        owed=lambda invoice: invoice.balance,
        paid=lambda invoice: invoice.total - invoice.balance,
        issued=lambda invoice: invoice.date,
        due=lambda invoice: invoice.due_date,
        status="status",
        open=frozenset({"Unpaid", "Partial"}),
        void=frozenset({"Draft", "Canceled", "Refunded"}),
    ),
)
OF_EVERY: Final = pytest.mark.parametrize("books", BOOKS, ids=[books.provider for books in BOOKS])


@pytest.fixture
def states(packaged_runtime: Runtime) -> Callable[[str], State]:
    """The default records of a provider."""
    return partial(fresh_runtime(packaged_runtime).namespaces.get("default").state)


def list_records(state: State) -> Iterator[tuple[str, Any]]:
    for name in state.table_defs():
        for record in state.table(name).records():
            yield f"{name}/{state.table_defs()[name].key(record)}", record


def list_values(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values in a record with the names of their properties."""
    if isinstance(value, Struct):
        for field, below in structs.asdict(value).items():
            yield from list_values(below, field)
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from list_values(below, str(key))
    elif isinstance(value, list | tuple):
        for below in value:
            yield from list_values(below, name)
    else:
        yield name, value


@OF_EVERY
def test_no_amount_is_extraordinary(states: Callable[[str], State], books: Books) -> None:
    """None in any record is above 50,000, and no document owes more than that."""
    state = states(books.provider)
    amounts = [
        (where, name, value)
        for where, record in list_records(state)
        for name, value in list_values(record)
        if isinstance(value, Decimal)
    ]
    assert amounts
    assert [found for found in amounts if abs(found[2]) > MOST] == []
    owed = [books.owed(document) for table in books.tables for document in state.table(table).records()]
    assert [amount for amount in owed if not 0 <= amount <= MOST] == []


@OF_EVERY
def test_every_name_is_plain(states: Callable[[str], State], books: Books) -> None:
    """Letters, digits and the punctuation of names; nothing longer than a line of an address."""
    names = [
        (where, value)
        for where, record in list_records(states(books.provider))
        for name, value in list_values(record)
        if name in NAMES and value not in VENDORS_OWN
    ]
    assert len(names) > 5
    assert [found for found in names if not (PLAIN.fullmatch(found[1]) and len(found[1]) <= 40)] == []


@OF_EVERY
def test_documents_are_in_every_usual_state(states: Callable[[str], State], books: Books) -> None:
    """Unpaid, part-paid, paid in full, void; and overdue on the last day of the books, but not all of the open ones."""
    state = states(books.provider)
    documents = [document for table in books.tables for document in state.table(table).records()]
    to_pay = [document for document in documents if getattr(document, books.status) in books.open]
    assert any(books.owed(document) and not books.paid(document) for document in to_pay)
    assert any(books.owed(document) and books.paid(document) for document in to_pay)
    assert any(books.paid(document) and not books.owed(document) for document in documents)
    assert {getattr(document, books.status) for document in documents} >= books.void
    last = max(books.issued(document) for document in documents)
    overdue = [books.due(document) < last for document in to_pay if books.owed(document)]
    assert True in overdue
    assert False in overdue


@OF_EVERY
def test_the_documents_of_the_docs_are_in_these_states(states: Callable[[str], State], books: Books) -> None:
    """In the columns of the table: open, paid in part, paid, draft or suspended, cancelled."""
    (row,) = (line for line in FIXTURES_PAGE.read_text().splitlines() if line.startswith(f"| {books.title} |"))
    named = re.findall(r"`([^`]+)`", row)
    state = states(books.provider)
    documents = {
        value: document
        for table in books.tables
        for document in state.table(table).records()
        for value in (str(getattr(document, books.key)),)
    }
    unpaid, partly, paid, draft, cancelled = (documents[name] for name in named)
    assert {getattr(document, books.status) for document in (draft, cancelled)} <= books.void
    assert getattr(draft, books.status) != getattr(cancelled, books.status)
    assert [bool(books.paid(document)) for document in (unpaid, partly, paid)] == [False, True, True]
    assert [bool(books.owed(document)) for document in (unpaid, partly, paid)] == [True, True, False]

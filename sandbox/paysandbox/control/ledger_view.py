"""The ledger of a provider: its documents with what is paid and owed, the records behind that, and its invariants."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET, Struct

from paysandbox.control.records import encode_record, find_record
from paysandbox.core.exact_json import write_json
from paysandbox.core.money import ZERO
from paysandbox.core.problems import NotFound
from paysandbox.kit.breaches import Breach
from paysandbox.kit.provider import Invariant, Provider
from paysandbox.kit.statements import Entries, Statement, Term, add_up
from paysandbox.store.state import State

MOST: Final = 100  # entries of a kind that are described
# What documents can be sorted by.
COLUMNS: Final = ("title", "number", "company", "party", "status", "total", "paid", "other", "owed")


class Document(Struct, frozen=True):
    """A document with what is owed of it: `total - paid + other`. Amounts are decimal major units of `currency`.

    `other` is what notes and its state add. `company` is empty if the API has no companies.
    """

    statement: Statement
    record: Any
    key: str
    number: str
    company: str
    party: str
    status: str
    currency: str | None
    total: Decimal
    paid: Decimal
    owed: Decimal

    @property
    def table(self) -> str:
        return self.statement.table

    @property
    def other(self) -> Decimal:
        return self.owed - self.total + self.paid

    @property
    def title(self) -> str:
        """The provider's word for it."""
        return self.statement.title


class Query(Struct, frozen=True):
    """Which documents are wanted, and in which order. `text` is looked for in any property, in any case.

    With `owing` only those of which something is owed, with `company` only that one's; `sort` is one of `COLUMNS`,
    after `-` in descending order.
    """

    table: str | None = None
    text: str = ""
    owing: bool = False
    sort: str = ""
    company: str | None = None


class LedgerSum(Struct, frozen=True):
    """What the documents of one table, one company and one currency come to."""

    table: str
    title: str
    company: str
    currency: str | None
    count: int
    total: Decimal
    paid: Decimal
    other: Decimal
    owed: Decimal


def list_documents(provider: Provider, state: State, query: Query) -> list[Document]:
    """List the documents of a provider, those of the first declared table first.

    Raises:
        NotFound: the provider has no documents in this table.
    """
    found = [_read_document(state, statement, record) for statement, record in _find_records(provider, state, query)]
    if query.owing:
        found = [document for document in found if document.owed != ZERO]
    if query.sort:
        found.sort(key=attrgetter(query.sort.removeprefix("-")), reverse=query.sort.startswith("-"))
    return found


def list_some(provider: Provider, state: State, query: Query, first: int, most: int) -> tuple[list[Document], int]:
    """List some documents from the number `first` on, from 1; also return how many there are.

    Only what is listed is added up, unless the query needs it of all.

    Raises:
        NotFound: the provider has no documents in this table.
    """
    if query.owing or query.sort:
        found = list_documents(provider, state, query)
        return found[first - 1 : first - 1 + most], len(found)
    records = _find_records(provider, state, query)
    some = records[first - 1 : first - 1 + most]
    return [_read_document(state, statement, record) for statement, record in some], len(records)


def count_documents(provider: Provider, state: State) -> int:
    """Count all documents of a provider."""
    return sum(1 for statement in provider.statements for _ in state.table(statement.table).records())


def sum_up(documents: Iterable[Document]) -> list[LedgerSum]:
    """Sum up documents for each table, company and currency, because sums over several would mean nothing."""
    parts: dict[tuple[str, str, str | None], list[Document]] = {}
    for document in documents:
        parts.setdefault((document.table, document.company, document.currency), []).append(document)
    return [
        LedgerSum(
            table,
            several[0].title,
            company,
            currency,
            len(several),
            sum((document.total for document in several), ZERO),
            sum((document.paid for document in several), ZERO),
            sum((document.other for document in several), ZERO),
            sum((document.owed for document in several), ZERO),
        )
        for (table, company, currency), several in parts.items()
    ]


def find_statement(provider: Provider, table: str) -> Statement | None:
    """Return how the documents of a table are told; None if it holds none."""
    return next((statement for statement in provider.statements if statement.table == table), None)


def find_document(provider: Provider, state: State, table: str, key: str) -> Document:
    """Return one document.

    Raises:
        NotFound: the provider has no documents in this table, or none with this key.
    """
    statement = find_statement(provider, table)
    if statement is None:
        known = (statement.table for statement in provider.statements)
        raise NotFound(f"{provider.name} has no documents in {table[:100]!r}; it has {_join(known)}", at="{table}")
    record = find_record(key, state.table(table))
    if record is None:
        raise NotFound(f"{table} has no record with the key {key[:100]!r}", at="{key}")
    return _read_document(state, statement, record)


def list_entries(state: State, document: Document, entries: Entries) -> Iterator[tuple[str, Any, Decimal | None]]:
    """Yield key and record of each entry of a kind, and what it adds to what is owed; None if it does not count."""
    key = state.table_defs()[entries.table].key
    for record in entries.find(state, document.record):
        yield str(key(record)), record, entries.amount(state, document.record, record)


def list_breaches(provider: Provider, state: State) -> list[tuple[Invariant, list[Breach]]]:
    """Return every invariant with the places where it does not hold; reads every record."""
    return [(invariant, list(invariant.find_breaches(state))) for invariant in provider.invariants]


def describe_invariant(invariant: Invariant, provider: str, breaches: list[Breach]) -> dict[str, Any]:
    """Describe an invariant and where it does not hold, as the control API answers it."""
    return {
        "id": invariant.id,
        "provider": provider,
        "says": invariant.says,
        "holds": not breaches,
        "where": [str(breach) for breach in breaches],
        "breaches": [describe_breach(breach) for breach in breaches],
    }


def describe_document(document: Document) -> dict[str, Any]:
    """Describe a document in a list."""
    names = ("table", "key", "title", "number", "company", "party", "status", "currency")
    amounts = ("total", "paid", "other", "owed")
    return {name: getattr(document, name) for name in (*names, *amounts)}


def list_other_terms(state: State, document: Document) -> list[Term]:
    """List the parts of what is owed that neither the total nor what is paid tells; none if that is not declared."""
    if not document.statement.told:
        return []
    terms = document.statement.terms(state, document.record)
    return [(name, adds) for name, adds in terms if adds != ZERO and name not in document.statement.told]


def list_companies(provider: Provider, state: State) -> list[str]:
    """List the companies that have documents, by name."""
    return sorted({_find_company(state, *one) for one in _find_records(provider, state, Query())} - {""})


def describe_ledger(
    provider: Provider, state: State, document: Document, *, with_invariants: bool = True
) -> dict[str, Any]:
    """Describe a document with all that says what is owed of it, and the invariants as far as they are about it."""
    terms = document.statement.terms(state, document.record)
    described = []
    about = {(document.table, document.key)}
    for entries in document.statement.entries:
        found = list(list_entries(state, document, entries))
        about |= {(entries.table, key) for key, _, _ in found}
        listed = [{"key": key, "adds": amount, "record": encode_record(record)} for key, record, amount in found[:MOST]]
        described.append({
            "title": entries.title, "table": entries.table, "records": listed, "left_out": len(found) - len(listed)
        })  # fmt: skip
    return {
        **describe_document(document),
        "record": encode_record(document.record),
        "terms": [{"name": name, "adds": amount} for name, amount in terms],
        "adds_up": add_up(terms) == document.owed,
        "entries": described,
        "invariants": [
            describe_invariant(invariant, provider.name, [one for one in breaches if (one.table, one.key) in about])
            for invariant, breaches in (list_breaches(provider, state) if with_invariants else ())
        ],
    }


def check_table(provider: Provider, table: str) -> None:
    """Check the table of a query.

    Raises:
        NotFound: the provider has no documents in it.
    """
    if find_statement(provider, table) is None:
        known = _join(statement.table for statement in provider.statements)
        raise NotFound(f"{provider.name} has no documents in {table[:100]!r}; it has {known}", at="?table")


def _find_records(provider: Provider, state: State, query: Query) -> list[tuple[Statement, Any]]:
    if query.table is not None:
        check_table(provider, query.table)
    known = {statement.table: statement for statement in provider.statements}
    chosen = known.values() if query.table is None else [known[query.table]]
    sought = query.text.lower()
    return [
        (statement, record)
        for statement in chosen
        for record in state.table(statement.table).records()
        if not sought or _has_text(state, statement, record, sought)
        if query.company is None or _find_company(state, statement, record) == query.company
    ]


def _find_company(state: State, statement: Statement, record: Any) -> str:
    return "" if statement.company is None else statement.company(state, record) or ""


def _has_text(state: State, statement: Statement, record: Any, sought: str) -> bool:
    party = statement.party(state, record)
    return sought in write_json(record).decode().lower() or (party is not None and sought in party.lower())


def _read_document(state: State, statement: Statement, record: Any) -> Document:
    return Document(
        statement=statement,
        record=record,
        key=str(state.table_defs()[statement.table].key(record)),
        number=statement.number(record) or "",
        company=_find_company(state, statement, record),
        party=statement.party(state, record) or "",
        status=statement.status(record),
        currency=statement.currency(state, record),
        total=statement.total(state, record),
        paid=statement.paid(state, record),
        owed=statement.owed(state, record),
    )


def describe_breach(breach: Breach) -> dict[str, Any]:
    described = {"table": breach.table, "key": breach.key, "property": breach.property, "says": breach.says}
    values = {"actual": breach.actual, "expected": breach.expected}
    return described | {name: value for name, value in values.items() if value is not UNSET}


def _join(names: Iterable[str]) -> str:
    return ", ".join(islice(names, 50)) or "none"

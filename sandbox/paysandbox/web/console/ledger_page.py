"""The views of a provider's ledger: all documents with what is owed, and one with the records that say so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from paysandbox.control.ledger_view import (
    COLUMNS,
    Document,
    LedgerSum,
    Query,
    count_documents,
    describe_invariant,
    describe_ledger,
    find_document,
    list_breaches,
    list_companies,
    list_documents,
    list_entries,
    list_other_terms,
    list_some,
    sum_up,
)
from paysandbox.control.lookup import get_namespace, get_service
from paysandbox.kit.breaches import Breach
from paysandbox.kit.provider import Invariant, Provider
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.statements import Term
from paysandbox.store.state import State
from paysandbox.web.console.cells import Heading, make_headings, shorten_value
from paysandbox.web.console.ledger_query import YES, make_addresses, read_choice, read_query
from paysandbox.web.console.marked_json import Line, render_lines
from paysandbox.web.console.parameters import ListView, Parameters
from paysandbox.web.console.state_page import Column

ROWS: Final = 50
MANY: Final = 20_000  # documents; more are added up and checked on demand only
_AMOUNTS: Final = frozenset({"total", "paid", "other", "owed"})
_NAMES: Final = {"title": "", "number": "Document", "status": "State"}  # others begin with a capital


class DocumentRow(Struct, frozen=True):
    """A document in the list. `terms` make up its `other`; `broken` of its records break an invariant."""

    document: Document
    terms: tuple[Term, ...]
    broken: int


class LedgerView(ListView, frozen=True, kw_only=True):
    """The documents of a provider that pass the filter.

    `sums` and `invariants` are None if there are too many documents: `check` is the address that has them. The page
    `is_followed` by a browser, which reads it again after calls, unless that would take long.
    """

    namespace: str
    provider: str
    title: str
    providers: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str, bool], ...]
    query: Query
    columns: tuple[Column, ...]
    company_title: str | None
    companies: tuple[str, ...]
    documents: tuple[DocumentRow, ...]
    sums: tuple[LedgerSum, ...] | None
    invariants: tuple[dict[str, Any], ...] | None
    documents_in_all: int
    check: str
    is_followed: bool


class EntryRow(Struct, frozen=True):
    """A record that belongs to a document; `marks` are numbers of breaches."""

    key: str
    cells: tuple[str, ...]
    adds: Decimal | None
    marks: tuple[int, ...]


class EntryTable(Struct, frozen=True):
    """The records of one kind that belong to a document."""

    title: str
    table: str
    columns: tuple[Heading, ...]
    rows: tuple[EntryRow, ...]
    left_out: int


class DocumentView(Struct, frozen=True):
    """A document. `told` is what the control API tells of it; `breaches` of its invariants are numbered from 1.

    `is_checked` is False if there are too many documents to check the invariants unasked.
    """

    namespace: str
    provider: str
    title: str
    told: Mapping[str, Any]
    party_title: str
    company_title: str
    amounts: tuple[tuple[str, str], ...]
    line_columns: tuple[Heading, ...]
    lines: tuple[tuple[str, ...], ...]
    record: tuple[Line, ...]
    entries: tuple[EntryTable, ...]
    invariants: tuple[tuple[Mapping[str, Any], tuple[tuple[int, Mapping[str, Any]], ...]], ...]
    is_checked: bool
    is_followed: bool
    path: str


def build_ledger(runtime: Runtime, namespace: str, provider: str, query: Mapping[str, str]) -> LedgerView:
    """Build the view of the documents that pass a query.

    It has `table`, `text`, `company`, `owing`, `sort` (`-name` is descending), `first` and `check`, all optional.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    found, service = get_namespace(namespace, runtime), get_service(provider, runtime)
    declared, state, given = service.provider, found.state(provider), Parameters(query)
    count_all = count_documents(declared, state)
    is_checked = read_choice(given, "check") or count_all <= MANY
    companies = tuple(list_companies(declared, state)) if is_checked else None
    asked, part = read_query(declared, query, given, companies), given.read_part(ROWS)
    address = make_addresses(query, given.errors)
    documents, count = list_some(declared, state, asked, part.first, part.most)
    before, after = part.list_neighbours(count, address)
    breaches = list_breaches(declared, state) if is_checked else []
    return LedgerView(
        namespace=namespace,
        provider=provider,
        title=service.contract.title,
        providers=tuple((other, one.contract.title) for other, one in runtime.services.items()),
        tables=tuple((one.table, f"?table={one.table}", one.table == asked.table) for one in declared.statements),
        query=asked,
        columns=_describe_columns(declared, asked.sort, address),
        company_title=_find_company_title(declared),
        companies=companies or (),
        documents=tuple(_describe_rows(state, documents, breaches)),
        found=count,
        first=part.first,
        sums=tuple(sum_up(list_documents(declared, state, asked))) if is_checked else None,
        invariants=tuple(describe_invariant(one, provider, where) for one, where in breaches) if is_checked else None,
        documents_in_all=count_all,
        check=address(check=YES),
        is_followed=count_all <= MANY,
        before=before,
        after=after,
        errors=given.errors,
    )


def build_document(
    runtime: Runtime, namespace: str, provider: str, names: tuple[str, str], query: Mapping[str, str]
) -> DocumentView:
    """Build the view of one document; `names` are its table and key, `query` may have `check`.

    Raises:
        NotFound: the namespace, the provider or the document does not exist.
    """
    found, service = get_namespace(namespace, runtime), get_service(provider, runtime)
    declared, state = service.provider, found.state(provider)
    document = find_document(declared, state, *names)
    is_followed = count_documents(declared, state) <= MANY
    is_checked = is_followed or query.get("check") == "yes"
    told = describe_ledger(declared, state, document, with_invariants=is_checked)
    invariants = _number_breaches(told["invariants"])
    statement, record = document.statement, told["record"]
    lines = record.get(statement.lines) or () if statement.lines else ()
    columns = tuple(name for name in statement.line_properties if any(line.get(name) is not None for line in lines))
    return DocumentView(
        namespace=namespace,
        provider=provider,
        title=service.contract.title,
        told=told,
        party_title=statement.party_title,
        company_title=statement.company_title,
        amounts=tuple(
            (name, shorten_value(record[name])) for name in statement.amounts if record.get(name) is not None
        ),
        line_columns=make_headings(columns, lines),
        lines=tuple(tuple(shorten_value(line.get(name)) for name in columns) for line in lines),
        record=render_lines(record, _find_pointers(invariants, document.table, document.key).items())[0],
        entries=tuple(
            _describe_entries(kind, entries.properties, invariants)
            for kind, entries in zip(told["entries"], statement.entries, strict=True)
        ),
        invariants=invariants,
        is_checked=is_checked,
        is_followed=is_followed,
        path=f"{namespace}/{provider}/{quote(document.table)}/{quote(document.key, safe='')}",
    )


def _describe_columns(provider: Provider, sort: str, address: Callable[..., str]) -> tuple[Column, ...]:
    parties = {statement.party_title for statement in provider.statements}
    names = {**_NAMES, "party": next(iter(parties))} if len(parties) == 1 else _NAMES
    names = {**names, "company": _find_company_title(provider) or ""}
    orders = {sort.removeprefix("-"): "descending" if sort.startswith("-") else "ascending"}
    return tuple(
        Column(
            names.get(name, name.capitalize()),
            address(sort=f"-{name}" if orders.get(name) == "ascending" else name),
            orders.get(name, "none"),
            is_amount=name in _AMOUNTS,
        )
        for name in COLUMNS
        if names.get(name) != ""  # the title stands before the number
    )


def _describe_rows(
    state: State, documents: Iterable[Document], breaches: Iterable[tuple[Invariant, list[Breach]]]
) -> Iterator[DocumentRow]:
    broken = {(breach.table, breach.key) for _, found in breaches for breach in found}
    for document in documents:
        # The entries are looked for only where something is broken, which is rare.
        about = {(document.table, document.key)} if broken else set()
        for entries in document.statement.entries if broken else ():
            about |= {(entries.table, key) for key, _, _ in list_entries(state, document, entries)}
        yield DocumentRow(document, tuple(list_other_terms(state, document)), len(about & broken))


def _find_company_title(provider: Provider) -> str | None:
    return next((one.company_title for one in provider.statements if one.company is not None), None)


def _number_breaches(
    invariants: list[dict[str, Any]],
) -> tuple[tuple[Mapping[str, Any], tuple[tuple[int, Mapping[str, Any]], ...]], ...]:
    """Number the places of all invariants in one sequence, so that a mark leads to its invariant."""
    numbered, last = [], 0
    for invariant in invariants:
        places = tuple(enumerate(invariant["breaches"], last + 1))
        last += len(places)
        numbered.append((invariant, places))
    return tuple(numbered)


def _find_pointers(invariants: Any, table: str, key: str) -> dict[int, str]:
    """Return the JSON pointers of the places in one record by their numbers."""
    return {
        number: f"/{breach['property']}" if breach["property"] else ""
        for _, places in invariants
        for number, breach in places
        if (breach["table"], breach["key"]) == (table, key)
    }


def _describe_entries(kind: Mapping[str, Any], properties: tuple[str, ...], invariants: Any) -> EntryTable:
    records = kind["records"]
    columns = tuple(name for name in properties if any(entry["record"].get(name) is not None for entry in records))
    rows = (
        EntryRow(
            entry["key"],
            tuple(shorten_value(entry["record"].get(name)) for name in columns),
            entry["adds"],
            tuple(_find_pointers(invariants, kind["table"], entry["key"])),
        )
        for entry in records
    )
    headings = make_headings(columns, [entry["record"] for entry in records])
    return EntryTable(kind["title"], kind["table"], headings, tuple(rows), kind["left_out"])

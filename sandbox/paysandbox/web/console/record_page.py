"""The view of one record: what it is, which calls changed it, and which others named it."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from paysandbox.control.changes_view import merge_writes
from paysandbox.control.journal_view import describe_entry_changes, summarize_entry
from paysandbox.control.ledger_view import count_documents, describe_breach, find_statement, list_breaches
from paysandbox.control.lookup import get_namespace, get_service
from paysandbox.control.records import encode_record, find_record
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotFound
from paysandbox.kit.provider import Provider
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import State
from paysandbox.web.console.ledger_page import MANY
from paysandbox.web.console.record_diff import RecordChange, read_call_changes

MOST: Final = 50  # calls of each list
_TELLING: Final = 6  # a shorter key is looked for as a segment of a path only, because it stands everywhere


class ChangingCall(Struct, frozen=True):
    """A call that changed the record. `is_gap` if between it and the next change something else has changed it."""

    call: dict[str, Any]
    change: RecordChange | None
    is_gap: bool


class RecordView(Struct, frozen=True):
    """A record; `text` is its JSON, None if it does not exist any more.

    `history` and `others` are calls, newest first; of `unknown` calls it is not known what they changed. `address` is
    that of the record in the control API. `breaches` has the sentence of each invariant that breaks at the record, with
    its place; it is empty as well if there are too many documents to check them unasked.
    """

    namespace: str
    provider: str
    title: str
    table: str
    key: str
    text: str | None
    history: tuple[ChangingCall, ...]
    others: tuple[dict[str, Any], ...]
    unknown: int
    address: str
    has_ledger: bool
    breaches: tuple[tuple[str, Mapping[str, Any]], ...]


def build_record(runtime: Runtime, namespace: str, provider: str, table: str, key: str) -> RecordView:
    """Build the view of a record, or of one that calls of the journal had changed before it was deleted.

    Raises:
        NotFound: the namespace, the provider or the table does not exist, or the record never did.
    """
    found, service = get_namespace(namespace, runtime), get_service(provider, runtime)
    state = found.state(provider)
    if table not in state.table_defs():
        raise NotFound(f"there is no table {table[:100]!r}; there are {', '.join(state.table_defs())}")
    record = find_record(key, state.table(table))
    changing = list(islice(_find_changing(found, provider, table, key), MOST))
    if record is None and not changing:
        raise NotFound(f"{table} has no record with the key {key[:100]!r}, and no call of the journal had changed it")
    numbers = {entry.number for entry, _, _ in changing}
    others = (one for one in reversed(found.journal) if one.provider == provider and one.number not in numbers)
    calls = list(islice((entry for entry in others if _names(entry, key)), MOST))
    return RecordView(
        namespace=namespace,
        provider=provider,
        title=service.contract.title,
        table=table,
        key=key,
        text=None if record is None else _write(record),
        history=tuple(_describe(changing, record, table, key, found, runtime)),
        others=tuple(summarize_entry(entry, found, runtime) for entry in calls),
        unknown=sum(writes is None for _, writes in found.journal.walk_writes()),
        address=f"/_sandbox/namespaces/{namespace}/state/{provider}/{quote(table)}/{quote(key, safe='')}",
        has_ledger=record is not None and find_statement(service.provider, table) is not None,
        breaches=tuple(_find_breaches(service.provider, state, table, key)),
    )


def _find_breaches(provider: Provider, state: State, table: str, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if count_documents(provider, state) > MANY:
        return
    for invariant, breaches in list_breaches(provider, state):
        yield from ((invariant.says, describe_breach(one)) for one in breaches if (one.table, one.key) == (table, key))


def _find_changing(namespace: Namespace, provider: str, table: str, key: str) -> Iterator[tuple[Entry, Any, Any]]:
    """Yield the calls that changed a record, newest first, with the record before and after."""
    for entry, writes in namespace.journal.walk_writes():
        if writes and entry.provider == provider and table in writes:
            for changed, its_key, before, after in merge_writes(writes):
                if changed == table and str(its_key) == key:
                    yield entry, before, after


def _names(entry: Entry, key: str) -> bool:
    """Tell whether a call names a key in its address, its body or its reply."""
    request = entry.request
    if len(key) < _TELLING:
        return key in unquote(request.path).split("/")
    sought = key.encode()
    return key in unquote(request.path) or key in request.query or sought in (request.content or b"") + entry.content


def _describe(
    changing: list[tuple[Entry, Any, Any]], record: Any, table: str, key: str, namespace: Namespace, runtime: Runtime
) -> Iterator[ChangingCall]:
    later = record
    for entry, before, after in changing:
        call = summarize_entry(entry, namespace, runtime) | describe_entry_changes(entry, namespace, runtime)
        changes = [one for one in call["changes"] or () if one["table"] == table and one["key"] == key]
        yield ChangingCall(call, next(read_call_changes(changes), None), repr(after) != repr(later))
        later = before


def _write(record: Any) -> str:
    return msgspec.json.format(write_json(encode_record(record)), indent=2).decode()

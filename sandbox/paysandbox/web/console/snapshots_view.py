"""The view of a namespace's snapshots, and of what differs from one of them."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from paysandbox.control.lookup import get_namespace
from paysandbox.core.problems import NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespace import Namespace
from paysandbox.store.namespaces import FIXTURES
from paysandbox.web.console.parameters import ListView, Parameters
from paysandbox.web.console.record_diff import RecordChange, StoredChange, describe_change, list_changes

ROWS: Final = 20  # each is a table of its own


class SnapshotsView(ListView, frozen=True, kw_only=True):
    """All snapshots, and the records that differ from one of them."""

    namespace: str
    names: tuple[str, ...]
    fixtures: str
    compared: str
    changes: tuple[RecordChange, ...]


def build_snapshots(runtime: Runtime, name: str, query: Mapping[str, str], compared: str = FIXTURES) -> SnapshotsView:
    """Build the view; `query` may have `first`.

    Raises:
        NotFound: the namespace or the snapshot does not exist.
    """
    namespace = get_namespace(name, runtime)
    if compared not in namespace.snapshots:
        raise NotFound(f"there is no snapshot {compared[:100]!r}; there are {', '.join(namespace.snapshots)}")
    given = Parameters(query)
    part = given.read_part(ROWS)
    changes = _list_changes(runtime, namespace, compared)
    before, after = part.list_neighbours(len(changes), _make_address)
    # Only what is shown is encoded.
    shown = changes[part.first - 1 : part.first - 1 + ROWS]
    return SnapshotsView(
        namespace=name,
        names=namespace.snapshots,
        fixtures=FIXTURES,
        compared=compared,
        changes=tuple(describe_change(provider, table, change) for provider, table, change in shown),
        found=len(changes),
        first=part.first,
        before=before,
        after=after,
        errors=given.errors,
    )


def _list_changes(runtime: Runtime, namespace: Namespace, compared: str) -> list[tuple[str, str, StoredChange]]:
    """List provider, table and change of each record that differs from a snapshot."""
    return [
        (provider, table, change)
        for provider, tables in namespace.diff(compared).items()
        for table in runtime.services[provider].provider.state.table_defs()
        if table in tables
        for change in list_changes(tables[table])
    ]


def _make_address(first: str) -> str:
    return f"?{urlencode({'first': first})}#diff" if first != "1" else "?#diff"

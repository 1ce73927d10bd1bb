"""The view of a namespace's snapshots, and of what differs from one of them."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from paysandbox.control.lookup import get_namespace
from paysandbox.control.records import encode_difference
from paysandbox.core.problems import NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import FIXTURES
from paysandbox.web.console.record_diff import RecordChange, list_changes

SHOWN: Final = 200


class SnapshotsView(Struct, frozen=True):
    """All snapshots, and the records that differ from one of them; `more` of these are not among `changes`."""

    namespace: str
    names: tuple[str, ...]
    fixtures: str
    compared: str
    changes: tuple[RecordChange, ...]
    more: int


def build_snapshots(runtime: Runtime, name: str, compared: str = FIXTURES) -> SnapshotsView:
    """Build the view.

    Raises:
        NotFound: the namespace or the snapshot does not exist.
    """
    namespace = get_namespace(name, runtime)
    if compared not in namespace.snapshots:
        raise NotFound(f"there is no snapshot {compared[:100]!r}; there are {', '.join(namespace.snapshots)}")

    def find_changes() -> Iterator[RecordChange]:
        for provider, tables in namespace.diff(compared).items():
            for table in runtime.services[provider].provider.state.table_defs():
                if table in tables:
                    yield from list_changes(provider, table, encode_difference(tables[table]))

    changes = find_changes()
    return SnapshotsView(
        namespace=name,
        names=namespace.snapshots,
        fixtures=FIXTURES,
        compared=compared,
        changes=tuple(islice(changes, SHOWN)),
        more=sum(1 for _ in changes),
    )

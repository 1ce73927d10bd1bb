"""What a page of a list costs as the list grows: the providers' own lists, the journal, and a table's records."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from paysandbox.app import create_runtime
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import dispatch
from paysandbox.pipeline.process import process
from tools.bench.growth import NO_LIMIT, Kind, Sized, fill, fill_journal, rounds
from tools.bench.inside import PROVIDER
from tools.bench.plan import Plan, tell

PER_PAGE: Final = 50
_OK: Final = 200


class Listing(NamedTuple):
    """A provider's list: where it is asked for, and how the table grows that it shows, by the number of a record.

    In the query `{last}` is the number of the last page.
    """

    provider: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    table: str
    made: Callable[[int], Mapping[str, Any]]


LISTINGS: Final[Mapping[str, Listing]] = {
    "CRM.COM payments/list": Listing(
        "crm_com",
        "/crmapi/rest/v2/payments/list",
        "token=B8D7A12E9F91AFADE914B7330AFD08CB&accounts_receivable_identifier=number%3D192",
        [],
        "payments",
        lambda number: {
            "id": f"{number:032X}",
            "number": f"P{number}",
            "reference_number": f"R{number}",
            "accounts_receivable": "AC58C2AC3AC206B81FC95828AD320121",
        },
    ),
    "Invoiless payments of an invoice": Listing(
        "invoiless",
        "/v1/invoices/6523c1c99b3e7d00418c2f8c/payments",
        "",
        [(b"api-key", b"invoiless-test-key")],
        "payments",
        lambda number: {"id": f"{number:024x}", "invoice": "6523c1c99b3e7d00418c2f8c"},
    ),
    "Invoiless payments of an invoice, the last page": Listing(
        "invoiless",
        "/v1/invoices/6523c1c99b3e7d00418c2f8c/payments",
        f"page={{last}}&limit={PER_PAGE}",
        [(b"api-key", b"invoiless-test-key")],
        "payments",
        lambda number: {"id": f"{number:024x}", "invoice": "6523c1c99b3e7d00418c2f8c"},
    ),
    "Invoiless invoices": Listing(
        "invoiless",
        "/v1/invoices",
        "",
        [(b"api-key", b"invoiless-test-key")],
        "invoices",
        lambda number: {"id": f"{number:024x}", "number": f"N{number}"},
    ),
    "InvoiceXpress invoices": Listing(
        "invoicexpress",
        "/invoices.json",
        "api_key=ix-test-key",
        [],
        "invoices",
        lambda number: {"id": 10_000_000 + number, "sequence_number": f"{number}/Z"},
    ),
    "Invisible Collector debts of a number": Listing(
        PROVIDER,
        "/debts/find",
        "number=N7",
        [(b"authorization", b"Bearer ic-test-token")],
        "debts",
        lambda number: {"id": f"{number:08x}-0000-4000-a000-000000000000", "number": f"N{number}"},
    ),
}


def measured(plan: Plan) -> list[Kind]:
    """GET operations that answer a part of what there is."""
    tell("lists: worlds are filled")
    makers: dict[Sized, Callable[[int], Callable[[], bytes]]] = {
        Sized(f"GET {name}", "records"): partial(listing, one) for name, one in LISTINGS.items()
    }
    makers |= {
        Sized("GET the journal, limit 100", "entries"): _journal,
        Sized("GET a call of the journal", "entries"): _call,
        Sized("GET a table of the state, all of it", "records", goal=None): _table,
    }
    ends = (plan.sizes[0], *plan.sizes[-1:])
    return rounds(plan, "lists", {kind: {size: make(size) for size in ends} for kind, make in makers.items()})


def listing(one: Listing, size: int) -> Callable[[], bytes]:
    """Asks for the first page of a list of so many."""
    runtime = create_runtime()
    fill(runtime, one.provider, one.table, one.made, size)
    service, namespace = runtime.services[one.provider], runtime.namespaces.get("default")
    request = Request("GET", one.path, one.query.format(last=size // PER_PAGE), one.headers, b"")

    def ask() -> bytes:
        attended = dispatch(request, service, namespace)
        if attended.status != _OK:
            raise RuntimeError(f"{one.path} answers {attended.status}: {attended.content[:200]!r}")
        return attended.content

    return ask


def control(runtime: Runtime, path: str, query: str = "") -> Callable[[], bytes]:
    request = Request("GET", f"/namespaces/default/{path}", query, [], b"")

    def ask() -> bytes:
        outcome = process(request, runtime.control, runtime)
        if outcome.reply.status != _OK:
            raise RuntimeError(f"{path} answers {outcome.reply.status}: {outcome.content[:200]!r}")
        return outcome.content

    return ask


def _remembering(size: int) -> Runtime:
    runtime = create_runtime(settings=Settings(journal_entries=size, journal_bytes=NO_LIMIT))
    fill_journal(runtime, size)
    return runtime


def _journal(size: int) -> Callable[[], bytes]:
    return control(_remembering(size), "requests", "limit=100")


def _call(size: int) -> Callable[[], bytes]:
    return control(_remembering(size), f"requests/default-{size}")


def _table(size: int) -> Callable[[], bytes]:
    runtime = create_runtime()
    fill(runtime, PROVIDER, "debts", LISTINGS["Invisible Collector debts of a number"].made, size)
    return control(runtime, f"state/{PROVIDER}/debts")

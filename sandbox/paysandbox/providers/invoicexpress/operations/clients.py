"""Operations on clients, and the list of a client's documents."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import lookup, parameters, wire
from paysandbox.providers.invoicexpress.records import Client, Contact, Document, InvoiceXpressState
from paysandbox.providers.invoicexpress.rules import filters

_TEXTS: Final = (
    "name", "code", "language", "email", "address", "city", "postal_code", "fiscal_id", "website", "country", "phone",
    "fax", "observations",
)  # fmt: skip


def create_client(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a client. Source: vendor documentation, POST /clients.json.

    Raises:
        NotAllowed: another client has the name or the code, or the tax number cannot be the client's.
    """
    given = _read_form(call)
    client = Client(id=state.next_client_id(), account=call.principal.id, **given)
    _check(call, client, given, state)
    state.clients.put(client)
    return Reply(201, {"client": wire.write_client(client)})


def list_clients(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's clients by name, in pages. Source: vendor documentation, GET /clients.json."""
    call.rule("clients-are-listed-by-name")
    page, text = parameters.read_page(call, state), call.query["text"]
    clients = state.clients.all("account", call.principal.id)
    if text is not None:
        call.rule("text-is-found-in-any-case")
        clients = [client for client in clients if filters.is_text_of_client(text.casefold(), client)]
    clients = sorted(clients, key=lambda client: (client.name, client.id))
    return Reply(
        200,
        {
            "clients": [wire.write_client(client) for client in clients[page.start : page.start + page.size]],
            "pagination": parameters.write_pagination(call, page, len(clients)),
        },
    )


def get_client(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a client. Source: vendor documentation, GET /clients/:id.json.

    Raises:
        NotFound: the account has no such client.
    """
    return Reply(
        200,
        {
            "client": wire.write_read_client(
                lookup.find_own(call, state.clients, "client", rule="unknown-client-is-404")
            )
        },
    )


def update_client(call: Call, state: InvoiceXpressState) -> Reply:
    """Change what is given of a client. Source: vendor documentation, PUT /clients/:id.json.

    Raises:
        NotFound: the account has no such client.
        NotAllowed: another client has the name or the code, or the tax number cannot be the client's.
    """
    client, given = lookup.find_own(call, state.clients, "client", rule="unknown-client-is-404"), _read_form(call)
    call.rule("given-properties-change")
    changed = replace(client, **given)
    _check(call, changed, given, state)
    state.clients.put(changed)
    return Reply(200)


def find_client_by_code(call: Call, state: InvoiceXpressState) -> Reply:
    """Return the client with a code. Source: vendor documentation, GET /clients/find-by-code.json.

    Raises:
        NotFound: no client of the account has this code.
    """
    return _find_by(call, state, "code")


def find_client_by_name(call: Call, state: InvoiceXpressState) -> Reply:
    """Return the client with a name. Source: vendor documentation, GET /clients/find-by-name.json.

    Raises:
        NotFound: no client of the account has this name.
    """
    return _find_by(call, state, "name")


def list_client_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the client's documents that meet the filter, in pages.

    Source: vendor documentation, POST /clients/:id/invoices.json.

    Raises:
        NotFound: the account has no such client.
    """
    client, asked = lookup.find_own(call, state.clients, "client", rule="unknown-client-is-404"), call.body["filter"]
    call.rule("list-is-by-type-and-age")
    page, statuses = parameters.read_page(call, state), None
    if asked.get("status"):
        call.rule("sent-finds-final-documents")
        statuses = filters.read_statuses(asked["status"])
    found: list[tuple[str, Document]] = []
    if not _hides_all(call, asked):
        for table in parameters.read_tables(call, asked.get("by_type") or None):
            found += (
                (table, document)
                for document in state.table(table).all("client", client.id)
                if statuses is None or document.status in statuses
            )
    return Reply(
        200,
        {
            "invoices": [
                wire.write_listed(document, table, state)
                for table, document in found[page.start : page.start + page.size]
            ],
            "pagination": parameters.write_pagination(call, page, len(found)),
        },
    )


def _hides_all(call: Call, asked: Mapping[str, Any]) -> bool:
    """Whether a filter asks for no documents but archived ones; nothing is archived here."""
    if not asked.get("archived"):
        return False
    call.rule("archived-documents-are-asked-for")
    return "non_archived" not in asked["archived"]


def _find_by(call: Call, state: InvoiceXpressState, name: str) -> Reply:
    call.rule("find-is-exact")
    asked = call.query[f"client_{name}"]
    client = state.clients.find(name, (call.principal.id, asked))
    if client is None:
        message = f"this account has no client with the {name} {asked!r}"
        raise NotFound(message, rule="unknown-client-is-404", at=f"?client_{name}")
    return Reply(200, {"client": wire.write_read_client(client)})


def _read_form(call: Call) -> dict[str, Any]:
    """Return the fields of a client that the form gives."""
    asked = wire.drop_empty(call.body["client"])
    given: dict[str, Any] = {name: str(asked[name]) for name in _TEXTS if name in asked}
    if "send_options" in asked:
        given["send_options"] = int(asked["send_options"])
    if contact := wire.drop_empty(asked.get("preferred_contact")):
        given["preferred_contact"] = Contact(**contact)
    return given


def _check(call: Call, client: Client, given: Mapping[str, Any], state: InvoiceXpressState) -> None:
    """Check what a form gives of a client against the account's other clients.

    Raises:
        NotAllowed: another client has the name or the code, or the tax number cannot be the client's.
    """
    if "name" in given:
        call.rule("client-name-unique")
        _check_unique(client, "name", state, rule="client-name-unique")
    if "code" in given:
        call.rule("client-code-unique")
        _check_unique(client, "code", state, rule="client-code-unique")
    if given.keys() & {"fiscal_id", "country"}:
        lookup.check_fiscal_id(call, client, "client", state)


def _check_unique(client: Client, name: str, state: InvoiceXpressState, *, rule: str) -> None:
    value = getattr(client, name)
    for known in state.clients.all(name, (client.account, value)):
        if known.id != client.id:
            raise NotAllowed(f"client {known.id} has {value!r}", rule=rule, at=f"/client/{name}")

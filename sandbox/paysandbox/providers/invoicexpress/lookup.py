"""Finding the document of a path, and the records that a new document names, or creating them."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import (
    AccountTax,
    Bill,
    CatalogueItem,
    Client,
    DocumentType,
    Invoice,
    InvoiceReceipt,
    InvoiceXpressState,
    Item,
    Payable,
    Sequence,
    Tax,
)
from paysandbox.providers.invoicexpress.rules import checks
from paysandbox.store.tables import Table

R = TypeVar("R", AccountTax, CatalogueItem, Client, Sequence)

_CLIENT_PROPERTIES: Final = (
    "country", "code", "email", "fiscal_id", "address", "city", "postal_code", "website", "phone", "fax",
    "observations", "language",
)  # fmt: skip


def locate_document(call: Call) -> str:
    """Return the place in a request whose path names one document, for a refusal because of that document."""
    (name,) = call.path
    return f"{{{name}}}"


def find_bill(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Bill:
    """Return the document of this type that the path names.

    Raises:
        NotFound: the account has no such document, or it was deleted.
    """
    (document_id,) = call.path.values()
    table: Table[Bill] = state.table(document_type.table)
    invoice = table.get(document_id)
    if invoice is None or invoice.account != call.principal.id:
        raise NotFound(
            f"this account has no {document_type.wrapper.replace('_', ' ')} {document_id}",
            rule="unknown-document-is-404",
            at=locate_document(call),
        )
    if invoice.status == "deleted":
        raise NotFound(f"document {document_id} was deleted", rule="unknown-document-is-404", at=locate_document(call))
    return invoice


def find_own(call: Call, records: Table[R], noun: str, *, rule: str) -> R:
    """Return the record that the path names, such as a `tax` by its `tax-id`; without it, `rule` refuses.

    Raises:
        NotFound: the account has no such record.
    """
    record_id = call.path[f"{noun}-id"]
    record = records.get(record_id)
    if record is None or record.account != call.principal.id:
        raise NotFound(f"this account has no {noun} {record_id}", rule=rule, at=f"{{{noun}-id}}")
    return record


def find_owner(document_id: int, state: InvoiceXpressState) -> Payable | InvoiceReceipt | None:
    """Return the invoice, simplified invoice or invoice-receipt with this id, to which notes can belong."""
    found = state.find_document(document_id)
    return found[1] if found is not None and isinstance(found[1], Invoice | InvoiceReceipt) else None


def find_sequence(call: Call, wrapper: str, asked: Mapping[str, Any], state: InvoiceXpressState) -> Sequence:
    """Return the sequence that will number the document."""
    sequence_id = asked.get("sequence_id")
    if sequence_id is None:
        call.rule("sequence-defaults-to-the-first")
        account = call.principal.id
        sequence = state.sequences.find("default", (account, True)) or state.sequences.find("account", account)
    else:
        sequence = state.sequences.get(wire.read_id(sequence_id))
    if sequence is None or sequence.account != call.principal.id:
        named = "" if sequence_id is None else f" {sequence_id!r}"
        raise NotAllowed(
            f"this account has no sequence{named}", rule="sequence-defaults-to-the-first", at=f"/{wrapper}/sequence_id"
        )
    return sequence


def find_or_create_client(call: Call, wrapper: str, asked: Mapping[str, Any], state: InvoiceXpressState) -> Client:
    """Return the client of a new document; create it, or add what the account does not know of it yet.

    Raises:
        NotAllowed: the tax number that is given cannot be the client's.
    """
    call.rule("client-is-found-by-name")
    given: dict[str, Any] = {name: str(asked[name]) for name in _CLIENT_PROPERTIES if name in asked}
    known = _find_client(call.principal.id, asked, given.get("code"), state)
    if known is None:
        client = Client(id=state.next_client_id(), account=call.principal.id, name=asked["name"], **given)
    else:
        if any(getattr(known, name) not in {None, value} for name, value in {**given, "name": asked["name"]}.items()):
            call.rule("known-client-keeps-what-it-has")
        if "code" in given and state.clients.find("code", (known.account, given["code"])):
            del given["code"]  # it is this client's already, or another one's
        client = replace(known, **{name: value for name, value in given.items() if getattr(known, name) is None})
    if "fiscal_id" in given:  # judged as given, because a known client keeps the one that it has
        judged = replace(client, fiscal_id=given["fiscal_id"], country=given.get("country", client.country))
        check_fiscal_id(call, judged, f"{wrapper}/client", state)
    if client != known:
        state.clients.put(client)
    return client


def check_fiscal_id(call: Call, client: Client, where: str, state: InvoiceXpressState) -> None:
    """Check a client's tax number, which the request gives at `where`, unless the variant `checks` is lenient.

    Raises:
        NotAllowed: it cannot be the client's.
    """
    if not state.checks_live:
        return
    call.rule("fiscal-id-of-portugal")
    if not checks.has_fiscal_id_of_its_country(client):
        raise NotAllowed(
            f"{client.fiscal_id!r} is not a Portuguese tax number",
            rule="fiscal-id-of-portugal",
            at=f"/{where}/fiscal_id",
        )


def _find_client(account: int, asked: Mapping[str, Any], code: str | None, state: InvoiceXpressState) -> Client | None:
    known = state.clients.get(wire.read_id(asked["id"])) if "id" in asked else None
    if known is not None and known.account == account:
        return known
    known = None if code is None else state.clients.find("code", (account, code))
    return known or state.clients.find("name", (account, asked["name"]))


def put_catalogue_item(call: Call, asked: Mapping[str, Any], item: Item, state: InvoiceXpressState) -> None:
    """Create the item of a new document in the account's catalogue, or update it with what the document says."""
    call.rule("items-upsert-the-catalogue")
    account = call.principal.id
    known = state.items.find("name", (account, item.name))
    given = {name: asked[name] for name in ("description", "unit") if asked.get(name)}
    if known is None:
        put = CatalogueItem(
            id=state.next_item_id(),
            account=account,
            name=item.name,
            unit_price=item.unit_price,
            tax=item.tax.id,
            **given,
        )
    else:
        tax = item.tax.id if wire.drop_empty(asked.get("tax")) else known.tax
        put = replace(known, unit_price=item.unit_price, tax=tax, **given)
    if put != known:
        state.items.put(put)


def find_tax(call: Call, asked: Mapping[str, Any], state: InvoiceXpressState) -> Tax:
    """Return the account's tax that a requested item names, or the account's default tax."""
    account, given = call.principal.id, wire.drop_empty(asked.get("tax"))
    found = None
    if "name" in given:
        found = state.taxes.find("name", (account, given["name"]))
    elif "id" in given:
        named = state.taxes.get(wire.read_id(given["id"]))
        found = named if named is not None and named.account == account else None
    elif "value" in given:
        value = str(given["value"])
        found = next(
            (tax for tax in state.taxes.records() if tax.account == account and wire.is_number(value, tax.value)), None
        )
    if found is None:
        call.rule("tax-defaults-to-the-accounts")
        found = state.taxes.find("default", (account, True))
    if found is None:
        raise NotAllowed("this account has no default tax", rule="tax-defaults-to-the-accounts")
    return Tax(id=found.id, name=found.name, value=found.value)

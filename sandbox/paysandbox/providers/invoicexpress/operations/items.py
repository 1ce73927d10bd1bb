"""Operations on the catalogue of items."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import catalogue, lookup, parameters, wire
from paysandbox.providers.invoicexpress.records import CatalogueItem, InvoiceXpressState


def list_items(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's items, in pages. Source: vendor documentation, GET /items.json."""
    call.rule("items-are-listed-by-age")
    page = parameters.read_page(call, state)
    items = sorted(state.items.all("account", call.principal.id), key=lambda item: item.id)
    return Reply(
        200,
        {
            "items": [_write(item, state) for item in items[page.start : page.start + page.size]],
            "pagination": parameters.write_pagination(call, page, len(items)),
        },
    )


def create_item(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an item. Source: vendor documentation, POST /items.json.

    Raises:
        NotAllowed: another item has the name.
    """
    given = {"tax": lookup.find_tax(call, call.body["item"], state).id} | _read_form(call, state)
    item = CatalogueItem(id=state.next_item_id(), account=call.principal.id, **given)
    _put(call, item, state)
    return Reply(201, {"item": _write(item, state)})


def get_item(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an item. Source: vendor documentation, GET /items/:id.json.

    Raises:
        NotFound: the account has no such item.
    """
    return Reply(200, {"item": _write(lookup.find_own(call, state.items, "item", rule="unknown-item-is-404"), state)})


def update_item(call: Call, state: InvoiceXpressState) -> Reply:
    """Change what is given of an item. Source: vendor documentation, PUT /items/:id.json.

    Raises:
        NotFound: the account has no such item.
        NotAllowed: another item has the name.
    """
    item = lookup.find_own(call, state.items, "item", rule="unknown-item-is-404")
    call.rule("given-properties-change")
    _put(call, replace(item, **_read_form(call, state)), state)
    return Reply(200)


def delete_item(call: Call, state: InvoiceXpressState) -> Reply:
    """Delete an item. Source: vendor documentation, DELETE /items/:id.json.

    Raises:
        NotFound: the account has no such item.
    """
    state.items.delete(lookup.find_own(call, state.items, "item", rule="unknown-item-is-404").id)
    return Reply(200)


def _read_form(call: Call, state: InvoiceXpressState) -> dict[str, Any]:
    """Return the fields of an item that the form gives."""
    asked: Mapping[str, Any] = wire.drop_empty(call.body["item"])
    given = {name: asked[name] for name in ("name", "description", "unit") if name in asked}
    if "unit_price" in asked:
        given["unit_price"] = Decimal(asked["unit_price"])
    if wire.drop_empty(asked.get("tax")):
        given["tax"] = lookup.find_tax(call, asked, state).id
    return given


def _put(call: Call, item: CatalogueItem, state: InvoiceXpressState) -> None:
    call.rule("item-name-unique")
    named = state.items.find("name", (item.account, item.name))
    if named is not None and named.id != item.id:
        raise NotAllowed(f"item {named.id} has {item.name!r}", rule="item-name-unique", at="/item/name")
    state.items.put(item)


def _write(item: CatalogueItem, state: InvoiceXpressState) -> dict[str, Any]:
    tax = state.taxes.get(item.tax)
    assert tax is not None, f"item {item.id} names a missing tax"
    return catalogue.write_item(item, tax)

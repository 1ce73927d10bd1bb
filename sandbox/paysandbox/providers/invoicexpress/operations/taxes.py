"""Operations on the taxes of an account."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import catalogue, lookup, wire
from paysandbox.providers.invoicexpress.records import AccountTax, InvoiceXpressState


def list_taxes(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's taxes. Source: vendor documentation, GET /taxes.json."""
    call.rule("taxes-are-listed-by-age")
    taxes = sorted(state.taxes.all("account", call.principal.id), key=lambda tax: tax.id)
    return Reply(200, {"taxes": [catalogue.write_tax(tax, state.variants) for tax in taxes]})


def create_tax(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a tax. Source: vendor documentation, POST /taxes.json.

    Raises:
        NotAllowed: another tax has the name.
    """
    tax = AccountTax(id=state.next_tax_id(), account=call.principal.id, **_read_form(call))
    _put(call, tax, state)
    return Reply(201, {"tax": catalogue.write_tax(tax, state.variants)})


def get_tax(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a tax. Source: vendor documentation, GET /taxes/:id.json.

    Raises:
        NotFound: the account has no such tax.
    """
    return Reply(
        200,
        {
            "tax": catalogue.write_tax(
                lookup.find_own(call, state.taxes, "tax", rule="unknown-tax-is-404"), state.variants
            )
        },
    )


def update_tax(call: Call, state: InvoiceXpressState) -> Reply:
    """Change what is given of a tax. Source: vendor documentation, PUT /taxes/:id.json.

    Raises:
        NotFound: the account has no such tax.
        NotAllowed: another tax has the name.
    """
    tax = lookup.find_own(call, state.taxes, "tax", rule="unknown-tax-is-404")
    call.rule("given-properties-change")
    _put(call, replace(tax, **_read_form(call)), state)
    return Reply(200)


def delete_tax(call: Call, state: InvoiceXpressState) -> Reply:
    """Delete a tax. Source: vendor documentation, DELETE /taxes/:id.json; recordings: the body.

    Raises:
        NotFound: the account has no such tax.
        NotAllowed: it is the default tax, or that of an item in the catalogue.
    """
    tax = lookup.find_own(call, state.taxes, "tax", rule="unknown-tax-is-404")
    call.rule("tax-in-use-stays")
    if tax.default_tax or state.items.count("tax", tax.id):
        what = "the default tax" if tax.default_tax else "the tax of an item in the catalogue"
        raise NotAllowed(f"tax {tax.id} is {what}", rule="tax-in-use-stays", at="{tax-id}")
    state.taxes.delete(tax.id)
    return Reply(200, " ", media_type="text/plain")


def _read_form(call: Call) -> dict[str, Any]:
    """Return the fields of a tax that the form gives."""
    asked: Mapping[str, Any] = wire.drop_empty(call.body["tax"])
    given = {name: asked[name] for name in ("name", "region", "code") if name in asked}
    if "value" in asked:
        given["value"] = Decimal(asked["value"])
    if str(asked.get("default_tax")) == "1":
        given["default_tax"] = True
    return given


def _put(call: Call, tax: AccountTax, state: InvoiceXpressState) -> None:
    """Keep a new or changed tax; if it is the default now, the one before is not."""
    call.rule("tax-name-unique")
    named = state.taxes.find("name", (tax.account, tax.name))
    if named is not None and named.id != tax.id:
        raise NotAllowed(f"tax {named.id} has {tax.name!r}", rule="tax-name-unique", at="/tax/name")
    if tax.default_tax:
        call.rule("default-tax-is-one")
        for known in state.taxes.all("default", (tax.account, True)):
            state.taxes.put(replace(known, default_tax=False))
    state.taxes.put(tax)

"""The catalogue of items, which new documents create and update."""

from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import NEW, OTHER_ACCOUNT, PROVIDER, Make

CAPA, IVA6, IVA23, ACCOUNT = 71211, 31598, 31595, 104412


def find(state: InvoiceXpressState, name: str, account: int = ACCOUNT) -> dict[str, Any]:
    """The properties of an item of a catalogue."""
    item = state.items.find("name", (account, name))
    return {} if item is None else asdict(item)


def test_an_unknown_item_is_created(make: Make, state: InvoiceXpressState) -> None:
    """With the defaults of a document, once for each name."""
    count = len(list(state.items.records()))
    given = {"name": "Cabo", "unit_price": "9.75", "quantity": "3"}
    make("invoices", items=[given, given | {"unit_price": 10}])
    make("simplified_invoices", items=[given | {"unit_price": "10.5", "tax": {"name": "IVA6"}, "discount": 50}])
    assert find(state, "Cabo") == {
        "id": 1, "account": ACCOUNT, "name": "Cabo", "description": "", "unit_price": Decimal("10.5"), "unit": "unit",
        "tax": IVA6,
    }  # fmt: skip
    assert len(list(state.items.records())) == count + 1


def test_a_known_item_takes_what_is_given(make: Make, state: InvoiceXpressState) -> None:
    """What is not given stays; a document's default tax is no news."""
    before = find(state, "Capa")
    item = {"name": "Capa", "unit_price": 15, "quantity": 1, "description": "", "unit": None, "tax": {"name": ""}}
    make("invoices", items=[item])
    assert find(state, "Capa") == before | {"unit_price": 15}
    make("invoices", items=[item | {"description": "Capa azul", "unit": "other", "tax": {"name": "IVA6"}}])
    assert find(state, "Capa") == before | {
        "unit_price": 15, "description": "Capa azul", "unit": "other", "tax": IVA6,
    }  # fmt: skip
    make("invoices", items=[item])
    assert find(state, "Capa")["tax"] == IVA6
    assert before["id"] == CAPA
    assert before["tax"] == IVA23


def test_catalogues_are_the_accounts_own(api: Client, state: InvoiceXpressState) -> None:
    """The same name is another item there."""
    before = find(state, "Capa")
    assert api.post("/invoices.json", {"invoice": NEW}, query=OTHER_ACCOUNT).status == 201
    assert find(state, "Capa") == before
    assert find(state, "Capa", 98327)["tax"] == 28411


def test_a_refused_document_changes_no_catalogue(api: Client) -> None:
    """Neither new items nor known ones."""
    items = [{"name": name, "unit_price": "999999999", "quantity": "999999999"} for name in ("Capa", "Outra")]
    with nothing_changes(api, PROVIDER):
        assert api.post("/invoices.json", {"invoice": NEW | {"items": items}}).status == 422

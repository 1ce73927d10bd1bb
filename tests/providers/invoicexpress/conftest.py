"""InvoiceXpress as a client sees it, with the key of the fixtures' first account."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client, Response

PROVIDER = "invoicexpress"
OTHER_ACCOUNT = "api_key=ix-other-key"

# Documents of the fixtures, all of the account of the test credential.
UNPAID = 1  # 1070.00, in serie A
SIMPLIFIED = 538422  # 28.30, in serie LOJA
PARTLY_PAID = 538204  # 1000.00 of 2422.85
SETTLED = 538218
CANCELLED = 538222
DELETED = 538243
DRAFT = 538267
THIRDS = 538343  # three items of 33.33, none of them taxed
TEN_SCREWS = 538367  # ten items of 0.10
FREE_GLASS = 538383  # the last of three items is free
ALL_FREE = 538401  # 0.00
CREDIT_NOTE = 538704
RECEIPT = 540179
DRAFT_SIMPLIFIED = 538683
OTHER_INVOICE = 538722  # the other account's
OTHER_SIMPLIFIED = 538767
WRAPPERS = {"invoices": "invoice", "simplified_invoices": "simplified_invoice"}
NEW: dict[str, Any] = {
    "date": "03/12/2017",
    "due_date": "03/12/2017",
    "client": {"name": "John"},
    "items": [{"name": "Capa", "unit_price": "14.96", "quantity": "10"}],
}

Pay = Callable[..., Response]
Change = Callable[..., Response]
Make = Callable[..., dict[str, Any]]
Cancel = Callable[..., Response]


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """Calls below the provider's root with the test credential."""
    return Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")


@pytest.fixture
def state(runtime: Runtime) -> InvoiceXpressState:
    """What the provider remembers in the default namespace."""
    found = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvoiceXpressState)
    return found


@pytest.fixture
def pay(api: Client) -> Pay:
    """Pays a document with the members given; the query may be another account's key."""

    def paid(document_id: int | str, *, query: str | None = None, **members: Any) -> Response:
        path = f"/documents/{document_id}/partial_payments.json"
        return api.post(path, {"partial_payment": members}, query=query)

    return paid


@pytest.fixture
def change(api: Client) -> Change:
    """Asks a document of a type for another state."""

    def changed(kind: str, document_id: int | str, *, query: str | None = None, **members: Any) -> Response:
        path = f"/{kind}/{document_id}/change-state.json"
        return api.call("PUT", path, json={WRAPPERS[kind]: members}, query=query)

    return changed


@pytest.fixture
def make(api: Client) -> Make:
    """Makes a draft of a type: 184.01, unless other members are given."""

    def made(kind: str, **members: Any) -> dict[str, Any]:
        response = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | members})
        assert response.status == 201, response.headers
        document: dict[str, Any] = response.json[WRAPPERS[kind]]
        return document

    return made


@pytest.fixture
def cancel(api: Client) -> Cancel:
    """Cancels a receipt."""

    def cancelled(receipt_id: int | str, *, query: str | None = None, message: str = "Wrong values.") -> Response:
        path = f"/receipts/{receipt_id}/change-state.json"
        return api.call("PUT", path, json={"receipt": {"state": "canceled", "message": message}}, query=query)

    return cancelled


def is_empty(response: Response) -> bool:
    """No body, and nothing that says of what type it would be."""
    return response.content == b"" and "content-type" not in response.headers

"""Fixtures that call InvoiceXpress with the key of the fixtures' first account."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client, Response
from tests.providers.invoicexpress.known import NEW, PROVIDER, WRAPPERS, Cancel, Change, Make, Pay


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """A client of the provider's root, with the test credential."""
    return Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")


@pytest.fixture
def state(runtime: Runtime) -> InvoiceXpressState:
    """The provider's state in the default namespace."""
    found = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvoiceXpressState)
    return found


@pytest.fixture
def pay(api: Client) -> Pay:
    """Pay a document; `query` may hold another account's key."""

    def paid(document_id: int | str, *, query: str | None = None, **members: Any) -> Response:
        path = f"/documents/{document_id}/partial_payments.json"
        return api.post(path, {"partial_payment": members}, query=query)

    return paid


@pytest.fixture
def change(api: Client) -> Change:
    """Request another state for a document."""

    def changed(kind: str, document_id: int | str, *, query: str | None = None, **members: Any) -> Response:
        path = f"/{kind}/{document_id}/change-state.json"
        return api.call("PUT", path, json={WRAPPERS[kind]: members}, query=query)

    return changed


@pytest.fixture
def make(api: Client) -> Make:
    """Create a draft of a type, with a total of 184.01 by default."""

    def made(kind: str, **members: Any) -> dict[str, Any]:
        response = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | members})
        assert response.status == 201, response.headers
        document: dict[str, Any] = response.json[WRAPPERS[kind]]
        return document

    return made


@pytest.fixture
def cancel(api: Client) -> Cancel:
    """Cancel a receipt."""

    def cancelled(receipt_id: int | str, *, query: str | None = None, message: str = "Wrong values.") -> Response:
        path = f"/receipts/{receipt_id}/change-state.json"
        return api.call("PUT", path, json={"receipt": {"state": "canceled", "message": message}}, query=query)

    return cancelled

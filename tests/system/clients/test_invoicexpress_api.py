"""The public client `invoicexpress-api` from PyPI, unchanged except for its URL, against a live sandbox.

It calls the root of a host and drops path prefixes, so the provider has its own port.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol

import pytest
import requests

from paysandbox.server.live import Server
from tests.helpers.runtimes import broken_invariants, dump
from tests.providers.invoicexpress.known import NEW, PROVIDER

invoicexpress_api: Any = import_module("invoicexpress_api")  # by its name, as it has no types


class Vendor(Protocol):
    """The methods of the client's class."""

    base_url: str

    def get(self, path: str) -> dict[str, Any]:
        """Return the reply's JSON."""

    def post(self, path: str, json: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply's JSON."""

    def put(self, path: str, json: Mapping[str, Any]) -> None:
        """Return nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A live sandbox, with a port for each provider."""
    with Server(provider_ports=True) as running:
        yield running


@pytest.fixture
def vendor(server: Server, request: pytest.FixtureRequest) -> Iterator[Vendor]:
    """The client in the test's own namespace, which its key chooses."""
    key = f"{server.credentials(PROVIDER)['api_key']}~{request.node.originalname.replace('_', '-')[:40]}"
    client: Vendor = invoicexpress_api.Client("oficinadolago", key)
    client.base_url = f"{server.url(PROVIDER)}/"
    yield client
    assert broken_invariants(server.runtime) == []


def made(vendor: Vendor, kind: str) -> int:
    """Create and finalize a document of 184.01, and return its id."""
    draft = invoicexpress_api.invoices.create(vendor, {kind: NEW}, type=kind)[kind]
    assert (draft["status"], draft["sequence_number"]) == ("draft", "rascunho")
    invoicexpress_api.invoices.change_state(vendor, draft["id"], "finalized", type=kind)
    document: int = draft["id"]
    return document


def status(vendor: Vendor, document: int, kind: str) -> str:
    """Read the status of a document with the client."""
    found: str = invoicexpress_api.invoices.get(vendor, document, type=kind)[kind]["status"]
    return found


def paid(vendor: Vendor, document: int, amount: float) -> dict[str, Any]:
    """Pay, and return the receipt."""
    path = f"/documents/{document}/partial_payments.json"
    receipt: dict[str, Any] = vendor.post(path, {"partial_payment": {"amount": amount}})["receipt"]
    return receipt


@pytest.mark.parametrize("kind", ["invoice", "simplified_invoice"])
def test_pay_in_part_then_in_full_then_cancel(vendor: Vendor, kind: str) -> None:
    """The document is created, finalized and paid in two parts, and owes again once a receipt is cancelled."""
    document = made(vendor, kind)
    first = paid(vendor, document, 100.0)
    assert (first["total"], status(vendor, document, kind)) == (100, "final")
    second = paid(vendor, document, 84.01)
    assert status(vendor, document, kind) == "settled"
    cancelled = {"receipt": {"state": "canceled", "message": "Wrong payment values."}}
    vendor.put(f"/receipts/{second['id']}/change-state.json", cancelled)
    assert status(vendor, document, kind) == "final"
    assert vendor.get(f"/receipts/{second['id']}.json")["receipt"]["status"] == "canceled"
    related = vendor.get(f"/document/{document}/related_documents.json")["documents"]
    assert [(document["id"], document["status"]) for document in related] == [
        (first["id"], "final"),
        (second["id"], "canceled"),
    ]
    third = paid(vendor, document, 84.01)
    number = int(second["sequence_number"].partition("/")[0])
    assert third["sequence_number"] == f"{number + 1}/A"


def test_a_draft_is_deleted_and_a_document_is_settled(vendor: Vendor) -> None:
    """By the client's own changes of state."""
    states = invoicexpress_api.invoices.States
    draft = invoicexpress_api.invoices.create(vendor, {"invoice": NEW}, type="invoice")["invoice"]["id"]
    invoicexpress_api.invoices.change_state(vendor, draft, states.DELETED, type="invoice")
    with pytest.raises(ValueError, match="404"):
        status(vendor, draft, "invoice")
    document = made(vendor, "invoice")
    invoicexpress_api.invoices.change_state(vendor, document, states.SETTLED, type="invoice")
    assert status(vendor, document, "invoice") == "settled"


def test_its_message_beside_the_wrapper_is_refused_and_explained(vendor: Vendor, server: Server) -> None:
    """The client puts the message where the vendor does not read it; the journal's advice names the fix."""
    document = made(vendor, "invoice")
    with pytest.raises(ValueError, match="422"):
        invoicexpress_api.invoices.change_state(vendor, document, "canceled", message="Wrong client.", type="invoice")
    assert status(vendor, document, "invoice") == "final"
    namespace = "test-its-message-beside-the-wrapper-is-r"
    refused = requests.get(f"{server.url()}/_sandbox/namespaces/{namespace}/requests?status=422", timeout=30).json()[
        "requests"
    ]
    (found,) = refused
    assert any("Move `message` into `invoice`" in sentence for sentence in found["advice"])
    right = {"invoice": {"state": "canceled", "message": "Wrong client."}}
    vendor.put(f"/invoices/{document}/change-state.json", right)
    assert status(vendor, document, "invoice") == "canceled"


def test_an_overpayment_raises_and_changes_nothing(vendor: Vendor, server: Server) -> None:
    """The client's error has no text, because the vendor's refusals are empty."""
    document = made(vendor, "invoice")
    namespace = "test-an-overpayment-raises-and-changes-n"
    before = dump(server.runtime, PROVIDER, namespace)
    with pytest.raises(ValueError, match=r"422 Unprocessable.*: $"):
        paid(vendor, document, 184.02)
    assert dump(server.runtime, PROVIDER, namespace) == before

"""The events of the webhooks: which call fires what, with what in it, and the signature."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from paysandbox.contract.validators import Schemas
from paysandbox.core.exact_json import read_json
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.events import sign
from paysandbox.store.webhooks import Event
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import NEW, PROVIDER, THREE, UNPAID, invoice_path, path_of, payments_of

CLOCK = "/_sandbox/namespaces/default/clock"


@pytest.fixture(autouse=True)
def endpoint(runtime: Runtime) -> None:
    runtime.namespaces.get("default").open_webhooks().add_endpoint("http://127.0.0.1:9/")


def fired(runtime: Runtime) -> list[Event]:
    webhooks = runtime.namespaces.get("default").open_webhooks()
    return [delivery.event for delivery in webhooks.deliveries]


def names(runtime: Runtime) -> list[str]:
    return [event.type for event in fired(runtime)]


def bill(api: Client, **members: Any) -> str:
    made = api.post("/v1/invoices", {**UNPAID, **members})
    assert made.status == 201
    found: str = made.json["id"]
    return found


def pay(api: Client, invoice: str, **members: Any) -> str:
    made = api.post(payments_of(invoice), {"method": "Card", **members})
    assert made.status == 201
    found: str = made.json["id"]
    return found


def test_an_invoice_that_is_created_is_told_as_its_get_answers_it(runtime: Runtime, api: Client) -> None:
    invoice = bill(api)
    (event,) = fired(runtime)
    assert event.type == "InvoiceCreated"
    assert read_json(event.content) == {"type": "InvoiceCreated", "data": api.get(invoice_path(invoice)).json}


def test_an_invoice_created_as_paid_is_paid_too(runtime: Runtime, api: Client) -> None:
    bill(api, status="Paid")
    assert names(runtime) == ["InvoiceCreated", "InvoicePaid"]


def test_payments_are_transactions_and_the_last_one_pays_the_invoice(runtime: Runtime, api: Client) -> None:
    """The invoice is told as it is after the payment."""
    invoice = bill(api)
    pay(api, invoice, amount=80)
    pay(api, invoice)
    assert names(runtime) == ["InvoiceCreated", "TransactionCreated", "TransactionCreated", "InvoicePaid"]
    data = read_json(fired(runtime)[-1].content)["data"]
    assert (data["id"], data["status"], data["balance"]) == (invoice, "Paid", 0)


def test_a_payment_that_is_changed_or_deleted_is_told(runtime: Runtime, api: Client) -> None:
    """A deletion as it was; a change that pays the rest pays the invoice."""
    invoice = bill(api)
    payment = pay(api, invoice, amount=80)
    api.put(path_of(payment), {"method": "Cash", "amount": 100})
    api.patch(path_of(payment), {"amount": 480})
    api.patch(path_of(payment), {"notes": "still paid"})
    before = api.get(path_of(payment)).json
    api.delete(path_of(payment))
    assert names(runtime)[2:] == [
        "TransactionUpdated",
        "TransactionUpdated",
        "InvoicePaid",
        "TransactionUpdated",
        "TransactionDeleted",
    ]
    assert read_json(fired(runtime)[-1].content)["data"] == before


def test_a_refused_call_fires_nothing(runtime: Runtime, api: Client) -> None:
    assert api.post(payments_of(THREE), {"method": "Card", "amount": 10**9}).status == 400
    assert api.post("/v1/invoices", {**NEW, "status": "Nonsense"}).status == 400
    assert api.post("/v1/invoices", {**NEW, "date": "2026-03-31", "dueDate": "2026-03-30"}).status == 400
    assert api.get(invoice_path(THREE)).status == 200
    assert names(runtime) == []


def test_a_call_that_is_rolled_back_for_another_status_fires_nothing(runtime: Runtime, api: Client) -> None:
    """The Prefer header names a success that the call does not have."""
    assert api.post("/v1/invoices", NEW, headers={"prefer": "code=404"}).status == 404
    assert names(runtime) == []


def test_an_invoice_becomes_overdue_once(runtime: Runtime, api: Client) -> None:
    """When the clock passes its due date; those that were overdue before fire nothing."""
    control = Client(runtime)
    invoice = bill(api, date="2026-03-31", dueDate="2026-04-10")
    bill(api, date="2026-03-31", dueDate="2026-04-10", status="Draft")
    assert api.get(invoice_path(invoice)).json["overdueAlertSent"] is False
    assert control.put(CLOCK, {"now": "2026-04-10T23:59:59Z", "frozen": True}).status == 200
    assert names(runtime) == ["InvoiceCreated", "InvoiceCreated"]
    assert control.post(f"{CLOCK}/advance", {"seconds": 1}).status == 200
    control.post(f"{CLOCK}/advance", {"seconds": 86_400})
    control.put(CLOCK, {"now": "2026-04-01T00:00:00Z"})
    control.put(CLOCK, {"now": "2026-05-01T00:00:00Z"})
    assert names(runtime)[2:] == ["InvoiceOverdue"]
    event = fired(runtime)[-1]
    assert event.at == datetime(2026, 4, 11, tzinfo=UTC)
    data = read_json(event.content)["data"]
    assert (data["id"], data["isOverdue"], data["overdueAlertSent"]) == (invoice, True, True)


def test_every_event_is_as_the_contract_says(runtime: Runtime, api: Client) -> None:
    """Its name, its body, and the header with the signature."""
    invoice = bill(api, dueDate="2026-04-10")
    other = bill(api)
    payment = pay(api, other)
    api.patch(path_of(payment), {"notes": "changed"})
    api.delete(path_of(payment))
    api.patch(invoice_path(other), {"notes": "changed"})
    api.post(f"{invoice_path(other)}/send", {"email": "a@example.com"})
    api.delete(invoice_path(other))
    Client(runtime).post(f"{CLOCK}/advance", {"seconds": 86_400 * 20})
    assert invoice
    document = runtime.services[PROVIDER].contract.document
    schemas = Schemas(document)
    seen = set()
    for event in fired(runtime):
        post = document["webhooks"][event.type]["post"]
        body = schemas.resolve(("webhooks", event.type, "post", "requestBody"))
        validator = schemas.validator(*body, "content", "application/json", "schema")
        assert validator.is_valid(read_json(event.content)), event.type
        (parameter,) = [schemas.follow(one) for one in post["parameters"]]
        signed = sign(event.content, "any")
        assert list(signed) == [parameter["name"]]
        header = ("components", "parameters", "Signature", "schema")
        assert schemas.validator(*header).is_valid(signed[parameter["name"]])
        seen.add(event.type)
    assert seen == {
        "InvoiceCreated",
        "InvoicePaid",
        "InvoiceOverdue",
        "InvoiceUpdated",
        "InvoiceSent",
        "InvoiceDeleted",
        "TransactionCreated",
        "TransactionUpdated",
        "TransactionDeleted",
    }


def test_the_signature_is_the_base64_of_the_hmac_of_the_body() -> None:
    """As public receivers check it."""
    content, secret = b'{"type":"InvoiceCreated","data":{}}', "a secret"
    digest = hmac.new(b"a secret", content, hashlib.sha256).digest()
    assert sign(content, secret) == {"invoiless-signature": "sha256=" + base64.b64encode(digest).decode()}
    assert sign(content + b" ", secret) != sign(content, secret) != sign(content, "another secret")


def test_an_invoice_that_is_changed_sent_or_deleted_is_told(runtime: Runtime, api: Client) -> None:
    """A sent draft as it is then, a deleted one as it was; the change that makes it Paid pays it."""
    invoice = bill(api, status="Draft")
    path = invoice_path(invoice)
    assert api.post(f"{path}/send", {}).status == 200
    assert read_json(fired(runtime)[-1].content)["data"] == api.get(path).json
    api.patch(path, {"status": "Paid"})
    before = api.put(path, {**UNPAID, "status": "Paid", "notes": "n"}).json
    api.delete(path)
    told = ["InvoiceSent", "InvoiceUpdated", "InvoicePaid", "InvoiceUpdated", "InvoiceDeleted"]
    assert names(runtime)[1:] == told
    assert read_json(fired(runtime)[-1].content)["data"] == before

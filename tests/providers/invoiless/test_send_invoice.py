"""POST /v1/invoices/{id}/send: an e-mail in the outbox."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import NOON, Client, nothing_changes
from tests.providers.invoiless.known import (
    BAKERY,
    DRAFT,
    INVOICES,
    NEW,
    NOBODY,
    NOT_FOUND,
    PROVIDER,
    SHOP,
    THREE,
    UNACCEPTABLE,
    UNTOUCHED,
    WORKSHOP,
    invoice_path,
    standing,
)
from tests.providers.known import Passed

INES = {"billTo": {"company": "Okafor", "email": "a@okafor.example"}, "cc": ["c@okafor.example"]}


def send_path(invoice: str) -> str:
    """The path of sending an invoice."""
    return f"{invoice_path(invoice)}/send"


def test_an_invoice_goes_to_its_customer(api: Client, state: InvoilessState) -> None:
    """At once, with the customer's copies."""
    customer = api.post("/v1/customers", {**INES, "bcc": ["b@okafor.example"]}).json["id"]
    invoice = api.post(INVOICES, {**NEW, "customer": customer}).json
    sent = api.post(send_path(invoice["id"]), {})
    assert (sent.status, sent.json) == (200, {"message": "The invoice has been sent."})
    (message,) = state.outbox.records()
    assert (message.to, message.cc, message.bcc) == ("a@okafor.example", ("c@okafor.example",), ("b@okafor.example",))
    assert (message.invoice, message.amount, message.at) == (invoice["id"], Decimal(480), NOON)
    assert (message.subject, message.body) == (None, None)


def test_another_address_subject_and_text(api: Client, state: InvoilessState) -> None:
    """As asked for; the customer's stays."""
    asked = {"email": "x@y.example", "subject": "s", "body": "b"}
    assert api.post(send_path(THREE), asked).status == 200
    (message,) = state.outbox.records()
    assert (message.to, message.subject, message.body) == ("x@y.example", "s", "b")


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("2026-03-31", NOON),
        ("2026-04-01", datetime(2026, 4, 1, tzinfo=UTC)),
        ("2026-03-31T12:00:00Z", NOON),
        ("2026-03-31T15:30:00+01:00", datetime(2026, 3, 31, 14, 30, tzinfo=UTC)),
        ("", NOON),
        (None, NOON),
    ],
)
def test_an_invoice_is_sent_now_or_later(api: Client, state: InvoilessState, date: Any, at: datetime) -> None:
    """A day is its beginning, today is now."""
    assert api.post(send_path(THREE), {"date": date}).status == 200
    (message,) = state.outbox.records()
    assert message.at == at


@pytest.mark.parametrize("date", ["2026-03-30", "2026-03-31T11:59:59.999Z", "1000-01-01"])
def test_a_time_that_has_passed_is_refused(api: Client, date: str) -> None:
    """By the sandbox's clock."""
    with nothing_changes(api, PROVIDER):
        refused = api.post(send_path(THREE), {"date": date})
    assert (refused.status, refused.headers["x-sandbox-reason"]) == (400, "state")
    assert refused.json == {"message": f"The invoice cannot be sent on {date[:10]}, which has passed."}
    assert "[rule invoice-is-sent-now-or-later, assumed" in refused.explain


def test_a_customer_without_an_address_gets_nothing(api: Client, state: InvoilessState) -> None:
    """Unless an address is named."""
    key = api.post(INVOICES, {**NEW, "customer": {"billTo": {"company": "Zonnehof"}}}).json["id"]
    with nothing_changes(api, PROVIDER):
        refused = api.post(send_path(key), {})
    assert (refused.status, refused.json) == (400, {"message": "The customer has no e-mail address."})
    assert "[rule invoice-goes-to-the-customer" in refused.explain
    assert api.post(send_path(key), {"email": "x@y.example"}).status == 200
    assert len(list(state.outbox.records())) == 1


def test_a_draft_that_is_sent_is_unpaid(api: Client, state: InvoilessState) -> None:
    """Other statuses stay."""
    for key in (DRAFT, THREE):
        assert api.post(send_path(key), {}).status == 200
    assert standing(state, DRAFT)[1] == "Unpaid"
    assert standing(state, THREE)[1] == "Partial"


def test_a_draft_may_stay_one(runtime: Runtime) -> None:
    """By choice."""
    control = Client(runtime)
    control.post("/_sandbox/namespaces", {"name": "chosen", "variants": {PROVIDER: {"send_publishes": False}}})
    api = Client(runtime, root="/ns/chosen/invoiless", headers={"api-key": "invoiless-test-key"})
    assert api.post(send_path(DRAFT), {}).status == 200
    assert api.get(invoice_path(DRAFT)).json["status"] == "Draft"


@pytest.mark.parametrize("key", [NOBODY, BAKERY, "x"])
def test_an_unknown_invoice_is_not_sent(api: Client, key: str) -> None:
    """Nor one of another account or scope."""
    for headers in ({}, {"scope-id": WORKSHOP}):
        with nothing_changes(api, PROVIDER):
            refused = api.post(send_path(key), {}, headers=headers)
        assert (refused.status, refused.content) == (404, NOT_FOUND)
    assert api.post(send_path(UNTOUCHED), {}, headers={"scope-id": SHOP}).status == 404


@pytest.mark.parametrize(
    "body", [{"email": "nobody"}, {"date": "31/03/2026"}, {"to": "x@y.example"}, [], {"subject": 7}]
)
def test_what_the_contract_does_not_allow_is_unacceptable(api: Client, body: Any) -> None:
    """400 with the vendor's message."""
    with nothing_changes(api, PROVIDER):
        refused = api.post(send_path(THREE), body)
    assert (refused.status, refused.content) == (400, UNACCEPTABLE)


@pytest.mark.parametrize(
    ("key", "body", "rules"),
    [
        (DRAFT, {}, {"invoice-goes-to-the-customer", "message-is-kept", "sent-draft-is-unpaid"}),
        (THREE, {"email": "x@y.example"}, {"message-is-kept"}),
        (
            THREE,
            {"date": "2026-04-01"},
            {"invoice-goes-to-the-customer", "message-is-kept", "invoice-is-sent-now-or-later"},
        ),
    ],
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, key: str, body: Any, rules: set[str]) -> None:
    """Exactly these rules."""
    assert passed(PROVIDER, f"POST {send_path(key)}", body, api_key="invoiless-test-key") == rules

"""Documents are sent by e-mail: one message is put into the outbox, and no mail leaves the sandbox."""

from typing import Any

import pytest

from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client, Response, dump, nothing_changes
from tests.providers.invoicexpress.known import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    DELETED,
    DRAFT,
    DRAFT_CREDIT_NOTE,
    DRAFT_DEBIT_NOTE,
    DRAFT_INVOICE_RECEIPT,
    DRAFT_SIMPLIFIED,
    INVOICE_RECEIPT,
    OTHER_INVOICE,
    PROVIDER,
    SIMPLIFIED,
    UNPAID,
    is_empty,
)

SENT = pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("invoices", UNPAID),
        ("simplified_invoices", SIMPLIFIED),
        ("invoice_receipts", INVOICE_RECEIPT),
        ("credit_notes", CREDIT_NOTE),
        ("debit_notes", DEBIT_NOTE),
    ],
)
ADDRESS = "client@example.com"


def send(api: Client, kind: str, document: int, **message: Any) -> Response:
    """Send a document."""
    body = {"message": {"client": {"email": ADDRESS}} | message}
    return api.call("PUT", f"/{kind}/{document}/email-document.json", json=body)


@SENT
def test_a_message_is_put_into_the_outbox(api: Client, kind: str, document: int) -> None:
    """With everything that was given; the client stays as it is."""
    before = dump(api.runtime, PROVIDER)["clients"]
    reply = send(api, kind, document, subject="s", body="<p>b</p>", cc="c@example.com", bcc="", logo="1")
    assert (reply.status, reply.content) == (200, b"")
    after = dump(api.runtime, PROVIDER)
    (message,) = after["outbox"]
    del message["at"]
    assert message == {
        "id": 1, "to": ADDRESS, "cc": "c@example.com", "bcc": None, "subject": "s", "body": "<p>b</p>",
        "document": document,
    }  # fmt: skip
    assert after["clients"] == before
    listed = Client(api.runtime).get("/_sandbox/namespaces/default/outbox").json["messages"]
    assert [(message["provider"], message["to"]) for message in listed] == [(PROVIDER, ADDRESS)]


@SENT
@pytest.mark.parametrize("save", ["1", 1])
def test_an_address_is_kept_if_asked(
    api: Client, state: InvoiceXpressState, kind: str, document: int, save: Any
) -> None:
    """It takes the place of the client's."""
    send(api, kind, document, client={"email": "new@example.com", "save": save})
    bill = state.table(kind).get(document)
    assert bill is not None
    assert state.get_client(bill).email == "new@example.com"


@pytest.mark.parametrize(
    ("kind", "document", "status", "rule"),
    [
        ("invoices", DRAFT, 422, "draft-is-not-sent"),
        ("invoices", DELETED, 404, "unknown-document-is-404"),
        ("simplified_invoices", DRAFT_SIMPLIFIED, 422, "draft-is-not-sent"),
        ("invoice_receipts", DRAFT_INVOICE_RECEIPT, 422, "draft-is-not-sent"),
        ("invoices", SIMPLIFIED, 404, "unknown-document-is-404"),
        ("invoices", OTHER_INVOICE, 404, "unknown-document-is-404"),
        ("simplified_invoices", UNPAID, 404, "unknown-document-is-404"),
        ("invoice_receipts", UNPAID, 404, "unknown-document-is-404"),
        ("credit_notes", DRAFT_CREDIT_NOTE, 422, "draft-is-not-sent"),
        ("credit_notes", DEBIT_NOTE, 404, "unknown-document-is-404"),
        ("debit_notes", DRAFT_DEBIT_NOTE, 422, "draft-is-not-sent"),
        ("debit_notes", CREDIT_NOTE, 404, "unknown-document-is-404"),
    ],
)
def test_drafts_and_unknown_documents_are_not_sent(
    api: Client, kind: str, document: int, status: int, rule: str
) -> None:
    """Without a message."""
    with nothing_changes(api, PROVIDER):
        response = send(api, kind, document, client={"email": ADDRESS, "save": "1"})
    assert response.status == status
    assert is_empty(response)
    assert rule in response.explain


@pytest.mark.parametrize(
    "message",
    [
        {"client": {}},
        {"client": {"email": ""}},
        {"client": {"email": None}},
        {"client": {"email": "none"}},
        {"client": {"email": ADDRESS, "save": "2"}},
        {"cc": "none"},
        {"bcc": 5},
        {"text": "x"},
    ],
)
def test_what_the_contract_does_not_allow_is_refused(api: Client, message: dict[str, Any]) -> None:
    """422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = send(api, "invoices", UNPAID, **message)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers

"""Invoice-receipts: paid as soon as they are finalized."""

from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.runtimes import Client, dump, nothing_changes
from tests.providers.invoicexpress.known import (
    DRAFT_INVOICE_RECEIPT,
    INVOICE_RECEIPT,
    NEW,
    PROVIDER,
    Change,
    Make,
    is_empty,
)

KIND = "invoice_receipts"


def test_an_invoice_receipt_is_settled_when_it_is_finalized(api: Client, make: Make, change: Change) -> None:
    """It takes a number of its own type and of no receipt."""
    receipts = dump(api.runtime, PROVIDER)["receipts"]
    draft = make(KIND)
    assert (draft["type"], draft["status"], draft["total"]) == ("InvoiceReceipt", "draft", Decimal("184.01"))
    settled = change(KIND, draft["id"], state="finalized").json["invoice_receipt"]
    assert (settled["status"], settled["sequence_number"], settled["atcud"]) == ("settled", "5/A", "ABCD1234-5")
    assert api.get(f"/{KIND}/{draft['id']}.json").json == {"invoice_receipt": settled}
    assert dump(api.runtime, PROVIDER)["receipts"] == receipts


def test_a_settled_one_is_cancelled(change: Change, api: Client) -> None:
    """With a message, and once."""
    with nothing_changes(api, PROVIDER):
        assert change(KIND, INVOICE_RECEIPT, state="canceled").status == 422
    assert change(KIND, INVOICE_RECEIPT, state="canceled", message="m").json["invoice_receipt"]["status"] == "canceled"
    with nothing_changes(api, PROVIDER):
        assert change(KIND, INVOICE_RECEIPT, state="canceled", message="m").status == 422


@pytest.mark.parametrize(
    ("document", "members"),
    [
        (INVOICE_RECEIPT, {"state": "finalized"}),
        (INVOICE_RECEIPT, {"state": "deleted"}),
        (DRAFT_INVOICE_RECEIPT, {"state": "canceled", "message": "m"}),
        (538818, {"state": "canceled", "message": "m"}),
    ],
)
def test_other_transitions_fail(api: Client, change: Change, document: int, members: dict[str, Any]) -> None:
    """422 because of the state."""
    with nothing_changes(api, PROVIDER):
        response = change(KIND, document, **members)
    assert response.status == 422
    assert is_empty(response)
    assert "states-follow-each-other" in response.explain


def test_none_is_marked_as_settled(api: Client, change: Change) -> None:
    """Because it is paid anyway; 422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = change(KIND, DRAFT_INVOICE_RECEIPT, state="settled")
    assert response.status == 422
    assert "'settled' is not one of finalized, deleted, canceled" in response.explain


def test_the_vendors_wrapper_is_taken(api: Client) -> None:
    """To create one and to finalize it; the reply has the type's own."""
    made = api.post(f"/{KIND}.json", {"invoice": NEW})
    assert made.status == 201
    path = f"/{KIND}/{made.json['invoice_receipt']['id']}/change-state.json"
    changed = api.call("PUT", path, json={"invoice": {"state": "finalized"}})
    assert changed.json["invoice_receipt"]["status"] == "settled"

"""What the tests of this provider share: constants, types and readers of replies."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

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
INVOICE_RECEIPT = 538804
DRAFT_INVOICE_RECEIPT = 538841
OWNER = 538104  # 2589.28, of which nothing is paid; the notes that follow are of it
DRAFT_CREDIT_NOTE = 538881  # 18.40
DEBIT_NOTE = 538901  # 14.76
DRAFT_DEBIT_NOTE = 538904  # 7.38
PAYABLE = {"invoices": "invoice", "simplified_invoices": "simplified_invoice"}
WRAPPERS = PAYABLE | {
    "invoice_receipts": "invoice_receipt",
    "credit_notes": "credit_note",
    "debit_notes": "debit_note",
}
NEW: dict[str, Any] = {
    "date": "03/12/2017",
    "due_date": "03/12/2017",
    "owner_invoice_id": OWNER,  # of notes; other documents pass it over
    "client": {"name": "John"},
    "items": [{"name": "Capa", "unit_price": "14.96", "quantity": "10"}],
}

Pay = Callable[..., Response]
Change = Callable[..., Response]
Make = Callable[..., dict[str, Any]]
Cancel = Callable[..., Response]


def is_empty(response: Response) -> bool:
    """Whether the reply has neither a body nor a Content-Type."""
    return response.content == b"" and "content-type" not in response.headers


def listed(api: Client, key: str = "ix-test-key", **query: Any) -> Response:
    """Get a page of the list; a list of values repeats a parameter."""
    return api.get("/invoices.json", query=urlencode({"api_key": key, **query}, doseq=True))


def every(api: Client, **query: Any) -> list[int]:
    """The ids on all pages."""
    found: list[int] = []
    pages = listed(api, **query).json["pagination"]["total_pages"]
    for page in range(1, pages + 1):
        found += [invoice["id"] for invoice in listed(api, page=page, **query).json["invoices"]]
    return found

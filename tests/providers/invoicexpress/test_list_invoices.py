"""The list of documents: its pages and their order."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.providers.invoicexpress.known import NEW, PROVIDER, Make, every, listed


@pytest.fixture
def counts(runtime: Any) -> dict[str, int]:
    """The number of the account's documents of each type in the fixtures."""
    state = runtime.namespaces.get("default").state(PROVIDER)
    names = ("invoices", "simplified_invoices", "invoice_receipts", "credit_notes", "debit_notes", "receipts")
    return {name: state.table(name).count("account", 104412) for name in names}


def test_pages_add_up_to_everything(api: Client, counts: dict[str, int]) -> None:
    """In the same order for any page size, invoices first, without receipts and the other account's documents."""
    whole = every(api, per_page=30)
    total = sum(counts.values()) - counts["receipts"]
    assert len(whole) == len(set(whole)) == total
    assert whole[0] == 1
    for size in (1, 7, 10, 29):
        assert every(api, per_page=size) == whole
    kinds = [invoice["type"] for page in (1, 2, 3) for invoice in listed(api, page=page, per_page=30).json["invoices"]]
    assert kinds == [
        *["Invoice"] * counts["invoices"],
        *["SimplifiedInvoice"] * counts["simplified_invoices"],
        *["InvoiceReceipt"] * counts["invoice_receipts"],
        *["CreditNote"] * counts["credit_notes"],
        *["DebitNote"] * counts["debit_notes"],
    ]
    assert not set(whole) & set(every(api, key="ix-other-key"))


def test_the_first_page_is_the_default(api: Client, counts: dict[str, int]) -> None:
    """It has ten documents, and the number of all."""
    response = listed(api)
    total = sum(counts.values()) - counts["receipts"]
    assert len(response.json["invoices"]) == 10
    assert response.json["pagination"] == {
        "total_entries": total,
        "current_page": 1,
        "total_pages": -(-total // 10),
        "per_page": 10,
    }


def test_a_page_after_the_last_is_empty(api: Client) -> None:
    """Any page after the last is empty, not an error."""
    for page in (8, 2147483647):
        response = listed(api, page=page)
        assert response.status == 200
        assert response.json["invoices"] == []
        assert response.json["pagination"]["current_page"] == page


def test_an_empty_list_has_one_page(api: Client) -> None:
    """For a day without documents."""
    response = listed(api, **{"date[from]": "01/01/2000", "date[to]": "01/01/2000"}).json
    assert response["invoices"] == []
    assert response["pagination"]["total_pages"] == 1


def test_a_new_document_is_the_last_of_its_type(api: Client, make: Make) -> None:
    """Drafts included."""
    made = make("invoices")
    assert every(api, **{"type[]": "Invoice"})[-1] == made["id"]
    assert listed(api).json["pagination"]["total_entries"] == len(every(api))


@pytest.mark.parametrize(
    ("kind", "named"), [("simplified_invoices", "SimplifiedInvoice"), ("invoice_receipts", "InvoiceReceipt")]
)
def test_a_type_has_a_list_of_its_own(api: Client, kind: str, named: str) -> None:
    """Under its own name, with the same filters but that of the type."""

    def get(**query: Any) -> Response:
        return api.get(f"/{kind}.json", query=urlencode({"api_key": "ix-test-key", **query}, doseq=True))

    whole = listed(api, **{"type[]": named}, per_page=30).json
    found = get(per_page=30).json
    assert found == {kind: whole["invoices"], "pagination": whole["pagination"]}
    drafts = get(**{"status[]": "draft", "order_by": "date_desc", "date[from]": "01/10/2017"}).json
    assert [document["status"] for document in drafts[kind]] == ["draft"]
    assert get(text="no such text", reference="none").json[kind] == []
    assert get(per_page=100, **{"total_before_taxes[from]": "0"}).json == found
    assert get(archived="true").json[kind] == []
    assert get(page=9).json["pagination"]["current_page"] == 9
    for query in (
        {"type[]": named},
        {"per_page": 0},
        {"date[from]": "02/10/2017", "date[to]": "01/10/2017"},
    ):
        assert get(**query).status == 422


@pytest.mark.parametrize(("asked", "size"), [(30, 30), (31, 30), (100, 30), (1_000_000_000, 30), (5, 5)])
def test_a_large_page_is_lowered(api: Client, asked: int, size: int) -> None:
    """To 30, which the reply shows; what is smaller is taken as it is."""
    response = listed(api, per_page=asked)
    assert response.json["pagination"]["per_page"] == len(response.json["invoices"]) == size


def test_a_large_page_is_taken_or_refused_by_variant(base_runtime: Any) -> None:
    """The live service's reply of 2026 shows a per_page that no setting has."""
    accepting, refusing = (
        Client(fresh_runtime(base_runtime, None, per_page_over_limit=choice), root="/invoicexpress")
        for choice in ("accept", "refuse")
    )
    response = listed(accepting, per_page=1_000_000_000)
    assert len(response.json["invoices"]) == response.json["pagination"]["total_entries"] > 30
    assert response.json["pagination"]["per_page"] == 1_000_000_000
    refused = listed(refusing, per_page=31)
    assert refused.status == 422
    assert "?per_page" in refused.explain
    assert listed(refusing, per_page=30).status == 200


def test_a_client_has_more_properties_in_a_list(api: Client) -> None:
    """In the recordings' order; what is not known is left out."""
    known = {
        "name": "Padaria", "email": "p@example.com", "address": "Rua 1", "postal_code": "3000-001",
        "country": "Portugal", "code": "P1", "fiscal_id": "508000009", "phone": "239",
    }  # fmt: skip
    body = {"invoice": NEW | {"client": known | {"city": "Coimbra", "fax": "238"}}}
    (client,) = (api.post("/invoices.json", body).json["invoice"]["client"],)
    (in_list,) = (document["client"] for document in listed(api, text="padaria").json["invoices"])
    assert list(in_list.items()) == list({"id": client["id"], **known}.items())
    assert client == {name: value for name, value in in_list.items() if name not in {"address", "postal_code", "phone"}}
    assert listed(api, per_page=1).json["invoices"][0]["client"] == {
        "id": 1310176,
        "name": "John",
        "country": "Portugal",
    }

"""The list's filters: what each finds, and that they narrow together."""

from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.runtimes import Client
from tests.providers.invoicexpress.known import PROVIDER, Change, Make, Pay, every, listed
from tests.providers.known import Passed


def column(api: Client, name: str, **query: Any) -> set[Any]:
    """The values of a property in the documents that are found, which are on one page."""
    response = listed(api, per_page=30, **query).json
    assert response["pagination"]["total_entries"] == len(response["invoices"])
    return {document[name] for document in response["invoices"]}


TABLES = {
    "Invoice": "invoices",
    "SimplifiedInvoice": "simplified_invoices",
    "InvoiceReceipt": "invoice_receipts",
    "CreditNote": "credit_notes",
    "DebitNote": "debit_notes",
}


@pytest.mark.parametrize(("kind", "table"), [*TABLES.items(), ("Receipt", "receipts")])
def test_one_type_is_asked_for(api: Client, state: Any, kind: str, table: str) -> None:
    """Only that type is listed and counted, receipts only so."""
    response = listed(api, **{"type[]": kind}, per_page=30)
    of_the_account = [record.id for record in state.table(table).records() if record.account == 104412]
    assert response.json["pagination"]["total_entries"] == len(of_the_account)
    assert every(api, **{"type[]": kind}) == of_the_account
    assert {invoice["type"] for invoice in response.json["invoices"]} == {"Invoice" if kind == "Receipt" else kind}


def test_several_types_are_their_union(api: Client) -> None:
    """In the list's order, whatever the order and number of the values."""
    first, second = every(api, **{"type[]": "SimplifiedInvoice"}), every(api, **{"type[]": "CreditNote"})
    for values in (["SimplifiedInvoice", "CreditNote"], ["CreditNote", "SimplifiedInvoice", "CreditNote"]):
        assert every(api, **{"type[]": values}) == first + second
    assert every(api, **{"type[]": list(TABLES)}) == every(api)


@pytest.mark.parametrize("kind", ["VatMossInvoice", "CashInvoice", "VatMossCreditNote"])
def test_a_type_without_documents_is_an_empty_list(api: Client, kind: str) -> None:
    """As the vendor's own filter of the type on an account that has none."""
    response = listed(api, **{"type[]": kind}).json
    assert response == {
        "invoices": [],
        "pagination": {"total_entries": 0, "current_page": 1, "total_pages": 1, "per_page": 10},
    }
    assert every(api, **{"type[]": [kind, "CreditNote"]}) == every(api, **{"type[]": "CreditNote"})


@pytest.mark.parametrize(
    ("asked", "statuses"),
    [
        (["draft"], {"draft"}),
        (["settled"], {"settled"}),
        (["canceled"], {"canceled"}),
        (["second_copy"], set()),
        (["draft", "settled", "second_copy"], {"draft", "settled"}),
    ],
)
def test_states_are_asked_for(api: Client, asked: list[str], statuses: set[str]) -> None:
    """Repeated they are a union; a second copy is found nowhere."""
    assert column(api, "status", **{"status[]": asked}) == statuses


def test_sent_and_final_find_the_same(api: Client) -> None:
    """Final documents, which the vendor calls sent in this filter."""
    found = every(api, **{"status[]": "sent"})
    assert found == every(api, **{"status[]": "final"}) == every(api, **{"status[]": ["final", "sent"]})
    statuses = {"draft", "sent", "settled", "canceled"}
    assert set(every(api)) - set(every(api, **{"status[]": statuses})) == {538243, 538867}  # the deleted ones


def test_a_changed_state_is_found(api: Client, make: Make, change: Change, pay: Pay) -> None:
    """A document leaves one state's list for another's."""
    made = make("invoices")
    assert every(api, **{"status[]": "draft"}).count(made["id"]) == 1
    change("invoices", made["id"], state="finalized")
    assert made["id"] not in every(api, **{"status[]": "draft"})
    assert made["id"] in every(api, **{"status[]": "sent"})
    pay(made["id"], amount=184.01)
    assert made["id"] in every(api, **{"status[]": "settled"})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("radwerk", {538104, 538222, 538704, 538881, 538901, 538904}),  # the client
        ("14/a", {538222}),  # the number, found in no other invoice
        ("po 4471", {538101}),  # the reference
        ("PELÍCULA", {538083}),  # an item
    ],
)
def test_a_text_is_found_in_any_case(api: Client, text: str, ids: set[int]) -> None:
    """In the client's name, the number, the reference and the items' names."""
    found = set(every(api, text=text))
    assert ids <= found
    assert len(found) < 12
    assert every(api, text="no such text") == every(api, text="a\0b") == []


def test_a_reference_is_matched_exactly(api: Client) -> None:
    """An app takes the first that its own reference finds."""
    assert every(api, reference="PO 4471") == [538101]
    assert every(api, reference="PO 447") == every(api, reference="po 4471") == every(api, reference="PO\x004471") == []
    assert column(api, "reference", reference="CQ 2017/004") == {"CQ 2017/004"}


def test_days_and_months_may_have_one_digit(api: Client) -> None:
    """A client writes them so."""
    found = every(api, **{"date[from]": "1/9/2017", "date[to]": "5/09/2017"})
    assert found == every(api, **{"date[from]": "01/09/2017", "date[to]": "05/09/2017"})
    assert found != []


@pytest.mark.parametrize("name", ["date", "due_date"])
def test_a_range_of_dates_has_both_its_ends(api: Client, name: str) -> None:
    """Both ends are included, and each may be left out."""
    inside = column(api, name, **{f"{name}[from]": "05/10/2017", f"{name}[to]": "06/10/2017"})
    assert inside == {"05/10/2017", "06/10/2017"}
    whole, before, after = (
        every(api, **query)
        for query in ({}, {f"{name}[to]": "05/10/2017"}, {f"{name}[from]": "06/10/2017"})
    )  # fmt: skip
    assert sorted(before + after) == sorted(whole)
    assert before
    assert after


def test_a_filtered_list_has_pages(api: Client) -> None:
    """They are cut like pages of the whole list."""
    query = {"date[from]": "05/10/2017"}
    assert every(api, **query, per_page=2) == every(api, **query, per_page=30)


def test_a_range_of_amounts_has_both_its_ends(api: Client) -> None:
    """The amounts before taxes are compared as numbers."""
    found = column(api, "before_taxes", **{"total_before_taxes[from]": "129", "total_before_taxes[to]": "275.7"})
    least, most = Decimal(129), Decimal("275.7")
    assert {least, most} <= found
    assert all(least <= amount <= most for amount in found)
    below = every(api, **{"total_before_taxes[to]": "128.999999"})
    above = every(api, **{"total_before_taxes[from]": "129.000"})
    assert sorted(below + above) == sorted(every(api))
    assert every(api, **{"total_before_taxes[from]": "10", "total_before_taxes[to]": "9"}) == []
    assert below
    assert above


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ({"archived": "false"}, True),
        ({"non_archived": "true"}, True),
        ({"archived": "true", "non_archived": "true"}, True),
        ({"archived": "true"}, False),
        ({"non_archived": "false"}, False),
        ({"archived": "true", "non_archived": "false"}, False),
    ],
)
def test_nothing_is_archived(api: Client, query: dict[str, str], *, is_shown: bool) -> None:
    """So asking for archived documents alone finds none."""
    assert every(api, **query) == (every(api) if is_shown else [])


def test_documents_are_ordered_by_date(api: Client) -> None:
    """Those of all types among each other, by id within a date."""
    ascending = every(api, order_by="date_asc", per_page=7)
    assert every(api, order_by="date_desc") == ascending[::-1]
    assert sorted(ascending) == sorted(every(api))
    keys = [
        (document["date"].split("/")[::-1], document["id"])
        for page in (1, 2, 3)
        for document in listed(api, order_by="date_asc", per_page=30, page=page).json["invoices"]
    ]
    assert keys == sorted(keys)
    assert ascending != every(api)


def test_different_filters_narrow_together(api: Client) -> None:
    """Each of them must be met."""
    both = set(every(api, text="ecrã", **{"status[]": "settled"}))
    assert both == set(every(api, text="ecrã")) & set(every(api, **{"status[]": "settled"}))
    assert both
    assert every(api, text="ecrã", reference="PO 4502", **{"type[]": "Invoice", "status[]": "sent"}) == [538201]


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "reference",
        "type[]",
        "status[]",
        "date[from]",
        "date[to]",
        "due_date[from]",
        "due_date[to]",
        "total_before_taxes[from]",
        "total_before_taxes[to]",
        "archived",
        "non_archived",
        "order_by",
        "page",
        "per_page",
    ],
)
def test_an_empty_filter_counts_as_not_given(api: Client, name: str) -> None:
    """Clients send every filter that they do not set so."""
    assert listed(api, **{name: ""}).json == listed(api).json
    twice: dict[str, Any] = {name: ["", ""]}
    assert listed(api, **twice).json == listed(api).json


def test_empty_values_beside_others_do_not_count(api: Client) -> None:
    """One value is left of a list, and of a filter that is given once."""
    assert every(api, **{"type[]": ["", "CreditNote"]}) == every(api, **{"type[]": "CreditNote"})
    assert every(api, text=["", "radwerk"]) == every(api, text="radwerk")


def test_filters_see_the_accounts_documents_only(api: Client) -> None:
    """The other account's client is not found."""
    assert every(api, text="tomar") == []
    assert every(api, key="ix-other-key", text="tomar")


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("", set()),
        ("&text=a", {"text-is-found-in-any-case"}),
        ("&type[]=Invoice", {"filter-values-are-alternatives"}),
        ("&status[]=sent", {"filter-values-are-alternatives", "sent-finds-final-documents"}),
        ("&reference=a", {"reference-is-matched-exactly"}),
        ("&archived=false", {"archived-documents-are-asked-for"}),
        ("&order_by=date_asc", {"order-by-date"}),
        ("&per_page=100", {"per-page-has-a-limit"}),
        ("&page=9&per_page=100", {"per-page-has-a-limit", "page-beyond-the-last-is-empty"}),
        ("&due_date[to]=01/01/2018", {"dates-are-in-order"}),
        ("&total_before_taxes[to]=5", set()),
    ],
)
def test_a_list_passes_through_what_it_exercises(passed: Passed, query: str, rules: set[str]) -> None:
    """Exactly these rules."""
    found = passed(PROVIDER, "GET /invoices.json", None, query=f"api_key=ix-test-key{query}")
    assert found == rules | {"list-is-by-type-and-age"}

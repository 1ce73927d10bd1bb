"""GET …/ledger: documents with what is paid and owed, the records that say so, and where an invariant breaks."""

from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from paysandbox.control.ledger_view import COLUMNS, Query, list_documents, list_other_terms
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import operations, valid_call
from tests.unit.control.asking import ROOT, check_problem, everything

LEDGER: Final = f"{ROOT}/default/ledger"
# A property of a document, by provider, whose edit breaks an invariant, and the value that is wrong by 1.
EDITED: Final = {
    "crm_com": ("invoices", "outstanding_amount"),
    "invisible_collector": ("debts", "paidTotal"),
    "invoicexpress": ("invoices", "paid"),
    "invoiless": ("invoices", "balance"),
}

# Parts of what is owed that are neither the total nor a payment, and which the fixtures have.
OTHERS: Final = {
    "crm_com": {"CANCELLED"},
    "invisible_collector": {"creditTotal", "debitTotal", "CANCELLED", "paid beyond what is owed"},
    "invoicexpress": {"marked as settled", "canceled"},
    "invoiless": set(),
}


def list_all(client: Client, provider: str, query: str = "limit=1000") -> dict[str, Any]:
    response = client.get(f"{LEDGER}/{provider}", query=query)
    assert response.status == 200, response
    found: dict[str, Any] = response.json
    return found


def get(client: Client, provider: str, table: str, key: str) -> dict[str, Any]:
    response = client.get(f"{LEDGER}/{provider}/{table}/{key}")
    assert response.status == 200, response
    found: dict[str, Any] = response.json
    return found


@pytest.fixture(params=sorted(EDITED))
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_every_provider_declares_its_documents(runtime: Runtime) -> None:
    """By tables that it has, whose records have the properties that are shown."""
    assert set(EDITED) == set(runtime.services)
    for name, service in runtime.services.items():
        state = runtime.namespaces.get("default").state(name)
        assert service.provider.statements
        for statement in service.provider.statements:
            for table, properties in (
                (statement.table, (*statement.amounts, *filter(None, [statement.lines]))),
                *((entries.table, entries.properties) for entries in statement.entries),
            ):
                assert set(properties) <= set(state.table_defs()[table].record.__struct_encode_fields__)


def test_what_is_owed_adds_up(client: Client, provider: str) -> None:
    """The parts of every document, over the fixtures and after calls of every operation."""
    for name, operation in operations(client.runtime):
        if name == provider:
            valid_call(client.runtime, name, operation).send(client)
    found = list_all(client, provider)
    assert found["found"] == len(found["documents"]) > 10
    for document in found["documents"]:
        told = get(client, provider, document["table"], document["key"])
        assert told["adds_up"], told["terms"]
        assert sum(Decimal(term["adds"]) for term in told["terms"]) == told["owed"]
        assert {name: told[name] for name in document} == document
        assert all(invariant["holds"] for invariant in told["invariants"])


def test_entries_explain_what_is_paid(client: Client, provider: str) -> None:
    """What payments, receipts and notes take off, and nothing else, where the state waives nothing."""
    explained = 0
    for document in list_all(client, provider)["documents"]:
        told = get(client, provider, document["table"], document["key"])
        names = {term["name"] for term in told["terms"]}
        if document["table"] == "accounts_receivable" or any(" " in name or name == told["status"] for name in names):
            continue
        entries = [record["adds"] for kind in told["entries"] for record in kind["records"]]
        assert told["total"] + sum(adds for adds in entries if adds is not None) == told["owed"]
        explained += bool(entries)
    if provider != "crm_com":  # whose terms have a space each: its entries are tried below
        assert explained > 2


def test_the_arithmetic_of_a_row_can_be_seen(client: Client, provider: str) -> None:
    """What is owed is the total less what is paid plus the other parts, each of which has a name."""
    service = client.runtime.services[provider]
    state = client.runtime.namespaces.get("default").state(provider)
    others = set()
    for document in list_documents(service.provider, state, Query()):
        terms = list_other_terms(state, document)
        assert document.owed == document.total - document.paid + document.other
        assert sum(adds for _, adds in terms) == document.other, terms
        others |= {name for name, _ in terms}
    assert others >= OTHERS[provider]


def test_documents_of_one_company_are_listed(client: Client, provider: str) -> None:
    """CRM.COM has no companies: its documents belong to one organisation."""
    found = list_all(client, provider)["documents"]
    companies = {one["company"] for one in found}
    assert (companies == {""}) == (provider == "crm_com")
    if provider != "crm_com":
        assert len(companies) > 1
    for company in companies - {""}:
        query = urlencode({"company": company, "limit": 1000})
        assert list_all(client, provider, query)["documents"] == [one for one in found if one["company"] == company]
    assert list_all(client, provider, "company=nobody")["found"] == 0


def test_a_balance_is_what_invoices_owe_less_credits(client: Client) -> None:
    """An accounts receivable's, by its entries, as the API answers it."""
    for document in list_all(client, "crm_com", "table=accounts_receivable")["documents"]:
        told = get(client, "crm_com", "accounts_receivable", document["key"])
        adds = [record["adds"] for kind in told["entries"] for record in kind["records"] if record["adds"] is not None]
        assert told["record"]["opening_balance"] + sum(adds) == told["owed"]


def test_sums_are_of_one_table_company_and_currency(client: Client, provider: str) -> None:
    found = list_all(client, provider)
    for total in found["sums"]:
        own = [
            one
            for one in found["documents"]
            if all(one[name] == total[name] for name in ("table", "company", "currency"))
        ]
        assert total["count"] == len(own)
        assert total["owed"] == total["total"] - total["paid"] + total["other"]
        assert total["owed"] == sum(one["owed"] for one in own)
    assert sum(total["count"] for total in found["sums"]) == found["found"]


def test_documents_can_be_chosen_sorted_and_paged(client: Client, provider: str) -> None:
    found = list_all(client, provider)["documents"]
    owing = list_all(client, provider, "owing=true&limit=1000")["documents"]
    assert owing == [one for one in found if one["owed"] != 0]
    assert 0 < len(owing) < len(found)
    for column in COLUMNS:
        for sort in (column, f"-{column}"):
            values = [one[column] for one in list_all(client, provider, f"sort={sort}&limit=1000")["documents"]]
            assert values == sorted(values, reverse=sort != column)
    second = list_all(client, provider, "first=3&limit=2")
    assert (second["documents"], second["found"]) == (found[2:4], len(found))
    text = found[5]["key"]
    assert found[5] in list_all(client, provider, f"text={text.upper()}")["documents"]
    assert list_all(client, provider, "text=no+record+has+this") == {"documents": [], "found": 0, "sums": []}


@pytest.mark.breaks_invariants
def test_an_edited_record_shows_where_an_invariant_breaks(client: Client, provider: str) -> None:
    """Record, property, the value found and the value expected, at that document and at no other."""
    table, name = EDITED[provider]
    first, other, *_ = [one for one in list_all(client, provider, f"table={table}")["documents"] if one["owed"] > 5]
    address = f"{ROOT}/default/state/{provider}/{table}/{first['key']}"
    record = client.get(address).json
    right = record.get(name, 0)
    wrong = right + 1
    saved = client.put(address, {**record, name: wrong})
    assert saved.status == 200, saved
    told = get(client, provider, table, first["key"])
    breaches = [breach for invariant in told["invariants"] for breach in invariant["breaches"]]
    assert [one for one in breaches if one["property"] == name] == [
        {
            "table": table,
            "key": first["key"],
            "property": name,
            "says": next(one["says"] for one in breaches if one["property"] == name),
            "actual": wrong,
            "expected": right,
        }
    ]
    assert all(invariant["holds"] for invariant in get(client, provider, table, other["key"])["invariants"])


def test_what_is_not_there_is_refused(client: Client, provider: str) -> None:
    """And nothing changes."""
    before = everything(client.runtime)
    table = EDITED[provider][0]
    check_problem(client.get(f"{LEDGER}/{provider}", query="table=nothing"), 404, "no documents in 'nothing'", table)
    check_problem(client.get(f"{LEDGER}/{provider}", query="sort=key"), 400, "sort")
    check_problem(client.get(f"{LEDGER}/{provider}/nothing/1"), 404, "no documents in 'nothing'", table)
    check_problem(client.get(f"{LEDGER}/{provider}/{table}/1x"), 404, "has no record with the key '1x'")
    check_problem(client.get(f"{ROOT}/missing/ledger/{provider}"), 404, "there is no namespace 'missing'")
    assert everything(client.runtime) == before

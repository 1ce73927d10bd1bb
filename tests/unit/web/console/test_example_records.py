"""Forms of the docs name records that exist in the chosen namespace."""

import json
from collections.abc import Iterator

import pytest

from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client

PAYMENT = "653bc1579b3e7d00418c30ea"  # that the contract's examples name


@pytest.fixture(autouse=True)
def _reset(client: Client) -> Iterator[None]:
    """What a test deletes may leave a ledger that does not agree."""
    yield
    client.runtime.namespaces.get("default").reset()


def form(client: Client, name: str, operation: str, namespace: str = "default") -> Element:
    page = read_page(client.get(f"/_sandbox/docs/{name}", query=f"namespace={namespace}&operations=all"))
    return page.at(operation).all("form")[0]


def value(found: Element, name: str) -> str:
    return next(str(one.attributes["value"]) for one in found.all("input") if one.attributes["name"] == name)


def offered(found: Element) -> list[str]:
    return [str(one.attributes["value"]) for one in found.all("datalist")[0].all("option")]


def test_an_example_that_exists_stays(client: Client) -> None:
    """And the newest records of its table are offered beside it."""
    found = form(client, "invoiless", "getPayment")
    assert value(found, "id") == PAYMENT
    assert offered(found)[0] == PAYMENT
    state = client.runtime.namespaces.get("default").state("invoiless")
    assert {*offered(found)} <= {record.id for record in state.table("payments").records()}


def test_an_example_that_was_deleted_is_replaced_by_one_like_it(client: Client) -> None:
    """By a record of the same table, which the same credential can read."""
    deleted = client.call("DELETE", f"/_sandbox/namespaces/default/state/invoiless/payments/{PAYMENT}")
    assert deleted.status == 204
    found = form(client, "invoiless", "getPayment")
    chosen = value(found, "id")
    assert chosen != PAYMENT
    assert chosen in offered(found)
    assert PAYMENT not in offered(found)
    read = client.get(f"/invoiless/v1/payments/{chosen}", headers={"api-key": "invoiless-test-key"})
    assert read.status == 200


def test_a_body_names_what_exists(client: Client) -> None:
    """An id of a deleted record within an example body; all else stays as the contract has it."""
    state = client.runtime.namespaces.get("default").state("invoiless")
    before = json.loads(form(client, "invoiless", "createInvoice").all("textarea")[0].raw.replace("&#34;", '"'))
    assert state.table("customers").get(before["customer"])
    with state.transaction():
        state.table("customers").delete(before["customer"])
    after = json.loads(form(client, "invoiless", "createInvoice").all("textarea")[0].raw.replace("&#34;", '"'))
    assert after["customer"] != before["customer"]
    assert state.table("customers").get(after["customer"])
    assert {**after, "customer": before["customer"]} == before


def test_a_table_without_records_leaves_the_example(client: Client) -> None:
    state = client.runtime.namespaces.get("default").state("invoiless")
    with state.transaction():
        for record in list(state.table("payments").records()):
            state.table("payments").delete(record.id)
    found = form(client, "invoiless", "getPayment")
    assert value(found, "id") == PAYMENT
    assert found.all("datalist") == []


def test_the_control_plane_s_forms_name_the_chosen_namespace(client: Client) -> None:
    client.get("/ns/shop/invoiless/v1/nothing")
    assert value(form(client, "control", "resetNamespace", "shop"), "ns") == "shop"


def test_each_example_that_the_contracts_name_exists_in_a_namespace_that_is_new(client: Client) -> None:
    """So nothing is replaced there: a page of `default` has the forms of one without a namespace."""
    for name in client.runtime.services:
        plain = read_page(client.get(f"/_sandbox/docs/{name}", query="operations=all"))
        chosen = read_page(client.get(f"/_sandbox/docs/{name}", query="namespace=default&operations=all"))
        texts = [[one.raw for one in page.all("textarea")] for page in (plain, chosen)]
        assert texts[0] == texts[1]
        values = [
            [one.attributes["value"] for one in page.all("input") if one.attributes.get("data-place") == "path"]
            for page in (plain, chosen)
        ]
        assert values[0] == values[1]

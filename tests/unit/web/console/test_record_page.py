"""GET /_sandbox/records/{ns}/{provider}/{table}/{key}: a record, what changed it, and what names it."""

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import operations, valid_call

URL = "/_sandbox/records/default/invoicexpress/invoices/1"
STATE = "/_sandbox/namespaces/default/state/invoicexpress/invoices/1"
PAY = "/invoicexpress/documents/1/partial_payments.json"
KEY = "api_key=ix-test-key"
SCRIPT = "<script>alert(1)</script>"


def show(client: Client, path: str = URL) -> Element:
    return read_page(client.get(path))


def pay(client: Client, amount: int = 100) -> None:
    client.post(PAY, {"partial_payment": {"amount": amount}}, query=KEY)


def list_calls(page: Element, label: str) -> list[str]:
    lists = [one for one in page.all("ol", "requests") if str(one.attributes["aria-label"]).startswith(label)]
    return [item.all("a")[0].text for one in lists for item in one.all("li") if item.all("a")]


def test_the_history_has_each_call_with_its_changes(client: Client) -> None:
    """Newest first; a refused call and a reading one are among the calls that name it."""
    pay(client)
    pay(client, 99999)
    pay(client, 20)
    client.get("/invoicexpress/invoices/1.json", query=KEY)
    page = show(client)
    assert list_calls(page, "Calls that changed it") == ["default-3", "default-1"]
    paid = [row.text for one in page.all("section", "change") for row in one.all("tr") if row.text.startswith("paid")]
    assert [text.split()[-2:] for text in paid] == [["100.00", "120.00"], ["0", "100.00"]]
    assert "default-2" in list_calls(page, "Calls that name it")
    assert "another way" not in page.text


def test_a_change_that_is_no_calls_is_told(client: Client) -> None:
    """The control plane's stand between two calls, or after the last."""
    pay(client)
    record = client.get(STATE).json
    assert client.put(STATE, record | {"observations": "by hand"}).status == 200
    assert show(client).text.count("changed in another way") == 1
    pay(client)
    assert show(client).text.count("changed in another way") == 1


def test_what_is_not_checked_of_a_record_stands_beside_the_editor(client: Client) -> None:
    page = show(client)
    [area] = page.all("textarea")
    assert "freer than one that calls write" in page.at(str(area.attributes["aria-describedby"])).text
    assert "invariant is broken" not in page.text


@pytest.mark.breaks_invariants
def test_an_invariant_that_breaks_is_named_at_the_record(client: Client) -> None:
    record = client.get(STATE).json
    assert client.put(STATE, record | {"paid": 5}).status == 200
    assert "paid is 5, but its receipts add up to 0" in show(client).at("breaches").text
    other = show(client, URL.replace("/invoices/1", "/accounts/98327"))
    assert "invariant is broken" not in other.text


def test_a_deleted_record_keeps_its_history(client: Client) -> None:
    """One that no call had changed has no page."""
    pay(client)
    [receipt] = [
        one["key"]
        for one in client.get("/_sandbox/namespaces/default/requests/default-1").json["changes"]
        if one["table"] == "receipts"
    ]
    client.post("/_sandbox/namespaces/default/reset")
    page = show(client, f"/_sandbox/records/default/invoicexpress/receipts/{receipt}")
    assert "It does not exist any more." in page.text
    assert list_calls(page, "Calls that changed it") == ["default-1"]
    assert not page.all("textarea")


@pytest.mark.parametrize("path", ["invoices/7777777", "nothing/1", "invoices/01"])
def test_what_never_was_has_no_page(client: Client, path: str) -> None:
    assert client.get(f"/_sandbox/records/default/invoicexpress/{path}").status == 404


def test_every_record_that_a_call_changes_has_a_page(client: Client, base_runtime: Runtime) -> None:
    """Its call is the latest in the history, and the link of the call's page leads there."""
    seen = set()
    for number, (provider, operation) in enumerate(operations(base_runtime), 1):
        valid_call(base_runtime, provider, operation).send(client)
        found = read_page(client.get(f"/_sandbox/calls/default-{number}"))
        # Without those of a masked key, by which no page can be found.
        links = [str(one.attributes["href"]) for change in found.all("section", "change") for one in change.all("a")]
        for link in links[:2]:
            assert list_calls(show(client, link), "Calls that changed it")[0] == f"default-{number}", link
            seen.add(provider)
    assert seen == set(base_runtime.services)


def test_scripts_in_keys_and_records_stay_text(client: Client) -> None:
    client.post("/invoicexpress/clients.json", {"client": {"name": SCRIPT, "code": "new"}}, query=KEY)
    changes = client.get("/_sandbox/namespaces/default/requests/default-1").json["changes"]
    [key] = [one["key"] for one in changes if one["table"] == "clients"]
    shown = client.get(f"/_sandbox/records/default/invoicexpress/clients/{key}")
    assert SCRIPT.encode() not in shown.content
    assert SCRIPT in read_page(shown).text
    refused = client.get(f"/_sandbox/records/default/invoicexpress/clients/{SCRIPT}")
    assert (refused.status, refused.headers["content-type"]) == (404, "application/problem+json")

"""GET /_sandbox/calls/{id}: what was wrong where, in the contract's words, and how to make the call again."""

import ast
import json
import shlex
from typing import Any

import pytest

from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client

PAY = "/invoicexpress/documents/1/partial_payments.json"
BEARER = {"authorization": "Bearer ic-test-token"}


def show(client: Client, name: str = "default-1") -> Element:
    return read_page(client.get(f"/_sandbox/calls/{name}"))


def pay(client: Client, body: Any, query: str = "api_key=ix-test-key", path: str = PAY) -> None:
    client.post(path, body, query=query)


def snippets(page: Element) -> dict[str, str]:
    folded = [one for one in page.all("details") if one.all("summary")[0].text.startswith("As ")]
    return {one.all("summary")[0].text.removeprefix("As "): one.all("pre")[0].raw for one in folded}


def test_each_violation_stands_at_its_place_with_the_vendors_sentence(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": "1", "payment_date": "2017-10-26"}})
    page = show(client)
    violations = [one for listed in page.all("ol", "violations") for one in listed.all("li")]
    assert len(violations) == 2
    for violation in violations:
        number = str(violation.attributes["id"]).removeprefix("violation-")
        pointer = violation.all("code")[0].text
        [line] = [one for one in page.all("span", "broken") if number in one.text.split()]
        assert f'"{pointer.rpartition("/")[2]}"' in line.text
        assert violation.all("blockquote")
        assert violation.all("span", "documented")


def test_an_unknown_property_is_marked_itself(client: Client) -> None:
    """Each of several, and one whose name needs an escape in a pointer; a missing one marks the object around it."""
    pay(client, {"partial_payment": {"amont": 1, "a/b": 2, "note": "x"}})
    marked = {one.text.partition(":")[0]: one.text.split()[2:] for one in show(client).all("span", "broken")}
    assert set(marked) == {'"partial_payment"', '"amont"', '"a/b"'}
    assert marked['"amont"'] == marked['"a/b"'] != marked['"partial_payment"']


def test_a_call_is_sent_again_with_another_path_method_or_query(client: Client) -> None:
    """Each has a field of its own, below what leads to the provider in the call's namespace."""
    pay(client, {"partial_payment": {"amount": 1}})
    [form] = [one for one in show(client).all("form") if "data-method" in one.attributes]
    assert form.attributes["data-path"] == "/ns/default/invoicexpress"
    fields = {one.attributes.get("data-place"): one.attributes["value"] for one in form.all("input")}
    assert fields["address"] == "/documents/1/partial_payments.json"
    assert fields["whole-query"] == "api_key=ix-test-key"
    assert {"other-name", "other-value", "type"} <= set(fields)
    options = form.all("option")
    assert [one.text for one in options if "selected" in one.attributes] == ["POST"]
    assert sorted(one.text for one in options) == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def test_a_refusal_by_the_records_has_its_explanation_and_its_rule(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": 99999}})
    page = show(client)
    assert "99999.00 is more than the 1070.00 that document 1 still owes" in page.text
    assert (
        "/_sandbox/docs/invoicexpress/createPartialPayment?namespace=default#createPartialPayment-rule-overpayment-is-refused"
        in {one.attributes["href"] for one in page.all("a")}
    )


def test_advice_fault_and_neighbours_are_there(client: Client) -> None:
    client.post("/_sandbox/namespaces/default/faults", {"when": {"after": 1, "times": 1}, "then": {"status": 503}})
    for body in ({"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}, {}, {}):
        pay(client, body)
    assert "as day/month/year" in show(client).all("p", "advice")[0].text
    page = show(client, "default-2")
    assert "Struck by the fault fault-1." in page.text
    links = {one.text: one.attributes["href"] for one in page.all("a")}
    assert links["Before: default-1"] == "/_sandbox/calls/default-1"
    assert links["After: default-3"] == "/_sandbox/calls/default-3"


def test_a_call_that_was_carried_out_has_no_reason(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": 1}})
    page = show(client)
    assert "Why it was refused" not in page.text
    assert page.all("span", "broken") == []


@pytest.mark.parametrize("content", [b"\xff\x00abc", b"<a>", b'{"a": 1, "a": 2}', b"", b"[" * 70])
def test_a_body_that_is_no_json_is_shown_as_text(client: Client, content: bytes) -> None:
    client.call("POST", PAY, content=content, query="api_key=ix-test-key", headers={"content-type": "application/json"})
    assert client.get("/_sandbox/calls/default-1").status == 200


def test_a_long_body_is_cut(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": [0] * 5000}})
    assert "more lines are not shown" in show(client).text


@pytest.mark.parametrize(
    "name",
    [
        "default-2",
        "default-01",
        "default-0",
        "default--1",
        "default-x",
        "default",
        "nobody-1",
        "default-1 ",
        "default-٣",
    ],
)
def test_a_call_that_was_never_made_is_not_found(client: Client, name: str) -> None:
    pay(client, {})
    assert client.get(f"/_sandbox/calls/{name}").status == 404


def test_the_commands_make_the_same_call(client: Client) -> None:
    """With the test credential, which is no secret."""
    body = {"partial_payment": {"amount": 1, "note": 'it\'s "quoted" & <b>'}}
    pay(client, body, path=f"/ns/other{PAY}")
    found = snippets(show(client, "other-1"))
    url = f"http://127.0.0.1:4080/ns/other{PAY}?api_key=ix-test-key"
    command = shlex.split(found["curl"].replace("\\\n", " "))
    assert command[:5] == ["curl", "-i", "-X", "POST", url]
    assert json.loads(command[command.index("--data-binary") + 1]) == body
    assert "content-type: application/json" in command
    [call] = [
        node for node in ast.walk(ast.parse(found["Python, httpx"])) if isinstance(node, ast.Call) and node.keywords
    ]
    assert [ast.literal_eval(one) for one in call.args] == ["POST", url]
    assert json.loads(ast.literal_eval({one.arg: one.value for one in call.keywords}["content"])) == body
    address, _, options = found["JavaScript, fetch"].removeprefix("const reply = await fetch(").partition(", ")
    assert json.loads(address) == url
    assert json.loads(json.loads(options.partition(");\n")[0])["body"]) == body
    test = ast.parse(found["a test for pytest"])
    assert "paysandbox.url('invoicexpress') + '/documents/1/partial_payments.json?api_key=ix-test-key'" in ast.unparse(
        test
    )
    assert "assert reply.status_code == 200" in ast.unparse(test)


def test_a_credential_that_is_none_of_the_fixtures_is_masked(client: Client) -> None:
    for query, headers in (("api_key=my-own-secret", {}), ("", {"authorization": "Bearer my-own-secret"})):
        client.post(PAY, {"note": "my-own-secret"}, query=query, headers=headers)
    for name in ("default-1", "default-2"):
        response = client.get(f"/_sandbox/calls/{name}")
        assert b"my-own-secret" not in response.content
        assert "put yours in its place" in read_page(response).text


def test_a_call_to_no_provider_has_a_page(client: Client) -> None:
    client.get("/nothing")
    page = show(client)
    assert "no provider" in page.text
    assert snippets(page) == {}


def test_what_the_call_changed_is_shown_property_by_property(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": 100}})
    changes = {one.all("h3")[0].text: one for one in show(client).all("section", "change")}
    [invoice] = [one for title, one in changes.items() if title.startswith("invoicexpress invoices/1")]
    rows = {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in invoice.all("tr")[1:]}
    assert rows["paid"] == ["0", "100.00"]
    assert any(title.startswith("invoicexpress receipts/") and title.endswith("added") for title in changes)


def test_a_call_that_changed_nothing_says_so(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": 99999}})
    page = show(client)
    assert "It changed no record." in page.text
    assert not page.all("section", "change")


def test_changes_that_are_not_known_are_said_to_be(client: Client) -> None:
    pay(client, {"partial_payment": {"amount": 100}})
    journal = client.runtime.namespaces.get("default").journal
    [entry] = journal
    journal.clear()
    journal.hold(entry, None, 0)
    assert "It is not known" in show(client).text


def test_scripts_in_changed_records_stay_text(client: Client) -> None:
    script = "<script>alert(1)</script>"
    pay(client, {"client": {"name": script, "code": "new"}}, path="/invoicexpress/clients.json")
    page = client.get("/_sandbox/calls/default-1")
    assert script.encode() not in page.content
    [change] = [one for one in read_page(page).all("section", "change") if "clients/" in one.text]
    assert script in change.text


def test_a_refusal_by_a_rule_is_marked_at_its_place(client: Client) -> None:
    """Where the rule names one: at the line of the body, with the rule's sentence and a link to it."""
    body = {"partial_payment": {"amount": 99_999}}
    client.post("/invoicexpress/documents/1/partial_payments.json", body, query="api_key=ix-test-key")
    page = read_page(client.get("/_sandbox/calls/default-1"))
    [marked] = [one for one in page.all("span") if one.attributes.get("class") == "broken"]
    assert marked.text.strip().startswith('"amount": 99999')
    why = " ".join(page.text.split())
    assert "/partial_payment/amount" in why
    assert "99999.00 is more than the 1070.00 that document 1 still owes" in why
    [named] = [one for one in page.all("li") if one.attributes.get("id") == "violation-1"]
    assert "overpayment-is-refused" in [one.text for one in named.all("a")]


def test_a_refusal_by_a_rule_of_no_place_has_its_explanation(client: Client) -> None:
    """Nothing in the body is marked for a login whose user name, password and organisation do not match."""
    login = {"username": "JackH", "password": "wrong", "organisation": "Demo Organisation"}
    client.post("/crm-com/crmapi/rest/v2/authentication/token", login)
    page = read_page(client.get("/_sandbox/calls/default-1"))
    assert "[rule login-must-match" in page.text
    assert "violation-1" not in [one.attributes.get("id") for one in page.all("li")]


def test_a_rule_on_a_query_parameter_is_named(client: Client) -> None:
    """It has no line in a body."""
    query = "api_key=ix-test-key&non_archived=true&date[from]=02/10/2017&date[to]=01/10/2017"
    client.get("/invoicexpress/invoices.json", query=query)
    page = read_page(client.get("/_sandbox/calls/default-1"))
    [named] = [one for one in page.all("li") if one.attributes.get("id") == "violation-1"]
    assert "?date[to]" in named.text

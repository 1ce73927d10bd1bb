"""The journal as users read it: `/_sandbox/namespaces/{ns}/requests`."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.core.messages import PROBLEM_TYPE
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, When
from tests.helpers.runtimes import Client, Response, dump

URL = "/_sandbox/namespaces/default/requests"
IC = {"authorization": "Bearer ic-test-token"}
KEY = {"api-key": "invoiless-test-key"}
PAYMENT = {
    "number": "RG 1",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": Decimal("25.00")}],
}
MEMBERS = {
    "id", "at", "provider", "operation", "method", "url", "status", "refused", "expects_refusal", "explanation",
    "violations", "rules", "advice", "fault", "request", "reply", "duration_ms",
}  # fmt: skip


def listed(client: Client, query: str = "") -> list[str]:
    """The ids of the calls that a query finds, in their order."""
    response = client.get(URL, query=query)
    assert response.status == 200, response.content
    return [entry["id"] for entry in response.json["requests"]]


def refused(response: Response, status: int) -> str:
    """The detail of a problem document."""
    assert (response.status, response.headers["content-type"]) == (status, PROBLEM_TYPE)
    return str(response.json["detail"])


@pytest.fixture
def called(client: Client) -> Client:
    """Six calls: 201, 200, 422 and 404 of one provider, then 200 and 404 of another."""
    client.post("/invisible-collector/payments", PAYMENT, headers=IC)
    client.post("/invisible-collector/payments", PAYMENT, headers=IC)
    client.post("/invisible-collector/payments", {**PAYMENT, "date": "2016-7-20"}, headers=IC)
    client.post("/invisible-collector/payment", PAYMENT, headers=IC)
    client.get("/invoiless/v1/invoices/651d68809b3e7d00418c2f77/payments", headers=KEY)
    client.get("/invoiless/v1/payments/000000000000000000000000", headers=KEY)
    return client


def test_all_calls_are_listed_oldest_first(called: Client) -> None:
    body = called.get(URL).json
    assert [entry["id"] for entry in body["requests"]] == [f"default-{number}" for number in range(1, 7)]
    assert body["evicted"] == 0
    assert all(set(entry) == MEMBERS for entry in body["requests"])


def test_a_call_that_was_carried_out(called: Client) -> None:
    """The request and the reply as they were sent, to the last digit, and the rules in the contract's words."""
    response = called.get(f"{URL}/default-1")
    entry = response.json
    operation = called.runtime.services["invisible_collector"].contract.operations[0]
    rule = operation.rules["status-defaults-to-final"]
    assert (entry["id"], entry["at"], entry["provider"]) == ("default-1", "2026-03-31T12:00:00Z", "invisible_collector")
    assert (entry["operation"], entry["method"], entry["url"]) == ("createPayment", "POST", "/payments")
    assert (entry["status"], entry["refused"], entry["explanation"], entry["violations"]) == (201, False, None, [])
    assert {"id": rule.id, "says": rule.says, "provenance": rule.provenance, "source": str(rule.source)} in entry[
        "rules"
    ]
    assert entry["request"]["headers"]["content-type"] == "application/json"
    assert entry["request"]["body"] == PAYMENT
    assert entry["reply"]["headers"]["x-sandbox-request"] == "default-1"
    assert response.content.count(b'"amount":25.00') == 3  # and in what it changed
    assert entry["fault"] is None
    assert entry["duration_ms"].as_tuple().exponent == -3


def test_a_refused_call(called: Client) -> None:
    """Each violation with the vendor's sentence, and the explanation as its header had it."""
    entry = called.get(f"{URL}/default-3").json
    again = called.post("/invisible-collector/payments", {**PAYMENT, "date": "2016-7-20"}, headers=IC)
    assert (entry["status"], entry["refused"], entry["rules"]) == (422, True, [])
    assert entry["explanation"] == again.explain
    (violation,) = entry["violations"]
    assert (violation["pointer"], violation["keyword"]) == ("/date", "pattern")
    assert violation["says"] == "The payment date. The valid format is year-month-day."
    assert violation["provenance"] == "documented"
    assert violation["source"].startswith("Invisible Collector API, POST /payments: Request body, date; ")
    assert "rule" not in violation


def test_a_refusal_by_a_rule_names_it(client: Client) -> None:
    """In the rules passed, with its sentence; a violation without provenance omits it."""
    client.post("/invisible-collector/payments", PAYMENT, headers=IC)
    client.post("/invisible-collector/payments", PAYMENT | {"type": "XX"}, headers=IC)
    entry = client.get(f"{URL}/default-2").json
    assert (entry["status"], entry["refused"]) == (409, True)
    assert "different-payment-same-number-conflicts" in [rule["id"] for rule in entry["rules"]]
    assert "different-payment-same-number-conflicts" in entry["explanation"]


def test_a_call_to_no_operation(called: Client) -> None:
    """It has none, and no rules."""
    entry = called.get(f"{URL}/default-4").json
    assert (entry["operation"], entry["status"], entry["refused"], entry["url"]) == (None, 404, True, "/payment")


def test_a_call_without_a_body(called: Client) -> None:
    """Null is no body, on both sides."""
    called.post("/invoicexpress/documents/1/partial_payments.json")
    entry = called.get(f"{URL}/default-7").json
    assert (entry["request"]["body"], entry["reply"]["body"]) == (None, None)
    assert entry["reply"]["headers"]["content-length"] == "0"


def test_a_body_that_was_too_long(client: Client) -> None:
    """It was not read, and is not shown."""
    client.call("POST", "/invoiless/v1/payments", content=b"x" * ((1 << 20) + 1), headers=KEY)
    assert client.get(f"{URL}/default-1").json["request"]["body"] is None


def test_the_head_of_a_reply_has_no_body(client: Client) -> None:
    path = "/invoiless/v1/invoices/651d68809b3e7d00418c2f77/payments"
    assert client.call("HEAD", path, headers=KEY).content == b""
    entry = client.get(f"{URL}/default-1").json
    assert (entry["method"], entry["status"], entry["reply"]["body"]) == ("HEAD", 200, None)


@pytest.mark.parametrize(
    ("effect", "status", "shown"),
    [
        (Effect(status=503), 503, {"status": 503}),
        (Effect(drop="before"), None, {"drop": "before"}),
        (Effect(drop="after"), 201, {"drop": "after"}),
        (Effect(truncate=7), 201, {"truncate": 7}),
    ],
)
def test_a_fault_is_told(client: Client, effect: Effect, status: int | None, shown: dict[str, Any]) -> None:
    """With the answer that there was, also where it was lost, and with none where nothing was done."""
    client.runtime.namespaces.get("default").faults.add("invisible_collector", None, When(), effect)
    with suppress(ConnectionError, ValueError):  # a client in memory has no connection that could be closed
        client.post("/invisible-collector/payments", PAYMENT, headers=IC)
    entry = client.get(f"{URL}/default-1").json
    assert (entry["status"], entry["fault"]) == (status, {"id": "fault-1", "then": shown})
    assert (entry["reply"]["body"] is None) == (status is None)
    assert (entry["reply"]["headers"] == {}) == (status is None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("provider=invoiless", [5, 6]),
        ("provider=crm_com", []),
        ("operation=createPayment", [1, 2, 3]),
        ("operation=listPayments", [5]),
        ("status=404", [4, 6]),
        ("status=201", [1]),
        ("status=599", []),
        ("refused=true", [3, 4, 6]),
        ("refused=false", [1, 2, 5]),
        ("refused=true&provider=invoiless", [6]),
        ("after=default-4", [5, 6]),
        ("after=default-6", []),
        ("limit=2", [5, 6]),
        ("limit=1&refused=false", [5]),
        ("limit=2&provider=invisible_collector", [3, 4]),
        ("limit=1&after=default-1&status=422", [3]),
        ("limit=10000", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_query_chooses(called: Client, query: str, found: list[int]) -> None:
    """All that it asks for must hold; of too many the latest are told, and still the oldest first."""
    assert listed(called, query) == [f"default-{number}" for number in found]


def test_a_hundred_are_told_unless_more_are_asked_for(client: Client) -> None:
    for _ in range(102):
        client.get("/invoiless/v1/payments/1")
    assert listed(client) == [f"default-{number}" for number in range(3, 103)]
    assert len(listed(client, "limit=101")) == 101


def test_every_namespace_has_its_own(called: Client) -> None:
    """Ids are its own too, also under a name that itself ends like an id."""
    called.get("/ns/a-1/invoiless/v1/payments/1")
    body = called.get("/_sandbox/namespaces/a-1/requests").json
    assert [entry["id"] for entry in body["requests"]] == ["a-1-1"]
    shown = called.get("/_sandbox/namespaces/a-1/requests/a-1-1").json
    assert shown == body["requests"][0] | {"changes": [], "changes_left_out": 0}
    assert refused(called.get("/_sandbox/namespaces/a-1/requests/default-1"), 404).startswith("there is no call")
    assert len(listed(called)) == 6


def test_calls_to_the_control_plane_are_not_in_it(called: Client) -> None:
    """It is about the client under test."""
    called.get(URL)
    called.get("/_sandbox/health")
    assert len(listed(called)) == 6


def test_clearing_forgets_all(called: Client) -> None:
    """The calls to come are numbered on, and what is forgotten can still be the `after` of a query."""
    assert (called.delete(URL).status, called.delete(URL).content) == (204, b"")
    assert called.get(URL).json == {"requests": [], "evicted": 0}
    called.get("/invoiless/v1/payments/1")
    assert listed(called) == listed(called, "after=default-2") == ["default-7"]
    assert "no longer holds default-2" in refused(called.get(f"{URL}/default-2"), 404)


def test_clearing_leaves_other_namespaces_and_all_records(called: Client) -> None:
    """It is the journal alone."""
    called.get("/ns/mine/invoiless/v1/payments/1")
    before = dump(called.runtime, "invisible_collector")
    called.delete(URL)
    assert dump(called.runtime, "invisible_collector") == before
    assert len(called.get("/_sandbox/namespaces/mine/requests").json["requests"]) == 1


def test_evicted_calls_are_counted(runtime: Runtime) -> None:
    """Asking for one says so, and what came after one is everything that is left."""
    runtime.namespaces.budget.entries = 2
    client = Client(runtime)
    for _ in range(5):
        client.get("/invoiless/v1/payments/1")
    body = client.get(URL).json
    assert (body["evicted"], [entry["id"] for entry in body["requests"]]) == (3, ["default-4", "default-5"])
    assert listed(client, "after=default-1") == ["default-4", "default-5"]
    detail = refused(client.get(f"{URL}/default-1"), 404)
    assert "3 entries were evicted" in detail
    assert "a namespace keeps its latest 2 calls (--journal-entries)" in detail
    assert "it holds default-4 to default-5" in detail


def test_calls_that_another_namespace_pushed_out_are_told_so(runtime: Runtime) -> None:
    """By the limit that all journals share, on the console's page of the call too; a call of no number never was."""
    runtime.namespaces.budget.limit = 1 << 20
    client = Client(runtime)
    client.get("/invoiless/v1/payments/1")
    while client.get(URL).json["evicted"] == 0:
        client.post("/ns/busy/invoiless/v1/payments/1", content=b" " * 100_000)
    why = "all namespaces together keep 1 MiB of calls (--journal-bytes), and newer ones, of any namespace, push out"
    assert why in refused(client.get(f"{URL}/default-1"), 404)
    assert why in client.get("/_sandbox/calls/default-1").content.decode()
    assert "--journal-bytes" not in client.get("/_sandbox/calls/busy-100000").content.decode()


@pytest.mark.parametrize("name", ["default-7", "default-0", "default-01", "default-1x", "default-", "1", "x-1", "-1"])
def test_an_unknown_call_is_refused(called: Client, name: str) -> None:
    """By its own address, and as the `after` of a query; which there are is told."""
    for response in (called.get(f"{URL}/{name}"), called.get(URL, query=f"after={name}")):
        detail = refused(response, 404)
        assert repr(name) in detail
        assert "it holds default-1 to default-6" in detail


def test_an_unknown_call_of_an_unused_namespace_is_refused(client: Client) -> None:
    assert "the journal is empty" in refused(client.get(f"{URL}/default-1"), 404)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("provider=stripe", "there is no provider 'stripe'; there are crm_com, "),
        ("operation=createpayment", "no provider has an operation 'createpayment'; near it are createPayment, "),
        ("provider=invoiless&operation=payInvoice", "invoiless does not have an operation 'payInvoice'; near it are "),
    ],
)
def test_an_unknown_name_in_a_query_is_refused(called: Client, query: str, says: str) -> None:
    """Its list would be empty forever, and look as if no call had been made."""
    assert refused(called.get(URL, query=query), 404).startswith(says)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=10001", "limit=x", "status=99", "status=ok", "refused=yes", "limit=1&limit=2"]
)
def test_a_query_against_the_contract_is_refused(called: Client, query: str) -> None:
    assert refused(called.get(URL, query=query), 400).startswith(f"?{query.partition('=')[0]}: ")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("GET", "/nobody-1")])
def test_an_unknown_namespace_is_refused(called: Client, method: str, path: str) -> None:
    response = called.call(method, f"/_sandbox/namespaces/nobody/requests{path}")
    assert refused(response, 404).startswith("there is no namespace 'nobody'")
    assert called.runtime.namespaces.find("nobody") is None


def test_reading_and_refused_calls_change_nothing(called: Client) -> None:
    """Neither the journal, nor records, nor the next number."""
    before = called.get(URL).content
    records = {name: dump(called.runtime, name) for name in called.runtime.services}
    called.get(f"{URL}/default-99")
    called.get(URL, query="after=default-99")
    called.get(URL, query="limit=0")
    called.call("DELETE", URL, headers={"sec-fetch-site": "cross-site"})
    assert called.get(URL).content == before
    assert {name: dump(called.runtime, name) for name in called.runtime.services} == records
    assert called.runtime.namespaces.get("default").requests == 6


def test_a_refusal_can_be_expected_afterwards(called: Client) -> None:
    """It stays a refusal; whether it was expected is another property, and nothing else changes."""
    assert (
        called.post(f"{URL}/default-3/expect-refusal").status,
        called.post(f"{URL}/default-3/expect-refusal").status,
    ) == (204, 204)
    entries = called.get(URL).json["requests"]
    assert [entry["id"] for entry in entries if entry["expects_refusal"]] == ["default-3"]
    assert listed(called, "refused=true") == ["default-3", "default-4", "default-6"]
    assert called.runtime.namespaces.budget.expected == 1


@pytest.mark.parametrize(
    ("name", "status", "detail"),
    [("default-1", 409, "default-1 was not refused"), ("default-9", 404, "there is no call 'default-9'")],
)
def test_what_was_not_refused_cannot_be_expected(called: Client, name: str, status: int, detail: str) -> None:
    """It is counted nowhere."""
    assert refused(called.post(f"{URL}/{name}/expect-refusal"), status).startswith(detail)
    assert called.runtime.namespaces.budget.expected == 0


@pytest.mark.parametrize("header", ["refused", "Refused", " refused "])
def test_a_request_can_say_that_it_will_be_refused(client: Client, header: str) -> None:
    """By a header, also where its path leads to no provider; an answer that is no refusal is counted apart."""
    said = {"x-sandbox-expect": header}
    for path in ("/invoiless/v1/payments/000000000000000000000000", "/invoice/1"):
        assert client.get(path, headers={**KEY, **said}).status == 404
    assert client.get("/invoiless/v1/payments/659814049b3e7d00418c3145", headers={**KEY, **said}).status == 200
    assert [entry["expects_refusal"] for entry in client.get(URL).json["requests"]] == [True, True, True]
    budget = client.runtime.namespaces.budget
    assert (budget.refused, budget.expected, budget.accepted, list(budget.refusals)) == (2, 2, 1, [])


@pytest.mark.parametrize("header", ["", "accepted", "refused, accepted", "refusedly"])
@pytest.mark.parametrize("path", ["/invoiless/v1/payments/659814049b3e7d00418c3145", "/nowhere"])
def test_an_unknown_expectation_is_refused(client: Client, header: str, path: str) -> None:
    """By the sandbox, in the journal, and as a refusal that nobody expected: a gate for refusals fails on it."""
    detail = refused(client.get(path, headers={**KEY, "x-sandbox-expect": header}), 400)
    assert detail == f"X-Sandbox-Expect is {header!r}; it can be 'refused'"
    assert listed(client, "refused=true") == ["default-1"]
    budget = client.runtime.namespaces.budget
    assert (budget.refused, budget.expected) == (1, 0)


@pytest.mark.parametrize("code", ["418", "204", "x"])
def test_a_preference_that_cannot_be_met_counts_as_refused(client: Client, code: str) -> None:
    """A gate for refusals fails on it, because the call was not carried out and has no reply of the provider."""
    path = "/invoiless/v1/payments/659814049b3e7d00418c3145"
    refused(client.get(path, headers={**KEY, "prefer": f"code={code}"}), 400)
    assert listed(client, "refused=true") == ["default-1"]
    assert client.runtime.namespaces.budget.refused == 1


def test_a_namespace_that_cannot_be_is_in_the_journal(client: Client) -> None:
    """Of the default namespace, as a refusal of its provider: a gate for refusals fails on it, and keys are masked."""
    more = {**KEY, "x-sandbox-namespace": "a b"}
    refused(client.get("/invoiless/v1/payments/659814049b3e7d00418c3145", headers=more), 400)
    (entry,) = client.get(URL).json["requests"]
    assert (entry["provider"], entry["status"]) == ("invoiless", 400)
    assert KEY["api-key"] not in str(client.get(URL).json)
    assert client.runtime.namespaces.budget.refused == 1

"""What a second read shows: a list that lacks what was made, and a refused call that changes something anyway."""

import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.listing import MOST, MOST_PAGES, Listed, find_listing
from paysandbox.check.own_checks import CheckFailure
from paysandbox.check.records import example_query
from paysandbox.check.subject import Subject
from paysandbox.check.unchanged import TURNS, Unchanged, list_watched
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.testing import Response

LISTS: Final = {  # operations that make a record, with the list that has it
    ("invoiless", "createPayment"): "listPayments",
    ("invoiless", "createInvoice"): "listInvoices",
    ("invoicexpress", "createClient"): "listClients",
    ("invoicexpress", "createTax"): "listTaxes",
    ("invisible_collector", "createGroup"): "listGroups",
}
NOT_FOUND: Final = Response(404, {"content-type": "application/json"}, b"{}")
Change = Callable[[Response], Response]


class Api:
    """An API in memory that keeps its records, whose reads may be changed."""

    def __init__(self, provider: str, change: Change = lambda reply: reply) -> None:
        self.subject = Subject(provider, create_runtime(provider_names=[provider]), independent=False)
        self.answering = Subject(provider, create_runtime(provider_names=[provider]), independent=False)
        self.change = change
        self.counts: Counter[str] = Counter()
        self.reads: list[str] = []
        self.waits: list[None] = []

    def call(self, target: Operation, body: Any, path: Any, query: Any) -> Response:
        self.reads.append(target.id)
        return self.change(self.answering.call(target, body, path, {"query": query}))

    def find(self, name: str) -> Operation:
        return next(operation for operation in self.subject.operations if operation.id == name)

    def send(self, operation: Operation, body: Any) -> tuple[Any, Any]:
        """A case with the contract's path, and its reply."""
        parameters = self.subject.parameters(operation)
        path = {each["name"]: each["example"] for each in parameters if each["in"] == "path"}
        generation = SimpleNamespace(mode=SimpleNamespace(is_negative=False))
        meta = SimpleNamespace(generation=generation, is_negative_at=lambda _: False)
        case = SimpleNamespace(id="1", method=operation.method, path_parameters=path, body=body, meta=meta)
        query = {"query": example_query(self.subject, operation)}
        reply = self.answering.call(operation, body, path, query)
        return case, SimpleNamespace(status_code=reply.status, content=reply.content)

    def make(self, listed: Listed, name: str) -> list[CheckFailure]:
        """What is found after an operation's first example was taken."""
        self.answering.reset()
        operation = self.find(name)
        case, reply = self.send(operation, next(iter(self.subject.examples(operation).values())))
        assert reply.status_code in range(200, 300), reply
        return list(listed.check(operation, case, reply, self.counts))


@pytest.mark.parametrize(("provider", "name"), LISTS)
def test_a_list_that_has_what_was_made_is_no_finding(provider: str, name: str) -> None:
    api = Api(provider)
    assert api.make(Listed(api.subject, api.call, lambda: api.waits.append(None)), name) == []
    assert (api.counts["listed"], api.waits) == (1, [])
    assert set(api.reads) == {LISTS[provider, name]}


@pytest.mark.parametrize(("provider", "name"), LISTS)
def test_a_list_that_lacks_what_was_made_is_found(provider: str, name: str) -> None:
    """On none of its pages, and not a moment later either."""
    api = Api(provider)
    listing = find_listing(api.subject, api.find(name))
    assert listing is not None

    def lack(reply: Response) -> Response:
        body = json.loads(reply.content)
        rows = body if isinstance(body, list) else next(value for value in body.values() if isinstance(value, list))
        rows[:] = [row for row in rows if str(row.get(listing.name)) not in made]
        return Response(reply.status, reply.headers, write_json(body))

    made: set[str] = set()
    operation = api.find(name)
    case, reply = api.send(operation, next(iter(api.subject.examples(operation).values())))
    inner = json.loads(reply.content)
    for step in listing.pointer.split("/")[1:]:
        inner = inner[step]
    made.add(str(inner))
    api.change = lack
    (failure,) = Listed(api.subject, api.call, lambda: api.waits.append(None)).check(operation, case, reply, api.counts)
    where = f"GET {listing.target.template} has no {listing.name} {inner}"
    assert failure.says == f"what it made is not in its list: {where}"
    assert len(api.waits) == 1


def test_a_list_that_follows_a_moment_later_is_no_finding() -> None:
    api = Api("invisible_collector", lambda reply: Response(200, reply.headers, b"[]"))

    def wait() -> None:
        api.change = lambda reply: reply

    assert api.make(Listed(api.subject, api.call, wait), "createGroup") == []
    assert api.counts["listed"] == 1


def test_of_a_list_without_an_end_nothing_is_said() -> None:
    """Each page has others."""
    numbers = iter(range(1_000_000))
    api = Api(
        "invoiless",
        lambda reply: Response(200, reply.headers, write_json({"docs": [{"id": f"{next(numbers):024}"}]})),
    )
    assert api.make(Listed(api.subject, api.call, lambda: None), "createCustomer") == []
    assert (api.counts["listed"], len(api.reads)) == (0, MOST_PAGES)


def test_a_list_that_cannot_be_read_says_nothing() -> None:
    api = Api("invoiless", lambda _: NOT_FOUND)
    assert api.make(Listed(api.subject, api.call, lambda: None), "createCustomer") == []
    assert api.counts["listed"] == 0


def test_only_the_first_records_are_looked_for() -> None:
    api = Api("invisible_collector")
    listed = Listed(api.subject, api.call, lambda: None)
    for _ in range(MOST + 2):
        api.make(listed, "createGroup")
    assert api.counts["listed"] == MOST


@pytest.mark.parametrize(("provider", "name"), [("invoicexpress", "createCreditNote"), ("crm_com", "payInvoice")])
def test_an_assumed_list_or_none_shows_nothing(provider: str, name: str) -> None:
    api = Api(provider)
    assert find_listing(api.subject, api.find(name)) is None


@pytest.mark.parametrize(
    ("provider", "name", "watched"),
    [
        ("invoiless", "createPayment", ["listPayments", "getInvoice"]),
        ("invoiless", "updatePayment", ["getPayment"]),
        ("invoiless", "createCustomer", ["listCustomers"]),
        ("invoicexpress", "changeInvoiceState", ["getInvoice"]),
        ("invoicexpress", "createPartialPayment", ["getRelatedDocuments"]),
        ("invisible_collector", "cancelDebt", ["getDebt"]),
        ("crm_com", "payInvoice", ["showInvoice", "showInvoice"]),
        ("crm_com", "createPayment", ["showAccountsReceivable", "showAccountsReceivable"]),
        ("crm_com", "cancelPayment", ["showPayment"]),
    ],
)
def test_what_an_operation_is_about_is_watched(provider: str, name: str, watched: list[str]) -> None:
    api = Api(provider)
    assert [each.target.id for each in list_watched(api.subject, api.find(name))] == watched


class Refused:
    """A payment that is refused, with what reads answer before and after it."""

    def __init__(self, reads: Callable[[int, dict[str, Any]], Any], status: int = 400) -> None:
        self.api = Api("invoiless")
        self.status = status
        numbers = iter(range(1_000_000))

        def change(reply: Response) -> Response:
            found = reads(next(numbers), json.loads(reply.content))
            return NOT_FOUND if found is None else Response(reply.status, reply.headers, write_json(found))

        self.api.change = change
        self.unchanged = Unchanged(self.api.subject, self.api.call, lambda: self.api.waits.append(None))

    def check(self, body: Any = None) -> list[CheckFailure]:
        operation = self.api.find("updatePayment")
        case, _ = self.api.send(operation, {})
        self.unchanged.prepare(operation, case)
        reply: Any = SimpleNamespace(status_code=self.status, content=write_json(body or {}))
        return list(self.unchanged.check(operation, case, reply, self.api.counts))


def test_a_refused_call_that_changes_nothing_is_no_finding() -> None:
    refused = Refused(lambda _, body: body)
    assert refused.check() == []
    assert (refused.api.counts["unchanged"], refused.api.waits) == (1, [])


def test_a_refused_call_that_changes_a_value_is_found() -> None:
    (failure,) = Refused(lambda number, body: {**body, "amount": 5 if number else 4}).check()
    assert failure.says == (
        "a refused call changes something: it was answered 400, and GET /payments/{id} has 5 at /amount, "
        "before it had 4"
    )
    assert failure.sentence.startswith("400: ")


def test_a_refused_call_that_deletes_is_found() -> None:
    (failure,) = Refused(lambda number, body: None if number else body).check()
    assert "GET /payments/{id} finds nothing any more" in failure.says


@pytest.mark.parametrize(("field", "value"), [("reference_number", "328"), ("id", "54F3A49F23024C51AFF21B7C728F3549")])
def test_a_record_that_a_body_names_is_read_too(field: str, value: str) -> None:
    """By the link of the contract whose expression the body fills."""
    owed = iter([3, 2, 2])

    def change(reply: Response) -> Response:
        body = json.loads(reply.content)
        body["data"]["outstanding_amount"] = next(owed)
        return Response(reply.status, reply.headers, write_json(body))

    api = Api("crm_com", change)
    unchanged = Unchanged(api.subject, api.call, lambda: None)
    operation = api.find("payInvoice")
    (look,) = unchanged.look(operation, {}, {"invoice_identifier": {field: value}})
    assert (look.target.id, look.query) == ("showInvoice", {"invoice_identifier": f"{field}={value}"})
    (failure,) = unchanged.compare(operation, 200, [look], api.counts)
    assert "GET /invoices/show has 2 at /data/outstanding_amount, before it had 3" in failure.says


@pytest.mark.parametrize(
    "body", [None, "x", {"invoice_identifier": {"number": "I1"}}, {"invoice_identifier": {"id": {}}}]
)
def test_a_body_that_names_no_record_is_not_watched(body: Any) -> None:
    api = Api("crm_com")
    assert Unchanged(api.subject, api.call).look(api.find("payInvoice"), {}, body) == []
    assert api.reads == []


def test_what_changes_by_itself_is_no_finding() -> None:
    """Such as a time, or how often something was read."""
    refused = Refused(lambda number, body: {**body, "readAt": number})
    assert refused.check() == []
    assert len(refused.api.waits) == 1


@pytest.mark.parametrize("status", [200, 500], ids=["succeeds", "fails"])
def test_a_call_that_is_not_refused_may_change_something(status: int) -> None:
    refused = Refused(lambda number, body: {**body, "amount": number}, status)
    assert refused.check() == []
    assert refused.api.counts["unchanged"] == 0


def test_only_some_calls_are_watched() -> None:
    refused = Refused(lambda _, body: body)
    for _ in range(TURNS[2]):
        refused.check()
    assert refused.api.counts["unchanged"] == 3

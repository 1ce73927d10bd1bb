"""What a call has made is read back along the contract's links: by id, by value, and no more once it is deleted."""

import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.own_checks import CheckFailure
from paysandbox.check.read_back import MOST, ReadBack, list_readings, list_targets
from paysandbox.check.records import example_query
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.testing import Response

MADE: Final = {  # an operation of each provider that makes a record, and the pointer of the record's id
    "crm_com": ("payInvoice", "/data/id"),
    "invisible_collector": ("createDebt", "/id"),
    "invoicexpress": ("createClient", "/client/id"),
    "invoiless": ("createPayment", "/id"),
}
ANOTHER: Final = "0123456789ABCDEF" * 2  # an id in the form of CRM.COM, whose envelopes are judged by their schema
DELETED: Final = {"invisible_collector": "deletePayment", "invoicexpress": "deleteTax", "invoiless": "deletePayment"}
Change = Callable[[Response], Response]


class Reader:
    """An API in memory whose reads may be changed, and what a check of one call finds by them."""

    def __init__(self, provider: str) -> None:
        self.subject = Subject(provider, create_runtime(provider_names=[provider]))
        self.reads: list[str] = []
        self.counts: Counter[str] = Counter()

    def check(self, name: str, change: Change, times: int = 1, *, undone: bool = False) -> list[CheckFailure]:
        """Make a call with the contract's example and read back; `undone` takes it back before the read."""
        operation = self.find(name)

        def call(target: Operation, body: Any, path: Any, query: Any) -> Response:
            self.reads.append(target.id)
            if undone:
                self.subject.reset()
            return change(self.subject.call(target, body, path, {"query": query}))

        read_back = ReadBack(self.subject, call)
        found: list[CheckFailure] = []
        for _ in range(times):
            self.subject.reset()
            query = {"query": example_query(self.subject, operation)}
            body = next(iter(self.subject.examples(operation).values()), ...)
            reply = self.subject.call(operation, body, None, query)
            assert self.subject.succeeded(operation, reply), reply
            path = {
                each["name"]: each["example"] for each in self.subject.parameters(operation) if each["in"] == "path"
            }
            case: Any = SimpleNamespace(method=operation.method, path_parameters=path)
            sent: Any = SimpleNamespace(status_code=reply.status, content=reply.content)
            found += read_back.check(operation, case, sent, self.counts)
        return found

    def find(self, name: str) -> Operation:
        return next(operation for operation in self.subject.operations if operation.id == name)


def keep(reply: Response) -> Response:
    return reply


def lose(_: Response) -> Response:
    return Response(404, {"content-type": "application/json"}, b"{}")


def change_at(pointer: str, value: Any) -> Change:
    def change(reply: Response) -> Response:
        body = json.loads(reply.content)
        *outer, last = pointer.split("/")[1:]
        inner = body
        for step in outer:
            inner = inner.get(step, {})
        if last in inner:
            inner[last] = value
        return Response(reply.status, reply.headers, write_json(body))

    return change


@pytest.mark.parametrize("provider", MADE)
def test_what_is_as_it_was_made_passes(provider: str) -> None:
    """Whatever an API calls its ids, and wherever a link puts them."""
    reader = Reader(provider)
    assert reader.check(MADE[provider][0], keep) == []
    assert reader.counts["read_back"] == len(reader.reads) > 0


@pytest.mark.parametrize("provider", MADE)
def test_what_cannot_be_read_is_found(provider: str) -> None:
    found = Reader(provider).check(MADE[provider][0], lose)
    assert all(failure.says.startswith("what it made cannot be read: GET /") for failure in found), found
    assert found


@pytest.mark.parametrize("provider", MADE)
def test_another_id_is_found(provider: str) -> None:
    name, pointer = MADE[provider]
    (failure,) = Reader(provider).check(name, change_at(pointer, ANOTHER))
    assert f'has "{ANOTHER}" at {pointer}, but when it was made it had ' in failure.says
    assert "[documented" in failure.sentence


@pytest.mark.parametrize(
    ("provider", "pointer", "value"),
    [("invisible_collector", "/grossTotal", 1), ("invoicexpress", "/client/name", "x"), ("invoiless", "/amount", 1)],
)
def test_another_value_is_found_where_both_have_one_schema(provider: str, pointer: str, value: Any) -> None:
    (failure,) = Reader(provider).check(MADE[provider][0], change_at(pointer, value))
    assert f"at {pointer}, " in failure.says


@pytest.mark.parametrize("provider", DELETED)
def test_what_is_deleted_cannot_be_read(provider: str) -> None:
    assert Reader(provider).check(DELETED[provider], keep) == []
    (failure,) = Reader(provider).check(DELETED[provider], keep, undone=True)
    assert failure.says.startswith("what it deleted can still be read: GET /")


def test_it_reads_a_few_times_only() -> None:
    reader = Reader("invoiless")
    reader.check("createCustomer", keep, MOST + 2)
    assert reader.reads == ["getCustomer"] * MOST


def test_a_dry_run_can_list_what_is_read() -> None:
    subject = Reader("invoicexpress").subject
    operations = [operation for operation in subject.operations if operation.id in {"createTax", "deleteTax"}]
    assert [target.id for target in list_targets(subject, operations)] == ["getTax"]


@pytest.mark.parametrize(
    ("provider", "name", "status"), [("invoiless", "listInvoices", 200), ("invoiless", "createPayment", 404)]
)
def test_a_read_and_a_refusal_make_nothing(provider: str, name: str, status: int) -> None:
    reader = Reader(provider)
    assert list_readings(reader.subject, reader.find(name), status) == []

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
KEPT: Final = (  # what a read shows again, and another value for it
    ("crm_com", "/data/payment_amount", 1),
    ("invisible_collector", "/grossTotal", 1),
    ("invisible_collector", "/tax", 1),
    ("invoicexpress", "/client/name", "x"),
    ("invoiless", "/amount", 1),
)
REQUIRED: Final = {"code", "description", "message"}  # of an envelope of CRM.COM, else it is no success
ANOTHER: Final = "0123456789ABCDEF" * 2  # an id in the form of CRM.COM, whose envelopes are judged by their schema
DELETED: Final = {"invisible_collector": "deletePayment", "invoicexpress": "deleteTax", "invoiless": "deletePayment"}
Change = Callable[[Response], Response]


class Reader:
    """An API in memory whose reads may be changed, and what a check of one call finds by them."""

    def __init__(self, provider: str) -> None:
        self.subject = Subject(provider, create_runtime(provider_names=[provider]))
        self.reads: list[str] = []
        self.waits: list[None] = []
        self.counts: Counter[str] = Counter()

    def check(
        self, name: str, change: Change, *examples: str, times: int = 1, undone: bool = False
    ) -> list[CheckFailure]:
        """Make a call with the contract's first example, or with these, and read back; `undone` takes it back first."""
        operation = self.find(name)

        def call(target: Operation, body: Any, path: Any, query: Any) -> Response:
            self.reads.append(target.id)
            if undone:
                self.subject.reset()
            return change(self.subject.call(target, body, path, {"query": query}))

        read_back = ReadBack(self.subject, call, lambda: self.waits.append(None))
        found: list[CheckFailure] = []
        bodies: dict[str, Any] = self.subject.examples(operation) or {"": ...}
        for body in [bodies[example] for example in examples or [next(iter(bodies))] * times]:
            self.subject.reset()
            query = {"query": example_query(self.subject, operation)}
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
    """Put another value at a pointer where a read has one; `...` drops it."""

    def change(reply: Response) -> Response:
        body = json.loads(reply.content)
        *outer, last = pointer.split("/")[1:]
        inner = body
        for step in outer:
            inner = inner.get(step, {})
        if last in inner:
            del inner[last]
            inner |= {} if value is ... else {last: value}
        return Response(reply.status, reply.headers, write_json(body))

    return change


def drop_at(pointer: str) -> Change:
    return change_at(pointer, ...)


def drop_empty(value: Any) -> Any:
    if isinstance(value, dict):
        empty = {name for name, below in value.items() if below in (None, "") and name not in REQUIRED}
        return {name: drop_empty(below) for name, below in value.items() if name not in empty}
    return [drop_empty(below) for below in value] if isinstance(value, list) else value


@pytest.mark.parametrize("provider", MADE)
def test_what_is_as_it_was_made_passes(provider: str) -> None:
    """Whatever an API calls its ids, and wherever a link puts them."""
    reader = Reader(provider)
    assert reader.check(MADE[provider][0], keep) == []
    assert reader.counts["read_back"] == len(reader.reads) > 0
    assert reader.waits == []


@pytest.mark.parametrize("provider", MADE)
def test_what_cannot_be_read_is_found(provider: str) -> None:
    found = Reader(provider).check(MADE[provider][0], lose)
    assert all(failure.says.startswith("what it made cannot be read: GET /") for failure in found), found
    assert found


@pytest.mark.parametrize("provider", MADE)
def test_another_id_is_found(provider: str) -> None:
    name, pointer = MADE[provider]
    failure, *_ = Reader(provider).check(name, change_at(pointer, ANOTHER))
    assert f'has "{ANOTHER}" at {pointer}, but when it was made it had ' in failure.says
    assert "[documented" in failure.sentence


@pytest.mark.parametrize(("provider", "pointer", "value"), KEPT)
def test_another_value_is_found(provider: str, pointer: str, value: Any) -> None:
    failure, *_ = Reader(provider).check(MADE[provider][0], change_at(pointer, value))
    assert f"at {pointer}, " in failure.says


@pytest.mark.parametrize(("provider", "pointer", "_"), KEPT)
def test_a_value_that_a_read_leaves_out_is_found(provider: str, pointer: str, _: Any) -> None:
    failure, *_others = Reader(provider).check(MADE[provider][0], drop_at(pointer))
    assert f" has nothing at {pointer}, but when it was made it had " in failure.says


@pytest.mark.parametrize("provider", MADE)
def test_null_and_an_empty_text_may_be_left_out(provider: str) -> None:
    def drop(reply: Response) -> Response:
        return Response(reply.status, reply.headers, write_json(drop_empty(json.loads(reply.content))))

    assert Reader(provider).check(MADE[provider][0], drop) == []


def test_leaving_out_what_is_only_assumed_to_be_shown_is_a_question() -> None:
    """But not another value for it, because the server has shown it itself."""
    found = {
        (pointer, is_lost): Reader("invoicexpress").check("createInvoice", change)[0].is_assumed
        for pointer in ("/invoice/archived", "/invoice/total")
        for is_lost, change in ((True, drop_at(pointer)), (False, change_at(pointer, 1)))
    }
    assert [key for key, is_assumed in found.items() if is_assumed] == [("/invoice/archived", True)]


def test_a_value_that_follows_a_moment_later_is_no_finding() -> None:
    reader = Reader("invoiless")
    assert reader.check("createCustomer", lambda reply: reply if reader.waits else drop_at("/id")(reply)) == []
    assert len(reader.waits) == 1


def test_a_record_that_changes_meanwhile_is_no_finding() -> None:
    """Another client changes it between the reads, or deletes it."""
    reader = Reader("invoiless")
    assert reader.check("createCustomer", lambda reply: change_at("/id", len(reader.reads))(reply)) == []  # noqa: PLW0108
    assert (
        reader.check("createCustomer", lambda reply: lose(reply) if reader.waits[1:] else drop_at("/id")(reply)) == []
    )
    assert (len(reader.reads), len(reader.waits)) == (4, 2)


@pytest.mark.parametrize("provider", DELETED)
def test_what_is_deleted_cannot_be_read(provider: str) -> None:
    assert Reader(provider).check(DELETED[provider], keep) == []
    (failure,) = Reader(provider).check(DELETED[provider], keep, undone=True)
    assert failure.says.startswith("what it deleted can still be read: GET /")


def test_it_reads_a_few_times_only() -> None:
    reader = Reader("invoiless")
    reader.check("createCustomer", keep, times=MOST + 2)
    assert reader.reads == ["getCustomer"] * MOST


def test_a_property_that_a_later_reply_shows_first_is_read_too() -> None:
    """Once, not each time."""
    reader = Reader("invisible_collector")
    examples = ["mandatoryOnly"] * MOST + ["nulls", "mandatoryOnly", "everything", "everything"]
    assert len(reader.check("createCustomer", drop_at("/address"), *examples)) == 1
    assert reader.reads.count("getCustomer") == MOST + 2  # the last one again, because it differs


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

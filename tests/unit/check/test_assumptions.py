"""What rests on assumed parts of a contract alone is a question to the vendor, whichever check finds it."""

import json
from types import SimpleNamespace
from typing import Any, Final

import pytest
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine.recorder import Request

from paysandbox.app import create_runtime
from paysandbox.check.assumptions import Assumptions
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json

ROOT: Final = "https://vendor.example/root"
VALID: Final = {"amount": 25, "method": "Card"}


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject("invoiless", create_runtime(provider_names=["invoiless"]))


def find(subject: Subject, name: str) -> Operation:
    return next(operation for operation in subject.operations if operation.id == name)


def explain(subject: Subject, name: str, path: str, body: Any, *places: ParameterLocation) -> bool:
    """Whether a request that a server takes contradicts assumptions alone; `places` are those made invalid."""
    operation = find(subject, name)
    content = body if isinstance(body, bytes) else write_json(body)
    url = f"{ROOT}{subject.service.contract.base_path}{path}"
    request = Request(operation.method, url, content, None, {"Content-Type": ["application/json"]})
    case: Any = SimpleNamespace(meta=SimpleNamespace(is_negative_at=lambda place: place in places))
    return Assumptions(subject, ROOT).explain("negative_data_rejection", operation, case, request, None)


@pytest.mark.parametrize(
    ("body", "is_assumed"),
    [
        ({**VALID, "made_up": 1}, True),  # no page says that unknown properties are refused
        ({**VALID, "amount": "much"}, False),
        ({**VALID, "amount": "much", "made_up": 1}, False),
        (b"{", False),
        (VALID, False),
    ],
)
def test_a_request_rests_on_what_makes_it_invalid(subject: Subject, body: Any, is_assumed: bool) -> None:  # noqa: FBT001
    path = "/invoices/65f1a2b3c4d5e6f708192a01/payments"
    assert explain(subject, "createPayment", path, body, ParameterLocation.BODY) is is_assumed


def test_a_path_is_judged_if_nothing_else_is_invalid() -> None:
    """Else the body may be what a page forbids, which is not looked at any more."""
    subject = Subject("invisible_collector", create_runtime(provider_names=["invisible_collector"]))
    path = ParameterLocation.PATH
    assert explain(subject, "getGroup", "/groups/!", b"", path)  # the form of its ids is assumed
    assert not explain(subject, "getGroup", "/groups/!", b"", path, ParameterLocation.QUERY)
    assert not explain(subject, "cancelDebt", "/debts/!/cancel", b"", path)  # and that of a debt's is documented


# A read of each provider (or a call, where every read needs a query), the way to its object, a property with an enum.
REPLIES: Final = [
    ("crm_com", "payInvoice", ("data",), "life_cycle_state", "/data/life_cycle_state: "),
    ("invisible_collector", "getDebt", (), "status", "/status: "),
    ("invoicexpress", "getInvoice", ("invoice",), "status", "/invoice/status: "),
    ("invoiless", "getInvoice", (), "status", "/status: "),
]


def make_reply(subject: Subject, name: str, way: tuple[str, ...], changes: dict[str, Any], status: int = 0) -> Any:
    """A reply of an operation in memory with changed properties."""
    operation = find(subject, name)
    subject.reset()
    reply = subject.call(operation, next(iter(subject.examples(operation).values()), ...))
    assert subject.succeeded(operation, reply)
    body = found = json.loads(reply.content)
    for step in way:
        found = found[step]
    found.update(changes)
    headers = {"content-type": [reply.headers["content-type"]]}
    return SimpleNamespace(status_code=status or reply.status, headers=headers, content=write_json(body))


@pytest.mark.parametrize(("provider", "name", "way", "enum", "begins"), REPLIES)
def test_a_reply_rests_on_what_breaks_it(
    provider: str, name: str, way: tuple[str, ...], enum: str, begins: str
) -> None:
    """What breaks it is cited with its own sentence; a property that is only assumed away does not excuse another."""
    subject = Subject(provider, create_runtime(provider_names=[provider]))
    operation = find(subject, name)
    no_case: Any = None

    def judge(changes: dict[str, Any]) -> tuple[bool, str]:
        reply = make_reply(subject, name, way, changes)
        assumptions, check = Assumptions(subject, ROOT), "response_schema_conformance"
        cited = assumptions.cite(check, operation, no_case, None, reply)
        return assumptions.explain(check, operation, no_case, None, reply), str(cited)

    is_assumed, cited = judge({enum: "ODD"})
    assert (is_assumed, cited.startswith(begins)) == (False, True), cited
    assert "[documented: " in cited
    is_assumed, cited = judge({"made_up": None})
    assert is_assumed, cited
    assert "unknown property 'made_up'" in cited
    assert "[assumed: " in cited
    assert not judge({enum: "ODD", "made_up": None})[0]


@pytest.mark.parametrize(
    ("provider", "name", "status", "is_assumed"),
    [
        ("invoiless", "createPayment", 200, True),  # that it is 201 is a house decision
        ("invoiless", "createPayment", 402, False),  # other refusals are documented
        ("invoiless", "createInvoice", 200, False),
        ("invoiless", "getPayment", 202, False),
        ("invisible_collector", "createPayment", 500, False),  # none of that kind is known
        ("invoicexpress", "listDebitNotes", 500, True),  # all of this operation is assumed
    ],
)
def test_a_status_rests_on_those_of_its_kind(provider: str, name: str, status: int, *, is_assumed: bool) -> None:
    subject = Subject(provider, create_runtime(provider_names=[provider]))
    reply: Any = SimpleNamespace(status_code=status, headers={}, content=b"")
    check, no_case = "status_code_conformance", SimpleNamespace()
    explained = Assumptions(subject, ROOT).explain(check, find(subject, name), no_case, None, reply)  # type: ignore[arg-type]
    assert explained is is_assumed

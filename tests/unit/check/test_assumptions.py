"""What rests on assumed parts of a contract alone is a question to the vendor, whichever check finds it."""

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

"""Which records requests name on a server with its own data: those that it showed, or that the user gave."""

import json
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote, quote_plus

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.binding import Binder
from paysandbox.check.data_file import GivenData
from paysandbox.check.live_calls import LiveCalls
from paysandbox.check.own_data import OwnData
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.evidence.callers import Unreachable

INVOICE, CUSTOMER = "0123456789abcdef01234567", "89abcdef0123456789abcdef"  # of the server
NO_DATA: Final = GivenData()
NOWHERE: Final = "http://127.0.0.1:9"
VALID: Final = SimpleNamespace(generation=SimpleNamespace(mode=SimpleNamespace(is_negative=False)))


class Records:
    """An API, and the paths of its requests."""

    def __init__(self) -> None:
        self.subject = Subject("invoiless", create_runtime(provider_names=["invoiless"]))
        self.binder = Binder(self.subject)

    def find(self, name: str) -> Operation:
        return next(operation for operation in self.subject.operations if operation.id == name)

    def own(self, given: GivenData = NO_DATA) -> OwnData:
        return OwnData(self.subject, self.binder, lambda *_: None, given)

    def show_invoice(self, own: OwnData) -> None:
        """Let the server show one invoice, whose ids no fixture has."""
        self.subject.reset()
        operation = self.find("getInvoice")
        body = self.subject.call(operation).json
        text = write_json(body).decode().replace(body["id"], INVOICE).replace(body["customer"]["id"], CUSTOMER)
        own.observe(operation, 200, json.loads(text))

    def id_in_path(self, own: OwnData, name: str) -> str:
        """The id that a valid request names, once the server's records have been put into it."""
        operation = self.find(name)
        (example,) = (each["example"] for each in self.subject.parameters(operation) if each["in"] == "path")
        case: Any = SimpleNamespace(path_parameters={"id": example}, headers={}, query={}, body=None, meta=VALID)
        own.adapt(operation, case)
        return str(case.path_parameters["id"])


@pytest.fixture(scope="module")
def records() -> Records:
    return Records()


@pytest.mark.parametrize(("name", "shown"), [("getInvoice", INVOICE), ("getCustomer", CUSTOMER)])
def test_a_request_names_a_record_of_the_table_that_it_asks_for(records: Records, name: str, shown: str) -> None:
    own = records.own()
    example = records.id_in_path(own, name)
    records.show_invoice(own)
    assert records.id_in_path(own, name) == shown != example


@pytest.mark.parametrize(
    "given",
    [
        GivenData(tables={"invoices": [INVOICE]}),
        GivenData(parameters={"id": [INVOICE]}),
        GivenData(parameters={"getInvoice.id": [INVOICE]}),
    ],
    ids=["by table", "by parameter", "by operation"],
)
def test_a_given_record_is_named(records: Records, given: GivenData) -> None:
    assert records.id_in_path(records.own(given), "getInvoice") == INVOICE


def test_a_parameter_of_one_operation_is_of_no_other(records: Records) -> None:
    given = GivenData(parameters={"deleteInvoice.id": [INVOICE]})
    assert records.id_in_path(records.own(given), "getInvoice") != INVOICE


def test_a_record_that_was_refused_makes_room_for_the_next(records: Records) -> None:
    own = records.own(GivenData(tables={"invoices": [INVOICE, CUSTOMER]}))
    named = []
    for succeeded in (False, True, True):
        named.append(records.id_in_path(own, "sendInvoice"))
        own.judge(succeeded=succeeded)
    assert named == [INVOICE, CUSTOMER, CUSTOMER]


@pytest.mark.parametrize("name", ["createInvoice", "deleteInvoice"])
def test_read_only_makes_no_records(records: Records, name: str) -> None:
    """Where no server is, a call that is made is noticed."""

    def call(*, reads_only: bool) -> object:
        target = Target(NOWHERE, None, records.subject.credentials, reads_only=reads_only)
        calls = LiveCalls(records.subject, target, RequestBuilder(records.subject, records.binder, target))
        return calls.call(records.find(name), ..., {}, {})

    assert call(reads_only=True) is None
    with pytest.raises(Unreachable):
        call(reads_only=False)


@pytest.mark.parametrize("text", ["s3cr:t/ü", 'quo"te'])
def test_no_credential_is_shown_in_any_spelling(text: str) -> None:
    """As it is, in a query, in a form, and in JSON."""
    target = Target(NOWHERE, None, {}, secret={"token": text})
    for spelling in (text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]):
        assert target.masked(f"curl -H 'token: {spelling}'") == "curl -H 'token: <token>'"

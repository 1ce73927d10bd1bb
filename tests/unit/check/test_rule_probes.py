"""Calls that a rule refuses for the state are found in the reference sandbox, and tried on a server's own records."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.binding import Binder
from paysandbox.check.data_file import GivenData
from paysandbox.check.own_checks import CheckFailure
from paysandbox.check.own_data import OwnData
from paysandbox.check.recipes import Cookbook
from paysandbox.check.records import Fields, ReplyPlaces
from paysandbox.check.rule_probes import Probe, ProbeFinder
from paysandbox.check.rule_suite import RuleSuite
from paysandbox.check.subject import Subject
from paysandbox.check.unchanged import Unchanged
from paysandbox.check.unique_values import UniqueValues
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

Deviation = Callable[[Response], Response]
NOT_FOUND = 404
TAKEN = Response(200, {"content-type": "application/json"}, b"{}")


def make_subject(provider: str) -> Subject:
    return Subject(provider, create_runtime(provider_names=[provider]), independent=False)


def find_operation(subject: Subject, name: str) -> Operation:
    return next(operation for operation in subject.operations if operation.id == name)


def find_probes(provider: str, name: str) -> list[Probe]:
    subject = make_subject(provider)
    cookbook = Cookbook(subject, ReplyPlaces(subject, Fields(subject)))
    return ProbeFinder(subject, cookbook).find(find_operation(subject, name))


@pytest.mark.parametrize(
    ("provider", "name", "rules"),
    [
        ("invoiless", "createPayment", ["overpayment-is-refused", "nothing-left-to-pay-is-refused"]),
        ("invoiless", "createInvoice", ["number-is-unique"]),
        ("invoiless", "getInvoice", []),
        ("invoicexpress", "createPartialPayment", ["overpayment-is-refused"]),
        ("invoicexpress", "changeInvoiceState", ["states-follow-each-other", "unknown-document-is-404"]),
        ("invoicexpress", "createClient", ["client-name-unique"]),
        ("invoicexpress", "createCreditNote", []),  # whose ids are no amounts
        ("crm_com", "payInvoice", ["settled-invoice-is-refused"]),
        ("crm_com", "createPayment", []),  # of a wallet that another server may have filled
        ("invisible_collector", "createGroup", ["group-name-unique-per-company"]),
    ],
)
def test_what_a_rule_refuses_is_found(provider: str, name: str, rules: list[str]) -> None:
    assert [probe.rule and probe.rule.id for probe in find_probes(provider, name)] == rules


@pytest.mark.parametrize(
    ("provider", "name", "places"),
    [
        ("invoiless", "createInvoice", {("number",)}),
        ("invoiless", "createCustomer", set()),
        ("invoicexpress", "createClient", {("client", "name")}),
        ("crm_com", "createPayment", {("back_office_code",)}),
        ("invisible_collector", "createDebt", {("number",)}),
        ("invisible_collector", "suspendDebt", set()),
    ],
)
def test_what_no_two_records_may_share_is_found(provider: str, name: str, places: set[tuple[str, ...]]) -> None:
    subject = make_subject(provider)
    assert UniqueValues(subject).find(find_operation(subject, name)) == places


class Server:
    """A server that remembers every call, whose refusals of one operation may be changed, and what its check finds."""

    def __init__(self, provider: str, name: str, deviation: Deviation) -> None:
        self.subject, self.answering = make_subject(provider), make_subject(provider)
        self.operation = find_operation(self.subject, name)
        self.deviation = deviation
        self.fired = 0
        self.counts: Counter[str] = Counter()
        self.found: list[CheckFailure] = []
        self.told: list[tuple[Any, ...]] = []
        self.own = OwnData(self.subject, Binder(self.subject), self.call, GivenData())
        self.own.learn()

    def call(self, operation: Operation, body: Any, path: Any, query: Any) -> Response:
        reply = self.answering.call(operation, body, path, {"query": query})
        if operation.id != self.operation.id or reply.status < 400:
            return reply
        changed = self.deviation(reply)
        self.fired += changed is not reply
        return changed

    def check(self) -> list[CheckFailure]:
        builder: Any = SimpleNamespace(build_call=lambda *call: self.told.append(call))
        recorder: Any = SimpleNamespace(add_failure=lambda failure, *_: self.found.append(failure))
        unchanged = Unchanged(self.subject, self.call, lambda: None)
        suite = RuleSuite(self.subject, self.own, self.call, builder, recorder, unchanged)
        suite.run(None, [self.operation], self.counts)
        return self.found


@pytest.mark.parametrize(
    ("provider", "name", "count"),
    [
        ("invoiless", "createPayment", 3),
        ("invoiless", "updateInvoice", 2),
        ("invoicexpress", "createPartialPayment", 2),
        ("invoicexpress", "createTax", 1),
        ("invoicexpress", "getTax", 1),
        ("invisible_collector", "createPayment", 2),
        ("crm_com", "showInvoice", 1),
    ],
)
def test_a_server_that_keeps_its_rules_is_no_finding(provider: str, name: str, count: int) -> None:
    server = Server(provider, name, lambda reply: reply)
    assert server.check() == []
    assert server.counts["rule_enforced"] == count


@pytest.mark.parametrize(
    ("provider", "name", "rule", "is_assumed"),
    [
        ("invoiless", "createPayment", "overpayment-is-refused", True),
        ("invoicexpress", "createPartialPayment", "overpayment-is-refused", False),
        ("invoicexpress", "changeInvoiceState", "states-follow-each-other", False),
        ("invoicexpress", "createClient", "client-name-unique", False),
        ("invisible_collector", "createGroup", "group-name-unique-per-company", False),
        ("invisible_collector", "createPayment", "unknown-document-is-404", False),
        ("invisible_collector", "createDebt", "customer-is-of-this-company", True),
        ("invoicexpress", "deleteTax", "unknown-tax-is-404", False),
        ("invoicexpress", "createCreditNote", "owner-is-the-accounts", False),
        ("invoiless", "getPayment", "404", False),
        ("invoiless", "updateInvoice", "customer-must-be-known", True),
    ],
)
def test_taking_what_a_rule_refuses_is_found(provider: str, name: str, rule: str, *, is_assumed: bool) -> None:
    """Whether it is a question to the vendor tells the provenance of the rule."""
    server = Server(provider, name, lambda _: TAKEN)
    found = {failure.says.split()[3]: failure for failure in server.check() if failure.check == "rule_enforced"}
    assert server.fired
    assert found[rule].is_assumed is is_assumed
    kind = "status" if rule.isdecimal() else "rule"
    assert found[rule].says.startswith(f"what the {kind} {rule} refuses is taken with 200: the call ")
    assert f"[{'assumed' if is_assumed else ''}" in found[rule].sentence


def test_the_call_that_is_told_has_the_unknown_name() -> None:
    """In whatever part of the call it stands."""
    told = {}
    for provider, name in (
        ("invoicexpress", "findClientByCode"),
        ("invoicexpress", "getTax"),
        ("invoiless", "updateInvoice"),
    ):
        server = Server(provider, name, lambda _: TAKEN)
        server.check()
        told[name] = [call[2:] for call in server.told]
    assert told["findClientByCode"] == [({}, {"client_code": "No such"}, ...)]
    assert told["getTax"] == [({"tax-id": 2147483646}, {}, ...)]
    assert "No such" in [body.get("customer") for _, _, body in told["updateInvoice"]]


def test_another_refusal_before_that_of_the_unknown_name_is_evaded() -> None:
    """A payment of the same number is held, so the number is another one; that of an unknown document is taken."""
    server = Server("invisible_collector", "createPayment", lambda reply: TAKEN if reply.status == NOT_FOUND else reply)
    for body in server.subject.examples(server.operation).values():
        server.answering.call(server.operation, {**body, "netTotal": 1})
    assert {failure.says.split()[3] for failure in server.check()} == {"unknown-document-is-404"}


def test_records_with_unique_properties_are_made_again_and_again() -> None:
    """The contract's example is taken once only."""
    server = Server("invoiless", "createInvoice", lambda reply: reply)
    recipe = server.own.cookbook.find(find_operation(server.subject, "getInvoice"), "id", "invoices")
    assert recipe
    made = [server.own.follow(recipe).get("invoices") for _ in range(4)]
    assert None not in made
    assert len(set(made)) == 4

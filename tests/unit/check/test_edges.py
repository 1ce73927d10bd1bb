"""Odd dates, odd amounts and unknown properties are sent exactly, once for each schema, and judged by the contract."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.app import Sandbox, create_runtime
from paysandbox.check.binding import Binder
from paysandbox.check.edges import EdgeSuite
from paysandbox.check.live_calls import MemoryCalls
from paysandbox.check.progress import Progress
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.results import Run, Tally
from paysandbox.check.subject import Subject
from paysandbox.check.target import HOST, Target
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

EXACT = Decimal("0.0100000000000000000001")  # 0.01 to a float, which is a whole cent


class Calls:
    """Calls a sandbox in memory; `answers` are those to give instead, by a value that is sent."""

    def __init__(self, name: str, answers: Mapping[Any, Response]) -> None:
        self.subject = Subject(name, create_runtime(provider_names=(name,)), independent=False)
        subject = self.subject
        self.target = Target(
            f"http://{HOST}/{name}", None, subject.credentials, app=Sandbox(create_runtime(provider_names=(name,)))
        )
        self.run = Run(name, {operation.id: Tally() for operation in subject.operations})
        self.bodies: list[Any] = []
        self._answers = answers
        self._memory = MemoryCalls(subject, self.target, RequestBuilder(subject, Binder(subject), self.target))

    def call(self, operation: Operation, body: Any, path: Any, query: Any) -> Response | None:
        self.bodies.append(body)
        for value, answer in self._answers.items():
            if repr(value) in repr(body):
                return answer
        return self._memory.call(operation, body, path, query)

    def try_edges(self, *operations: Operation) -> int:
        recorder = VerdictRecorder(self.subject, self.target, self.run)

        def reset() -> None:
            self.target.app.state.runtime.namespaces.drop("default")

        calls: Any = self
        before = len(self.bodies)
        EdgeSuite(self.subject, self.target, calls, recorder, reset).run(operations, Progress(lambda _: None))
        return len(self.bodies) - before


def find_operation(calls: Calls, name: str) -> Operation:
    return next(operation for operation in calls.subject.operations if operation.id == name)


@pytest.mark.parametrize(
    ("provider", "name", "sent"),
    [
        ("invoicexpress", "createInvoice", "31/04/2024"),
        ("invisible_collector", "createPayment", "2023-02-29"),
        ("invoiless", "createPayment", EXACT),
        ("crm_com", "createPayment", EXACT),
    ],
)
def test_edges_are_sent_exactly_and_the_sandbox_keeps_them(provider: str, name: str, sent: Any) -> None:
    calls = Calls(provider, {})
    count = calls.try_edges(find_operation(calls, name))
    assert count == len(calls.bodies) == calls.run.phases["edges"] == calls.run.checks["body_schema_iff"]
    assert any(repr(sent) in repr(body) for body in calls.bodies)
    assert any("unknownProperty" in repr(body) for body in calls.bodies)
    assert calls.run.findings == []


@pytest.mark.parametrize("value", ["unknownProperty", EXACT])
def test_what_is_taken_against_the_contract_is_found(value: Any) -> None:
    """With the request as it was sent, each digit of it."""
    taken = Response(201, {"content-type": "application/json"}, b"{}")
    calls = Calls("invoiless", {value: taken})
    calls.try_edges(find_operation(calls, "createPayment"))
    (finding,) = calls.run.findings
    assert (finding.check, finding.phase, finding.operation) == ("body_schema_iff", "edges", "createPayment")
    assert "an invalid body is accepted with 201" in finding.says
    assert str(value) in finding.curl


def test_a_valid_edge_that_breaks_the_server_is_found() -> None:
    calls = Calls("invoicexpress", {"29/02/2024": Response(500, {}, b"")})
    calls.try_edges(find_operation(calls, "createInvoice"))
    (finding,) = calls.run.findings
    assert "a valid body is refused with 500" in finding.says
    assert "29/02/2024" in finding.curl


def test_a_schema_gets_its_edges_once() -> None:
    """At the first operation that has it."""
    calls = Calls("invoicexpress", {})
    first, second = (find_operation(calls, name) for name in ("createInvoice", "createSimplifiedInvoice"))
    alone, both = calls.try_edges(first), calls.try_edges(first, second)
    assert alone <= both < alone + 10

"""The explanation beside the body: one line that a header can carry."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.core.messages import Reply
from paysandbox.core.problems import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    Unauthenticated,
    UnknownResource,
    Unroutable,
    Violation,
)
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.explanation import LENGTH, explain, headers, one_line
from paysandbox.pipeline.process import Outcome


@pytest.fixture
def contract(base_runtime: Runtime) -> Contract:
    return base_runtime.services["invisible_collector"].contract


@pytest.fixture
def operation(contract: Contract) -> Operation:
    return contract.operations[0]


def test_a_violation_is_told_with_the_vendors_sentence_and_its_source(operation: Operation) -> None:
    one = Violation(
        "/date", "format", "'x' is not a date", says="The payment date.", source="seed", provenance="observed"
    )
    line = explain(Invalid("wrong", violations=[one]), operation, 422)
    assert line == "/date: 'x' is not a date [observed: \"The payment date.\" (seed)]"


def test_an_id_of_the_wrong_form_has_its_place(operation: Operation) -> None:
    one = Violation("{id}", "pattern", "'x' does not match", says="The id.", source="seed", provenance="observed")
    line = explain(UnknownResource("'x' is not a valid id", violations=[one]), operation, 404)
    assert line == "{id}: 'x' does not match [observed: \"The id.\" (seed)]"


def test_what_a_violation_does_not_say_it_inherits_from_the_operation(operation: Operation) -> None:
    line = explain(Invalid("wrong", violations=[Violation("/a", "type", "no", says="A.")]), operation, 422)
    assert line == f'/a: no [{operation.provenance}: "A." ({operation.source})]'


def test_a_violation_without_a_sentence_is_told_alone(operation: Operation) -> None:
    """Of the whole body: by name, as it has no pointer. The others are told in short."""
    many = [Violation("", "type", "5 is not an object"), Violation("/a", "type", "no"), Violation("/b", "type", "no")]
    assert (
        explain(Invalid("wrong", violations=many), operation, 422)
        == "the body: 5 is not an object; also /a: no; /b: no"
    )


def test_a_rule_is_told_with_what_it_says_and_its_source(operation: Operation) -> None:
    line = explain(Conflict("it is held", rule="number-unique-per-company"), operation, 409)
    rule = operation.rules["number-unique-per-company"]
    assert line.startswith("it is held [rule number-unique-per-company, documented: ")
    assert line.endswith(f"{rule.says} ({one_line(str(rule.source))})]")


def test_a_refusal_without_a_rule_is_told_with_its_responses_description(operation: Operation) -> None:
    """The contract says what the status means."""
    line = explain(Unauthenticated("the header is missing"), operation, 401)
    assert line.startswith("the header is missing [documented: ")
    assert one_line(operation.replies[401].says) in line


def test_where_no_operation_is_meant_the_reason_stands_alone() -> None:
    """No contract vouches for a path that it does not have."""
    assert explain(Unroutable("no such path"), None, 404) == "no such path"


def reply(problem: Problem | None = None, breach: str | None = None) -> Outcome:
    return Outcome(Reply(200), b"", None, (), problem=problem, breach=breach)


def test_every_answer_carries_the_requests_id_and_a_success_nothing_else() -> None:
    """There is nothing to explain."""
    assert headers(reply(), "default-1") == [(b"x-sandbox-request", b"default-1")]


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (Conflict("no"), True),
        (NotFound("no"), True),
        (NotAllowed("no"), True),
        (UnknownResource("no"), False),
        (Invalid("no"), False),
        (Unroutable("no"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_that_depends_on_state_says_so(problem: Problem, *, state: bool) -> None:
    """The others depend on the request alone."""
    found = dict(headers(reply(problem), "default-1"))
    assert found[b"x-sandbox-explain"] == b"no"
    assert (b"x-sandbox-reason" in found) is state


def test_a_breach_says_so() -> None:
    found = dict(headers(reply(breach="KeyError: 'x'"), "default-1"))
    assert found[b"x-sandbox-explain"] == b"contract breach: KeyError: 'x'"


@given(st.text(max_size=4000))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    """No line break can smuggle a header in, no length breaks a client."""
    line = one_line(text)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) <= LENGTH


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nSet-Cookie: x=1\n", "a Set-Cookie: x=1"),
        ("If they\u2019re not", "If they're not"),
        ("api_key=\u2026", "api_key=..."),
        ("Ílhavo", "\\xcdlhavo"),
        ("€", "\\u20ac"),
        ("a\x00\x7fb", "a\\u0000\\u007fb"),
        ("\ud800", "\\ud800"),
        ("  a \t b  ", "a b"),
        ("x" * 1500, "x" * 1500),
        ("x" * 1501, "x" * 1497 + "..."),
    ],
    ids=ascii,
)
def test_a_header_can_carry_it(text: str, line: str) -> None:
    """Spelled so that it can still be read."""
    assert one_line(text) == line


def test_violations_that_do_not_fit_are_counted(operation: Operation) -> None:
    """The line stays one that a header can carry."""
    many = [Violation(f"/lines/{number}/amount", "type", "'no' is not a number") for number in range(100)]
    line = explain(Invalid("wrong", violations=many), operation, 422)
    assert line.startswith(
        "/lines/0/amount: 'no' is not a number; also /lines/1/amount: 'no' is not a number; /lines/2"
    )
    assert re.search(r" \(and [0-9]+ more\)$", line)

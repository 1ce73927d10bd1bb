"""Three judges of one corpus: jsonschema-rs, which the server uses, Python's jsonschema, and the server itself."""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from typing import Any, Final

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from paysandbox.check import mutations
from paysandbox.check.mutations import Mutant
from paysandbox.check.own_checks import may_refuse
from paysandbox.check.second_validator import EXACT
from paysandbox.check.subject import ROOT
from paysandbox.contract.operation import Operation
from tests.conformance.subject import Subject, names

LEAST_VALID: Final = 5  # mutants of each body; most that can be done to one makes it wrong
LEAST_INVALID: Final = 13  # as many as are no objects: an open body takes every object

# Where Python's jsonschema as it comes says otherwise, and why that is its fault.
KNOWN_DIFFERENCES: Final[Mapping[str, Callable[[Any], bool]]] = {
    # Python's `$` also matches before a newline at the end; in the ECMA reading, which JSON Schema asks for, not.
    "a text that ends in a newline": lambda put: isinstance(put, str) and put.endswith("\n"),
    # RFC 3339 has both; Python's datetime, which the format asks, has neither.
    "a leap second": lambda put: isinstance(put, str) and ":60" in put,
    "the year 0": lambda put: isinstance(put, str) and put.startswith("0000-"),
    # 7.0 is an integer to JSON Schema; Python's takes it as one only where it is no Decimal.
    "a whole number with a point or an exponent": lambda put: isinstance(put, Decimal) and put == put.to_integral(),
}


@pytest.mark.sweep
@pytest.mark.parametrize("name", names())
def test_two_validators_agree_on_every_mutant(name: str) -> None:
    """Beyond the known differences jsonschema and jsonschema-rs say the same of every body; both get exact numbers."""
    subject = Subject(name)
    differ = []
    for operation in _with_bodies(subject):
        assert operation.body is not None
        plain = _plain(subject, operation)
        verdicts = {True: 0, False: 0}
        for mutant in _corpus(subject, operation):
            verdict = operation.body.validator.is_valid(mutant.body)
            verdicts[verdict] += 1
            with localcontext(EXACT):
                alike = plain.is_valid(mutant.body) == verdict
            known = any(expected(mutant.put) for expected in KNOWN_DIFFERENCES.values())
            if subject.is_valid(subject.body_schema_path(operation), mutant.body) != verdict or not (alike or known):
                differ.append((operation.id, f"jsonschema-rs says {verdict}", _told(mutant)))
        assert verdicts[True] >= LEAST_VALID, operation.id
        assert verdicts[False] >= LEAST_INVALID, operation.id
    assert differ == []


@pytest.mark.sweep
@pytest.mark.parametrize("name", names())
def test_the_server_refuses_exactly_the_invalid_mutants(name: str) -> None:
    """An invalid body is refused for what it is; a valid one is carried out, or refused by the state and marked so."""
    subject = Subject(name)
    wrong = []
    for operation in _with_bodies(subject):
        for mutant in _corpus(subject, operation):
            subject.reset()
            reply = subject.call(operation, mutant.body)
            done = subject.succeeded(operation, reply)
            by_state = reply.headers.get("x-sandbox-reason") == "state"
            if subject.is_valid(subject.body_schema_path(operation), mutant.body):
                # A credential of the right form need not be the right one.
                right = done or by_state or not subject.credentials.keys().isdisjoint(mutant.path)
            else:
                right = not done and not by_state and may_refuse(subject, operation, reply.status)
            if not right:
                wrong.append((operation.id, _told(mutant), reply.status, reply.headers))
    assert wrong == []


@pytest.mark.sweep
def test_every_known_difference_still_exists() -> None:
    """A difference that is gone, or that no contract shows, leaves the list."""
    seen = set()
    for name in names():
        subject = Subject(name)
        for operation in _with_bodies(subject):
            plain, place = _plain(subject, operation), subject.body_schema_path(operation)
            for mutant in _corpus(subject, operation):
                causes = {cause for cause, known in KNOWN_DIFFERENCES.items() if known(mutant.put)}
                if causes and plain.is_valid(mutant.body) != subject.is_valid(place, mutant.body):
                    seen |= causes
    assert seen == set(KNOWN_DIFFERENCES)


def test_amounts_are_decimals_because_floats_are_judged_wrongly() -> None:
    """As floats 19.99 and 0.07 are no multiples of 0.01 to Python's jsonschema, as Decimals they are."""
    assert not jsonschema.Draft202012Validator({"multipleOf": 0.01}).is_valid(19.99)
    assert not jsonschema.Draft202012Validator({"multipleOf": 0.01}).is_valid(0.07)
    exact = jsonschema.Draft202012Validator({"multipleOf": Decimal("0.01")})
    with localcontext(Context(prec=800)):
        assert exact.is_valid(Decimal("19.99"))
        assert exact.is_valid(Decimal("0.07"))
        assert not exact.is_valid(Decimal("19.999"))


def _told(mutant: Mutant) -> str:
    put = "nothing" if mutant.put is mutations.DROPPED else repr(mutant.put)[:200]
    return f"example {mutant.example}, {put} at /{'/'.join(map(str, mutant.path))}"


def _with_bodies(subject: Subject) -> list[Operation]:
    return [operation for operation in subject.operations if operation.body is not None]


def _corpus(subject: Subject, operation: Operation) -> list[Mutant]:
    return list(mutations.build_corpus(subject, subject.body_schema_path(operation), subject.examples(operation)))


def _plain(subject: Subject, operation: Operation) -> jsonschema.Draft202012Validator:
    """Python's jsonschema as it comes, formats asserted."""
    registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(subject.document))
    pointer = subject.pointer(subject.body_schema_path(operation))
    return jsonschema.Draft202012Validator(
        {"$ref": f"{ROOT}#{pointer}"}, registry=registry, format_checker=jsonschema.FormatChecker()
    )

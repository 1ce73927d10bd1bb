"""The schema door: a quick yes is compared with both validators, on request bodies and on schemas made up at random."""

from collections.abc import Callable, Iterator
from decimal import localcontext
from random import Random
from typing import Any, Final

from msgspec import Struct
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from paysandbox.check.second_validator import EXACT, FORMATS, EcmaValidator
from paysandbox.check.subject import ROOT, Subject
from paysandbox.contract.number_limits import Check
from paysandbox.contract.validators import Schemas
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.problems import Malformed
from paysandbox.kit.runtime import Runtime
from tools.fuzz.mutations import changed_value
from tools.fuzz.schema_cases import change_numbers, list_numbers, make_document, make_value
from tools.fuzz.tally import MIB, Finding, Tally

VALUES: Final = 20  # of a case


class Judged(Struct, frozen=True):
    """A schema with a quick yes, the two validators that decide, values that it takes, and the limits in it."""

    name: str
    quick_yes: Check
    decide: Check
    second: Check
    examples: tuple[Any, ...]
    numbers: tuple[Any, ...]


class SchemaDoor:
    """Every request body that has a quick yes, in half of the cases; in the others a schema of their own.

    The tally counts values: `yes`, `unsure` where the answer then was yes, and `no`.
    """

    name = "schema"
    pid = "self"
    growth = 64 * MIB

    def __init__(self, runtime: Runtime) -> None:
        self._bodies = [body for name in runtime.services for body in _list_bodies(Subject(name, runtime))]

    def case(self, dice: Random, tally: Tally) -> None:
        """Twenty values of one schema.

        Raises:
            Finding: the quick check said yes to a value that another validator refuses.
        """
        judged = dice.choice(self._bodies) if dice.random() < 0.5 else make_judged(dice)
        if judged is None:
            tally.answers["no limits"] += 1
            return
        for _ in range(VALUES):
            value = _make_value(dice, judged)
            if value is not None:
                tally.answers[compare(judged, value[0])] += 1

    def check(self, tally: Tally) -> None:
        """Each case has been checked by itself."""


def compare(judged: Judged, value: Any) -> str:
    """What a quick check says of a value: `yes`, `unsure` if the value is valid, `no` if it is not.

    Raises:
        Finding: it said yes to a value that another validator refuses.
    """
    decided = judged.decide(value)
    if not judged.quick_yes(value):
        return "unsure" if decided else "no"
    if not decided:
        raise Finding(f"a wrong yes, says jsonschema-rs, to {value!r} of {judged.name}")
    with localcontext(EXACT):
        if not judged.second(value):
            raise Finding(f"a wrong yes, says jsonschema, to {value!r} of {judged.name}")
    return "yes"


def make_judged(dice: Random) -> Judged | None:
    """A schema made up at random; None if it has no quick yes."""
    document = make_document(dice)
    schemas = Schemas(document)
    quick_yes = schemas.compile_quick_yes(("schema",))
    if quick_yes is None:
        return None
    second = EcmaValidator(
        {"$ref": f"{ROOT}#/schema"},
        registry=Registry().with_resource(ROOT, DRAFT202012.create_resource(document)),
        format_checker=FORMATS,
    )
    decide = schemas.compile(("schema",)).is_valid
    return Judged(str(document), quick_yes, decide, second.is_valid, (), tuple(list_numbers(document)))


def _list_bodies(subject: Subject) -> Iterator[Judged]:
    for operation in subject.operations:
        if operation.body is None:
            continue
        schemas, place = Schemas(subject.document), subject.body_schema_path(operation)
        quick_yes = schemas.compile_quick_yes(place)
        if quick_yes is not None:
            yield Judged(
                name=f"{subject.name} {operation.id}",
                quick_yes=quick_yes,
                decide=schemas.compile(place).is_valid,
                second=_second(subject, place),
                examples=tuple(subject.examples(operation).values()),
                numbers=tuple(list_numbers(_inline(subject, subject.body_schema(operation)))),
            )


def _second(subject: Subject, place: tuple[str | int, ...]) -> Callable[[Any], bool]:
    return lambda value: subject.is_valid(place, value)


def _inline(subject: Subject, node: Any) -> Any:
    """A schema with what it refers to in the place of references."""
    node = subject.follow(node)
    if isinstance(node, list):
        return [_inline(subject, part) for part in node]
    return {name: _inline(subject, part) for name, part in node.items()} if isinstance(node, dict) else node


def _make_value(dice: Random, judged: Judged) -> list[Any] | None:
    """A value as the sandbox reads it from a request, in a list; None if it would refuse to read it."""
    if judged.examples:
        value = dice.choice(judged.examples)
        value = change_numbers(dice, value, judged.numbers) if dice.random() < 0.8 else changed_value(dice, value)
    else:
        value = make_value(dice, judged.numbers)
    try:
        return [read_json(write_json(value))]
    except Malformed:
        return None

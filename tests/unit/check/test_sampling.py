"""A quick check leaves cases out, and no place of an operation, and no keyword of a schema."""

from collections import Counter
from typing import Any

import pytest
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CoverageScenario

from paysandbox.app import create_runtime
from paysandbox.check.checked_schema import CheckedSchema, load_schema, make_config
from paysandbox.check.sampling import TELLING, Claim, Sampler, describe_claim, name_put_type
from paysandbox.check.subject import Subject

ROOT = "http://127.0.0.1:9/"


def load(sampler: Sampler | None) -> CheckedSchema:
    """The smallest contract."""
    runtime = create_runtime(provider_names=("invisible_collector",))
    document = Subject("invisible_collector", runtime, independent=False).plain_document(ROOT)
    schema = load_schema(document, make_config(ROOT, "all", 10, stateful=False, auth={}, headers={}))
    schema.sampler = sampler
    return schema


def generate(sampler: Sampler | None) -> list[Any]:
    """The cases at the boundaries of the contract that a sampler chooses; all without one."""
    schema = load(sampler)
    return [
        case
        for operation in schema.get_all_operations()
        for case in schema.iter_coverage_cases(
            operation.ok(),  # type: ignore[union-attr] # the contract is valid
            generation_modes=list(GenerationMode),
            generation_config=schema.config.generation_for(),
        )
    ]


@pytest.fixture(scope="module")
def kept() -> list[Any]:
    """The cases of a quick check."""
    return generate(Sampler())


def test_each_place_of_each_operation_is_tried_with_fewer_cases(kept: list[Any]) -> None:
    """With a valid and with a wrong value where the contract has both."""
    every = generate(None)
    assert {name_place(case) for case in kept} == {name_place(case) for case in every}
    assert len(kept) < len(every) * 0.8


def name_place(case: Any) -> tuple[Any, ...]:
    claim = describe_claim(case)
    return (claim.operation, claim.place, claim.kind[0])


def test_what_is_about_no_property_is_tried_at_each_operation(kept: list[Any]) -> None:
    """Such as a missing credential, an unknown method or another media type."""
    every = {claim for claim in map(describe_claim, generate(None)) if claim.place == ("",)}
    assert {claim.kind[1] for claim in every} >= {CoverageScenario.UNSPECIFIED_HTTP_METHOD}
    assert every <= set(map(describe_claim, kept))


def list_tried(cases: list[Any]) -> set[tuple[str, str]]:
    """What schemathesis itself says that cases try: keyword of the schema, and kind of deviation."""
    found = {(case.meta.phase.data.location or "", case.meta.phase.data.scenario) for case in cases}
    return {tried for tried in found if tried[0].startswith("/") and not tried[0].endswith("/not")}


def test_each_keyword_of_each_schema_is_tried(kept: list[Any]) -> None:
    """At one operation of those that share the schema; by the words of schemathesis, not those of the choice."""
    assert list_tried(kept) == list_tried(generate(None))


def list_kinds(cases: list[Any], place: tuple[str, ...]) -> dict[str, set[Any]]:
    """The kinds of deviation at a place, by operation."""
    found: dict[str, set[Any]] = {}
    for claim in map(describe_claim, cases):
        if claim.place == place:
            found.setdefault(claim.operation, set()).add(claim.kind)
    return found


def test_later_operations_share_what_the_first_one_has(kept: list[Any]) -> None:
    """The first has all kinds, each other one some, and not always the same."""
    place = ("application/json", "name")
    every, (first, *later) = list_kinds(generate(None), place), list_kinds(kept, place).values()
    assert first == next(iter(every.values()))
    assert len(later) == len(every) - 1
    assert max(map(len, later)) < len(first)
    assert len(set().union(*later)) > 1


def test_the_same_cases_are_kept_at_each_run(kept: list[Any]) -> None:
    again = generate(Sampler())
    assert [(describe_claim(case), str(case.body)) for case in again] == [
        (describe_claim(case), str(case.body)) for case in kept
    ]


def find_wrong_types(cases: list[Any]) -> dict[Claim, set[str]]:
    """The wrong types that are put at each place of each operation."""
    found: dict[Claim, set[str]] = {}
    for case in cases:
        claim = describe_claim(case)
        if CoverageScenario.INCORRECT_TYPE in claim.kind:
            found.setdefault(claim, set()).add(name_put_type(case))
    return found


def test_of_wrong_types_all_telling_ones_are_tried(kept: list[Any]) -> None:
    """A string for a number is not the same mistake as null: all are tried at a place, one where it comes again."""
    every, chosen = find_wrong_types(generate(None)), find_wrong_types(kept)
    first: dict[tuple[Any, ...], Claim] = {}
    for claim, types in every.items():
        telling = types & set(TELLING)
        same_place = (claim.kind, claim.place[1:] or claim.place)
        if first.setdefault(same_place, claim) == claim and telling:
            assert chosen[claim] == telling
        assert not telling or chosen.get(claim, telling) & telling
    assert {"string", "null"} in chosen.values()
    assert {"number", "null"} in chosen.values()


def test_a_forbidden_property_is_one_claim_whatever_its_value(kept: list[Any]) -> None:
    kinds = Counter(describe_claim(case) for case in kept if "forbidden" in describe_claim(case).kind)
    assert set(kinds.values()) <= {1}

"""A quick check leaves cases out, and no claim: an operation, a place and a kind of deviation."""

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


def test_each_claim_is_kept_with_fewer_cases(kept: list[Any]) -> None:
    """Of a contract's claims none is lost, though many of its cases are."""
    every = generate(None)
    assert {describe_claim(case) for case in kept} == {describe_claim(case) for case in every}
    assert len(kept) < len(every) * 0.8


def list_tried(cases: list[Any]) -> set[tuple[str, str, str]]:
    """What schemathesis itself says that cases try: operation, keyword of the schema, and kind of deviation."""
    found = {
        (case.operation.label, case.meta.phase.data.location or "", case.meta.phase.data.scenario) for case in cases
    }
    return {tried for tried in found if tried[1].startswith("/") and not tried[1].endswith("/not")}


def test_each_keyword_of_each_schema_is_tried(kept: list[Any]) -> None:
    """By the words of schemathesis, so not by those in which the choice is made."""
    assert list_tried(kept) == list_tried(generate(None))


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
    """A string for a number is not the same mistake as null: all are tried at a place, and one where it comes again."""
    every, chosen = find_wrong_types(generate(None)), find_wrong_types(kept)
    first: dict[tuple[Any, ...], Claim] = {}
    for claim, types in every.items():
        telling = types & set(TELLING)
        same_place = (claim.kind, claim.place[1:] or claim.place)
        if first.setdefault(same_place, claim) == claim and telling:
            assert chosen[claim] == telling
        assert chosen[claim] & telling or not telling
    assert {"string", "null"} in chosen.values()
    assert {"number", "null"} in chosen.values()


def test_a_forbidden_property_is_one_claim_whatever_its_value(kept: list[Any]) -> None:
    kinds = Counter(describe_claim(case) for case in kept if "forbidden" in describe_claim(case).kind)
    assert set(kinds.values()) <= {1}

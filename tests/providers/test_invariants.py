"""Every provider's invariants hold over its fixtures and after calls; a wrong record breaks the one that is meant."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.kit.invariants import REFERENCES_HOLD
from paysandbox.kit.provider import Invariant
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import State
from tests.helpers.parameter_ids import LONGEST, shorten
from tests.helpers.wrong_records import Calls, InvariantCases, WrongRecord, find_broken

# Found, not listed: a further provider changes no file.
ALL: Final[tuple[InvariantCases, ...]] = tuple(
    import_module(f"tests.providers.{path.parent.name}.invariant_cases").CASES
    for path in sorted(Path(__file__).parent.glob("*/invariant_cases.py"))
)
PROVIDERS: Final = tuple(cases.provider for cases in ALL)

WRONG: Final = tuple(
    pytest.param(cases.provider, wrong, id=f"{cases.provider} {wrong.invariant} {number}")
    for cases in ALL
    for number, wrong in enumerate(cases.wrong, start=1)
)
CALLS: Final = tuple(
    pytest.param(cases, calls, id=f"{cases.provider} {shorten(name, LONGEST)}")
    for cases in ALL
    for name, calls in cases.calls.items()
)
EMPTIED: Final = tuple(
    pytest.param(cases, table, expected, id=f"{cases.provider} {table}")
    for cases in ALL
    for table, expected in cases.emptied.items()
)


def get_invariants(runtime: Runtime, provider: str) -> tuple[Invariant, ...]:
    """The invariants that the provider declares."""
    return runtime.services[provider].provider.invariants


def get_state(runtime: Runtime, provider: str) -> State:
    """The provider's state in the default namespace."""
    return runtime.namespaces.get("default").state(provider)


def check(runtime: Runtime, provider: str) -> dict[str, list[str]]:
    """The places where each invariant of the provider does not hold, by its id."""
    return find_broken(get_invariants(runtime, provider), get_state(runtime, provider))


def test_every_provider_has_cases(base_runtime: Runtime) -> None:
    """So that a provider's invariants cannot go untested."""
    assert set(PROVIDERS) == {name for name, service in base_runtime.services.items() if service.provider.invariants}


@pytest.mark.parametrize("cases", ALL, ids=PROVIDERS)
def test_every_invariant_has_a_wrong_record(base_runtime: Runtime, cases: InvariantCases) -> None:
    """So that each is seen to notice something."""
    declared = {invariant.id for invariant in get_invariants(base_runtime, cases.provider)}
    assert declared == {wrong.invariant for wrong in cases.wrong}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_invariant_has_its_own_id_and_a_sentence(base_runtime: Runtime, provider: str) -> None:
    invariants = get_invariants(base_runtime, provider)
    assert invariants
    assert len({invariant.id for invariant in invariants}) == len(invariants)
    assert all(invariant.says.endswith(".") for invariant in invariants)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_invariant_holds_over_the_fixtures(runtime: Runtime, provider: str) -> None:
    """Exactly: whatever the totals say has a payment or a document behind it."""
    assert check(runtime, provider) == {}


@pytest.mark.parametrize(("cases", "calls"), CALLS)
def test_every_invariant_holds_after_calls(runtime: Runtime, cases: InvariantCases, calls: Calls) -> None:
    made = 0
    for made, _ in enumerate(calls(cases.make_client(runtime)), start=1):  # noqa: B007 - counted, to see that any was made
        assert check(runtime, cases.provider) == {}
    assert made > 0


@pytest.mark.parametrize(("provider", "wrong"), WRONG)
@pytest.mark.breaks_invariants
def test_a_wrong_record_breaks_one_invariant(runtime: Runtime, provider: str, wrong: WrongRecord) -> None:
    """That one and no other, at the places named: each line says where, what is there and what would be right."""
    wrong.edit(get_state(runtime, provider))
    found = check(runtime, provider)
    assert set(found) == {wrong.invariant, *wrong.others}
    for line, beginning in zip(found[wrong.invariant], wrong.lines, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(("cases", "table", "expected"), EMPTIED)
@pytest.mark.breaks_invariants
def test_an_empty_table_breaks_what_refers_to_it(
    runtime: Runtime, cases: InvariantCases, table: str, expected: set[str]
) -> None:
    """Every invariant can be checked all the same."""
    if cases.prepare is not None:
        cases.prepare(cases.make_client(runtime))
    state = get_state(runtime, cases.provider)
    keys = [state.table_defs()[table].key(record) for record in state.table(table).records()]
    for key in keys:
        state.table(table).delete(key)
    assert keys
    assert check(runtime, cases.provider).keys() == expected


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_invariant_can_be_checked_without_any_record(runtime: Runtime, provider: str) -> None:
    """No deletion makes a check fail; where references are an invariant, that of a referred record breaks it."""
    state = get_state(runtime, provider)
    referred: set[tuple[str, Any]] = set()
    for name, table_def in state.table_defs().items():
        for record in state.table(name).records():
            referred |= {(target, getattr(record, attribute)) for attribute, target in table_def.refers.items()}
    has_references = REFERENCES_HOLD in get_invariants(runtime, provider)
    for name, table_def in state.table_defs().items():
        for record in list(state.table(name).records()):
            key = table_def.key(record)
            with state.transaction():
                state.table(name).delete(key)
            is_broken = REFERENCES_HOLD.id in check(runtime, provider)
            assert is_broken == (has_references and (name, key) in referred)
            with state.transaction():
                state.table(name).put(record)
    assert check(runtime, provider) == {}

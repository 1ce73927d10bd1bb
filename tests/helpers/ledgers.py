"""State machines that compare a provider, after any sequence of calls, with a model that shares no code with it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from paysandbox.kit.runtime import Runtime
from paysandbox.store.tables import Table
from tests.helpers.runtimes import broken_invariants, fresh_runtime

MOST_RUNS: Final = 6  # until all kinds of calls were drawn
_MOST_KEPT: Final = 50_000  # records that were converted, after which the conversions begin anew


@dataclass(slots=True)
class Played:
    """What a run has made: sequences, steps after which all was compared, and calls by kind and result."""

    sequences: int = 0
    steps: int = 0
    calls: Counter[str] = field(default_factory=Counter)


class Dumps:
    """Everything that a provider remembers, like `dump`, for runs that ask after every call.

    Records are frozen, so that each is converted once, and a table that has not changed is the list of before. What is
    returned must not be changed.
    """

    def __init__(self) -> None:
        self._converted: dict[int, tuple[Any, Any]] = {}
        self._tables: dict[str, tuple[dict[Any, Any], list[Any]]] = {}

    def dump(self, runtime: Runtime, provider: str) -> dict[str, Any]:
        """Return the records of each table, and the id counters."""
        if len(self._converted) > _MOST_KEPT:
            self._converted.clear()
        state = runtime.namespaces.get("default").state(provider)
        found: dict[str, Any] = {name: self._list(state.table(name), name) for name in state.table_defs()}
        return found | {"(counters)": state.counters()}

    def _list(self, table: Table[Any], name: str) -> list[Any]:
        own = table._own  # noqa: SLF001 - to see at once that no record has changed
        before = self._tables.get(name)
        if before is None or not _is_same(before[0], own):
            # The records are kept, too, so that no other one comes to have the id of one of them.
            before = self._tables[name] = (dict(own), [self._convert(record) for record in table.records()])
        return before[1]

    def _convert(self, record: Any) -> Any:
        found = self._converted.get(id(record))
        if found is None:
            found = self._converted[id(record)] = (record, msgspec.to_builtins(record))
        return found[1]


def _is_same(before: dict[Any, Any], after: dict[Any, Any]) -> bool:
    """Whether two overlays have the very same records in the same order."""
    return len(before) == len(after) and all(
        old == new and before[old] is after[new] for old, new in zip(before, after, strict=True)
    )


class LedgerMachine(RuleBasedStateMachine):
    """A fresh sandbox for each sequence of steps. `play` sets the class variables."""

    provider: ClassVar[str]
    variants: ClassVar[dict[str, str]] = {}
    phases: ClassVar[tuple[Phase, ...]] = (Phase.generate, Phase.shrink)  # of the tests; long runs do not shrink
    base: ClassVar[Runtime]
    played: ClassVar[Played]
    dumps: ClassVar[Dumps]

    def __init__(self) -> None:
        super().__init__()
        self.runtime = fresh_runtime(self.base, None, **self.variants)
        self.played.sequences += 1
        self._begun = False
        self._sound: Any = None

    def dump(self) -> dict[str, Any]:
        """Return everything that the provider remembers."""
        return self.dumps.dump(self.runtime, self.provider)

    @invariant()
    def count_step(self) -> None:
        """Count the steps; the first check comes before any."""
        self.played.steps += self._begun
        self._begun = True

    @invariant()
    def no_invariant_is_broken(self) -> None:
        """The provider's own invariants hold; they are not asked again while nothing has changed."""
        held = self.dump()
        if held != self._sound:
            assert broken_invariants(self.runtime) == []
            self._sound = held


M = TypeVar("M", bound=LedgerMachine)


def play(
    machine: type[M],
    base: Runtime,
    *,
    sequences: int,
    steps: int,
    number: int | None = None,
    played: Played | None = None,
) -> Played:
    """Play sequences of steps: always the same ones, or those of a number. Count into `played`, and return it.

    Raises:
        AssertionError: the provider and the model differ; the notes of the error are the shortest such sequence.
    """
    played = Played() if played is None else played
    made = type(machine.__name__, (machine,), {"base": base, "played": played, "dumps": Dumps()})
    run_state_machine_as_test(
        made if number is None else seed(number)(made),
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            derandomize=number is None,
            database=None,
            deadline=None,
            phases=machine.phases if number is None else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return played


def play_until(
    has_tried_all: Callable[[Counter[str]], bool], machine: type[M], base: Runtime, *, sequences: int, steps: int
) -> Played:
    """Play sequences of steps until their calls are all that a test wants, in a few runs at most.

    They are drawn by chance, and others are after any change of a constant in the source, so that a rare call is
    missing now and then from a single run.
    """
    played = play(machine, base, sequences=sequences, steps=steps)
    for number in range(MOST_RUNS - 1):
        if has_tried_all(played.calls):
            break
        play(machine, base, sequences=sequences, steps=steps, number=number, played=played)
    return played

"""Choose among the cases at a schema's boundaries: for a quick check, one for each thing that a server can get wrong.

Such a claim is an operation, a place (a parameter, or a property of its body) and a kind of deviation from its schema.
Several cases make the same claim: with other values at the place, or with others around it. Where operations have the
same property with the same constraints, the first one gets all kinds there, and each other one a share, by turns.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from paysandbox.check.own_checks import AnyCase
from paysandbox.core.json_types import name_type

# Each of these is a way in which servers read one type as another.
TELLING: Final = ("string", "number", "null")
SHARE: Final = 4  # one of so many claims is kept where an earlier operation has the same
FORBIDDEN: Final = "forbidden"  # a property that may not be sent, whatever its value


class Claim(NamedTuple):
    """What a case tries: `kind` of deviation at a `place`, in an operation, from what stands at `location`.

    The schema of a place can have several branches, such as the decimals of each currency.
    """

    operation: str
    kind: tuple[object, ...]
    place: tuple[str, ...]
    location: str


class Sampler:
    """Chooses which cases at the boundaries are sent; the same ones at every run."""

    def __init__(self) -> None:
        self._turns: Counter[tuple[object, ...]] = Counter()
        self._shared: Counter[tuple[object, ...]] = Counter()

    def choose(self, cases: Iterable[AnyCase]) -> list[AnyCase]:
        """The cases of one operation to send, at least one of each claim that is chosen, in the same order."""
        found = list(cases)
        claims: dict[Claim, list[AnyCase]] = {}
        for case in found:
            claims.setdefault(describe_claim(case), []).append(case)
        chosen = self._choose_claims(claims)
        kept = {id(case) for claim in chosen for case in self._choose_alike(claim, claims[claim])}
        return [case for case in found if id(case) in kept]

    def _choose_claims(self, claims: Collection[Claim]) -> Iterator[Claim]:
        """All claims about a property or parameter that is new; some, by turns, where an earlier operation has it."""
        parts: dict[tuple[tuple[str, ...], object], list[Claim]] = {}
        envelope = _find_envelope(claims)
        for claim in claims:
            if claim.place == ("",):  # such as an unknown method
                yield claim
            else:
                parts.setdefault((claim.place, None if claim.location else claim.kind[:3]), []).append(claim)
        for (place, _), several in parts.items():
            inner = place[2:] if place[1:2] == envelope else place
            outer = f"/properties/{envelope[0]}" if envelope else ""
            part = (inner, frozenset((claim.kind, claim.location.removeprefix(outer)) for claim in several))
            turn = self._shared[part]
            self._shared[part] += 1
            if not turn:
                yield from several
                continue
            for mode in GenerationMode:
                alike = [claim for claim in several if claim.kind[0] is mode]
                if alike:
                    yield from alike[turn % SHARE :: SHARE] or [alike[turn % len(alike)]]

    def _choose_alike(self, claim: Claim, alike: list[AnyCase]) -> list[AnyCase]:
        """One of the cases of a claim, in turn where operations share a place; of wrong types all, the first time."""
        place = (claim.kind, claim.place[1:] or claim.place)  # without the name around the body, which may differ
        turn = self._turns[place]
        self._turns[place] += 1
        if CoverageScenario.INCORRECT_TYPE in claim.kind:
            types = {name_put_type(case): case for case in reversed(alike)}
            telling = [types[name] for name in TELLING if name in types]
            if telling and not turn:
                return telling
            alike = telling or alike
        return [alike[turn % len(alike)]]


def describe_claim(case: AnyCase) -> Claim:
    """What a case at a boundary tries."""
    meta = case.meta  # once, because each look hashes the whole case, to see whether it has changed
    assert meta is not None
    data, mode = meta.phase.data, meta.generation.mode
    assert isinstance(data, CoveragePhaseData)
    location = data.location or ""
    steps = tuple(_read_steps(location))
    what: object = data.scenario
    detail: object = location.rpartition("/")[2] if steps else location or data.description
    if location.endswith("/not") and mode.is_negative:
        what = FORBIDDEN
    elif data.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        detail = case.method
    kind = (mode, what, data.parameter_location, detail)
    return Claim(case.operation.label, kind, (data.parameter or "", *steps), location if steps else "")


def _find_envelope(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The name of the one property around a whole body, which differs where bodies are the same; empty if none is."""
    names = {claim.place[1:2] for claim in claims if claim.location and claim.place[1:]}
    return names.pop() if len(names) == 1 else ()


def _read_steps(location: str) -> Iterator[str]:
    """The way to a value that a schema's location is about: property names, and `*` for the items of an array."""
    steps = iter(location.split("/")[1:])
    for step in steps:
        if step == "properties":
            yield next(steps, "").replace("~1", "/").replace("~0", "~")
        elif step == "items":
            yield "*"


def name_put_type(case: AnyCase) -> str:
    """The JSON type of what a case puts at the place that it is about; empty where it puts several."""
    meta = case.meta
    assert meta is not None
    location = getattr(meta.phase.data, "location", None) or ""
    put = {name_type(value, whole=False) for value in _find_values(case.body, list(_read_steps(location)))}
    return put.pop() if len(put) == 1 else ""


def _find_values(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
    elif steps[0] == "*":
        for item in value if isinstance(value, list) else []:
            yield from _find_values(item, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _find_values(value[steps[0]], steps[1:])

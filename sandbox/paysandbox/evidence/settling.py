"""What a replay settles: rules that the contract only assumes, and variants of behaviour that no schema shows.

What the vendor refused and the sandbox takes is too lenient if the recording itself made the record, so that its state
is known. What a rule refuses as the vendor did is no longer unclear. A rule is confirmed if it refuses what the vendor
refused with the same status, and consistent if a call that passes through it is answered as the vendor answered,
amounts included. It is contradicted if it refuses what the vendor took, or if it is the only assumed one where an
amount differs. A choice of a variant is confirmed if replies would differ under each other one, and named if fewer
would.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from paysandbox.contract.provenance import ASSUMED
from paysandbox.contract.variants import Variant
from paysandbox.coverage.units import Unit
from paysandbox.evidence.callers import call_in_memory
from paysandbox.evidence.comparing import Mismatch
from paysandbox.evidence.drift import read_traffic
from paysandbox.evidence.replaying import Result, replay_traffic
from paysandbox.judging.differences import (
    CONFIRMED,
    CONSISTENT,
    CONTRADICTED,
    REALITY,
    SHOWN,
    TOO_LENIENT,
    UNCLEAR,
    Difference,
    Drift,
    add_up,
)
from paysandbox.judging.traffic import Addressed
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.files import RecordingFile

MOST: Final = 2000  # exchanges that are replayed
MOST_VARIED: Final = 200  # exchanges of a provider that are replayed under each choice of a variant
_REFUSED: Final = 400
_REFUSALS: Final = (400, 406, 415, 422)


def settle_by_replay(
    drift: Drift, paths: Sequence[Path | RecordingFile], runtime: Runtime, provider: str | None = None
) -> None:
    """Replay the files in memory, and add to the drift what that settles.

    Raises:
        UnreadableRecording: a file is missing, or is no recording.
    """
    traffic = list(islice(read_traffic(paths, runtime, provider, Drift(())), MOST + 1))
    if len(traffic) > MOST:
        drift.notices.append(f"rules are settled by the first {MOST} exchanges")
    traffic = traffic[:MOST]
    call = call_in_memory(runtime)
    results = replay_traffic(traffic, runtime, call, Counter())
    units = {
        name: {unit.id: unit for unit in runtime.services[name].coverage.units if unit.kind == "rule"}
        for name in {result.provider for result in results}
    }
    settled = [one for result in results for one in _settle(result, units[result.provider])]
    lenient = [_make_lenient(result) for result in results if _is_lenient(result)]
    explained = {result.place for result in results if _is_lenient(result) or _is_refused_alike(result)}
    others = [left for one in drift.differences if (left := _leave_unclear(one, explained)) is not None]
    drift.differences = add_up([*others, *settled, *lenient])
    chosen = list(_settle_variants(traffic, runtime, results, drift))  # names choices in the drift too
    drift.differences = [replace(one, places=one.places[:SHOWN]) for one in add_up([*drift.differences, *chosen])]


def _leave_unclear(one: Difference, explained: Collection[str]) -> Difference | None:
    """A difference without the exchanges that were unclear by the request alone, and which the replay explains."""
    if one.verdict != UNCLEAR or one.about != "request":
        return one
    places = tuple(place for place in one.places if place not in explained)
    return replace(one, places=places, count=len(places)) if places else None


def _is_refused_alike(result: Result) -> bool:
    """Whether a rule refuses what the vendor refused, with the same reply, so that the state shows why."""
    is_compared = result.skipped is None and result.mismatch is None
    return is_compared and result.refused_by is not None and (result.recorded or 0) >= _REFUSED


def _is_lenient(result: Result) -> bool:
    """Whether the vendor refused the request alone, of a record that the recording made, and the sandbox took it."""
    return result.is_known and result.recorded in _REFUSALS and result.status is not None and result.status < _REFUSED


def _make_lenient(result: Result) -> Difference:
    return Difference(
        verdict=TOO_LENIENT,
        provider=result.provider,
        operation=result.operation,
        about="request",
        where=str(result.recorded),
        message=f"the vendor refused with {result.recorded} what the sandbox takes; the recording made the record",
        provenance=REALITY,
        places=(result.place,),
    )


def _settle(result: Result, units: dict[str, Unit]) -> Iterator[Difference]:
    if result.skipped is not None:
        return
    passed = [units[name] for rule in result.rules if (name := f"{result.operation} rule {rule}") in units]
    assumed = [unit for unit in passed if unit.provenance == ASSUMED]
    mismatch = result.mismatch
    if mismatch is None:
        for unit in assumed:
            if result.refused_by is not None and unit.id.endswith(f" rule {result.refused_by}"):
                yield _make(result, unit, CONFIRMED, "the vendor refuses with the same status what this rule refuses")
            elif result.refused_by is None and _is_carried_out(result):
                yield _make(result, unit, CONSISTENT, "the sandbox answers as the vendor")
    else:
        yield from _contradict(result, mismatch, passed, assumed)


def _contradict(
    result: Result, mismatch: Mismatch, passed: Sequence[Unit], assumed: Sequence[Unit]
) -> Iterator[Difference]:
    if mismatch.kind == "status" and result.refused_by is not None:
        for unit in passed:
            if unit.id.endswith(f" rule {result.refused_by}"):
                yield _make(result, unit, CONTRADICTED, mismatch.message)
    elif mismatch.kind == "amount":
        message = f"{mismatch.pointer}: {mismatch.message}"
        for unit in assumed:
            yield _make(result, unit, CONTRADICTED if len(assumed) == 1 else UNCLEAR, message)


def _is_carried_out(result: Result) -> bool:
    return result.is_made and result.status is not None and result.status < _REFUSED


def _make(result: Result, unit: Unit, verdict: str, message: str) -> Difference:
    return Difference(
        verdict=verdict,
        provider=result.provider,
        operation=result.operation,
        about="rule",
        where=unit.id.rpartition(" ")[2],
        message=message,
        provenance=unit.provenance,
        says=unit.says,
        source=unit.source,
        unit=unit.id,
        places=(result.place,),
    )


def _settle_variants(
    traffic: Sequence[Addressed], runtime: Runtime, results: Sequence[Result], drift: Drift
) -> Iterator[Difference]:
    """Replay under each choice of a variant.

    A choice that fits better than the one in force is added to `drift.variants`. The choice in force is yielded as
    confirmed if each other one fits worse. A contradicted rule has the choice under which it is none.
    """
    call = call_in_memory(runtime)
    for name in dict.fromkeys(result.provider for result in results):
        service = runtime.services[name]
        own = [addressed for addressed in traffic if addressed.provider == name][:MOST_VARIED]
        places = {str(addressed.exchange.place) for addressed in own}
        before = _find_differing([result for result in results if result.provider == name]) & places
        for variant in service.base_contract.variants.values():
            chosen = service.variants.get(variant.name, variant.default)
            shown: list[set[str]] = []  # the replies that differ only under each other choice
            for choice in variant.choices.keys() - {chosen}:
                others = replay_traffic(own, runtime, call, Counter(), {name: {variant.name: choice}})
                left = _find_differing(others)
                key = f"{name}: {variant.name}={choice}"
                if left < before:
                    drift.variants.setdefault(key, len(before - left))
                    _explain_rules(drift, name, f"{variant.name}={choice}", before - left)
                shown.append(left - before)
            if all(shown) and variant.choices[chosen].provenance == ASSUMED:
                seen = sorted(set().union(*shown), key=_sort_key)
                yield _confirm_choice(name, variant, chosen, seen)


def _explain_rules(drift: Drift, provider: str, choice: str, places: set[str]) -> None:
    """Name the choice at rules that were contradicted only because the replies differ without it."""
    drift.differences = [
        replace(one, variant=choice)
        if (one.provider, one.verdict, one.about, one.variant) == (provider, CONTRADICTED, "rule", None)
        and places.issuperset(one.places)
        else one
        for one in drift.differences
    ]


def _find_differing(results: Sequence[Result]) -> set[str]:
    return {result.place for result in results if result.mismatch is not None}


def _sort_key(place: str) -> tuple[str, int]:
    file, _, number = place.rpartition("#")
    return file, int(number)


def _confirm_choice(provider: str, variant: Variant, chosen: str, places: Sequence[str]) -> Difference:
    choice = variant.choices[chosen]
    return Difference(
        verdict=CONFIRMED,
        provider=provider,
        operation="all",
        about="variant",
        where=f"{variant.name}={chosen}",
        message="replies would differ under each other choice",
        provenance=choice.provenance,
        says=choice.says,
        source=None if choice.source is None else str(choice.source),
        places=tuple(places[:SHOWN]),
        count=len(places),
    )

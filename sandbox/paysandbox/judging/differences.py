"""What a recording says of a contract: the verdicts, added up by what they are about."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from paysandbox.contract.provenance import ASSUMED

TOO_STRICT: Final = "too strict"  # the contract refuses what the vendor took
TOO_LENIENT: Final = "too lenient"  # the contract allows what the vendor refused
UNDOCUMENTED: Final = "undocumented"  # the vendor answered what the contract lacks
CONTRADICTED: Final = "contradicted"  # the vendor did something else than the contract says
CONFIRMED: Final = "confirmed"  # the vendor did what the contract assumes, and something else would have shown
CONSISTENT: Final = "consistent"  # the vendor's reply agrees, but might without the assumption too
UNCLEAR: Final = "unclear"  # the vendor refused, and the request alone does not show why
VERDICTS: Final = (CONTRADICTED, TOO_STRICT, TOO_LENIENT, UNDOCUMENTED, UNCLEAR, CONFIRMED, CONSISTENT)
DIFFERENT: Final = (CONTRADICTED, TOO_STRICT, TOO_LENIENT, UNDOCUMENTED)
REALITY: Final = "reality"  # the provenance of what the contract says nothing of
SHOWN: Final = 3  # places that a report names for each difference

_INDEX: Final = re.compile(r"/\d+(?=/|$)")


class Difference(Struct, frozen=True):
    """One thing that a recording says of a contract.

    `about` is a property, a type, an enum value, a status, a header, a media type, a bound, a default, a rule; `where`
    a JSON pointer with `*` for indexes, `?name`, `#name`, or a status. `unit` is the id of the coverage unit, if it is
    one. `variant` is a choice of a variant under which there is no difference. `places` are the first exchanges that
    show it, `count` all of them.
    """

    verdict: str
    provider: str
    operation: str
    about: str
    where: str
    message: str
    provenance: str
    says: str | None = None
    source: str | None = None
    unit: str | None = None
    value: Any = None
    variant: str | None = None
    places: tuple[str, ...] = ()
    count: int = 1

    @property
    def id(self) -> str:
        """What a baseline knows it by: the same in each run over the same traffic."""
        return f"{self.provider} {self.operation} {self.verdict} {self.about} {self.where}"

    @property
    def is_question(self) -> bool:
        """Whether the contract only assumes what the vendor contradicts."""
        return self.provenance == ASSUMED and self.verdict in DIFFERENT


class Drift(Struct):
    """All that recordings say of the contracts.

    `exchanges` counts those judged by provider, `ignored` the others by reason, `operations` the judged ones by
    provider and operation. `variants` are choices that explain differences, with their number. `known` differences are
    in the baseline. `latest` is the day of the latest exchange, UTC; None if none has a time.
    """

    files: tuple[str, ...]
    exchanges: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    variants: Counter[str] = field(default_factory=Counter)
    known: list[Difference] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    latest: date | None = None

    @property
    def exit_code(self) -> int:
        """1 if reality differs from what is documented or observed, 0 else. What was assumed is a question."""
        return int(any(one.verdict in DIFFERENT and not one.is_question for one in self.differences))

    def select(self, verdict: str) -> list[Difference]:
        return [difference for difference in self.differences if difference.verdict == verdict]


def add_up(differences: Iterable[Difference]) -> list[Difference]:
    """Join what is said more than once, in the order of verdicts; a unit both confirmed and contradicted stays both.

    What is unclear keeps all its places, because a replay may make some of them plain.
    """
    found: dict[str, Difference] = {}
    for one in differences:
        before = found.get(one.id)
        if before is None:
            found[one.id] = one
        else:
            places = (*before.places, *one.places)[: None if one.verdict == UNCLEAR else SHOWN]
            variant = before.variant if before.variant == one.variant else None
            found[one.id] = replace(before, places=places, count=before.count + one.count, variant=variant)
    order = {verdict: number for number, verdict in enumerate(VERDICTS)}
    return sorted(found.values(), key=lambda one: (one.provider, order[one.verdict]))


def generalize(pointer: str) -> str:
    """A pointer that is the same for all items of an array."""
    return _INDEX.sub("/*", pointer)


def set_baseline(drift: Drift, known: frozenset[str]) -> None:
    """Move what the baseline knows out of the differences."""
    drift.known = [one for one in drift.differences if one.id in known]
    drift.differences = [one for one in drift.differences if one.id not in known]


def render_json(drift: Drift) -> dict[str, Any]:
    """The report as JSON; as a file it is a baseline too."""
    return {
        "files": list(drift.files),
        "exchanges": dict(drift.exchanges),
        "ignored": dict(drift.ignored),
        "notices": drift.notices,
        "variants": dict(drift.variants),
        "verdicts": {verdict: len(drift.select(verdict)) for verdict in VERDICTS},
        "known": len(drift.known),
        "exit_code": drift.exit_code,
        "differences": [{"id": one.id, **msgspec.to_builtins(one)} for one in (*drift.differences, *drift.known)],
    }

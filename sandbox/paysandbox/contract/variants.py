"""Variants: where the evidence on an API differs, a contract names choices and patches for each."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.sources import HOUSE_DECISION, Evidence, Sources

# Every API has this one, because vendors do not say what happens to properties that they do not document.
UNKNOWN_MEMBERS: Final = "unknown_members"
IGNORE: Final = "ignore"
_UNKNOWN_MEMBERS: Final[dict[str, Any]] = {
    "says": "How unknown properties and query parameters of a request are treated.",
    "choices": {
        "refuse": {
            "says": "The request is refused, so that a misspelt name is noticed.",
            "provenance": "assumed",
            "source": HOUSE_DECISION,
        },
        IGNORE: {
            "says": "They are ignored, as many servers do.",
            "provenance": "assumed",
            "source": HOUSE_DECISION,
        },
    },
}

_HOUSE: Final = Sources(
    {"x-sources": {HOUSE_DECISION: {"title": "house decision", "kind": HOUSE_DECISION, "retrieved": "2026-11-22"}}}
)


def write_choice(value: Any) -> str | None:
    """Return a choice as contracts write it: the number 201 is `"201"`, the boolean false is `"false"`.

    None for what is not a string, number or boolean, and so no choice of any variant.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else str(value)
    return str(value) if isinstance(value, int) else value if isinstance(value, str) else None


class Choice(Struct, frozen=True):
    """One choice of a variant: its sentence, provenance and evidence, and the merge patch of the contract."""

    says: str
    provenance: str
    source: Evidence | None
    patch: Mapping[str, Any]


class Variant(Struct, frozen=True):
    """A variant of an API and its choices. The first choice is the default."""

    name: str
    says: str
    choices: Mapping[str, Choice]

    @property
    def default(self) -> str:
        return next(iter(self.choices))


def read_variants(document: Mapping[str, Any], sources: Sources) -> dict[str, Variant]:
    """The variants of a contract by name; `unknown_members`, which every contract has, is the last."""
    found = {
        name: Variant(name, written["says"], dict(_read_choices(written, sources)))
        for name, written in document.get("x-variants", {}).items()
    }
    common = Variant(UNKNOWN_MEMBERS, _UNKNOWN_MEMBERS["says"], dict(_read_choices(_UNKNOWN_MEMBERS, _HOUSE)))
    return {**found, UNKNOWN_MEMBERS: common}


def _read_choices(written: Mapping[str, Any], sources: Sources) -> Iterator[tuple[str, Choice]]:
    for name, choice in written["choices"].items():
        evidence = sources.find_evidence(choice["source"])
        yield name, Choice(choice["says"], choice["provenance"], evidence, choice.get("patch", {}))


def apply_patch(value: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396) to a value; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else {}
    for name, below in patch.items():
        if below is None:
            found.pop(name, None)
        else:
            found[name] = apply_patch(found.get(name), below)
    return found

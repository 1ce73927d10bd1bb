"""Where an API may be meant in several ways: the choices that a contract names, and the contract under each of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.sources import HOUSE_DECISION, Evidence, Sources

# Every API has this one: the vendors say nothing of members that they do not document, and clients may send some.
UNKNOWN_MEMBERS: Final = "unknown_members"
IGNORE: Final = "ignore"
_UNKNOWN_MEMBERS: Final[dict[str, Any]] = {
    "says": "What becomes of members of a request that the contract does not name.",
    "choices": {
        "refuse": {
            "says": "The request is refused, so that a misspelt member is seen.",
            "provenance": "assumed",
            "source": HOUSE_DECISION,
        },
        IGNORE: {
            "says": "They are passed over, as many servers do.",
            "provenance": "assumed",
            "source": HOUSE_DECISION,
        },
    },
}

_HOUSE: Final = Sources(
    {"x-sources": {HOUSE_DECISION: {"title": "house decision", "kind": HOUSE_DECISION, "retrieved": "2026-11-22"}}}
)


class Choice(Struct, frozen=True):
    """One way of a variant: what it says, who vouches for it and where, and how the contract differs then."""

    says: str
    provenance: str
    source: Evidence | None
    patch: Mapping[str, Any]


class Variant(Struct, frozen=True):
    """What may be chosen of an API. The first choice is the one that is made where nobody chooses."""

    name: str
    says: str
    choices: Mapping[str, Choice]

    @property
    def default(self) -> str:
        """The choice where nobody chooses."""
        return next(iter(self.choices))


def read_variants(document: Mapping[str, Any], sources: Sources) -> dict[str, Variant]:
    """The variants of a contract by name, the one that every contract has being the last."""
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
    """A JSON value with a merge patch applied (RFC 7396); neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else {}
    for name, below in patch.items():
        if below is None:
            found.pop(name, None)
        else:
            found[name] = apply_patch(found.get(name), below)
    return found

"""Where an API may be meant in several ways: the choices that a contract names, and the contract under each of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

# Every API has this one: the vendors say nothing of members that they do not document, and clients may send some.
UNKNOWN_MEMBERS: Final = "unknown_members"
IGNORE: Final = "ignore"
_UNKNOWN_MEMBERS: Final = {
    "says": "What becomes of members of a request that the contract does not name.",
    "choices": {
        "refuse": {
            "says": "The request is refused, so that a misspelt member is seen.",
            "provenance": "assumed",
            "source": "house decision",
        },
        IGNORE: {
            "says": "They are passed over, as many servers do.",
            "provenance": "assumed",
            "source": "house decision",
        },
    },
}


class Choice(Struct, frozen=True):
    """One way of a variant: what it says, who vouches for it and where, and how the contract differs then."""

    says: str
    provenance: str
    source: str
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


def variants_of(document: Mapping[str, Any]) -> dict[str, Variant]:
    """The variants of a contract by name, the one that every contract has being the last."""
    written = {**document.get("x-variants", {}), UNKNOWN_MEMBERS: _UNKNOWN_MEMBERS}
    return {name: Variant(name, one["says"], dict(_choices(one))) for name, one in written.items()}


def _choices(written: Mapping[str, Any]) -> Iterator[tuple[str, Choice]]:
    for name, one in written["choices"].items():
        yield name, Choice(one["says"], one["provenance"], one["source"], one.get("patch", {}))


def merged(value: Any, patch: Any) -> Any:
    """A JSON value with a merge patch applied (RFC 7396); neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else {}
    for name, below in patch.items():
        if below is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), below)
    return found

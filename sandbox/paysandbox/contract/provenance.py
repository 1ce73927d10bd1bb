"""Provenance: how well the evidence for a part of a contract is, inherited from the outside in. Its one home."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from paysandbox.contract.sources import Evidence, Sources

GRADES: Final = ("documented", "observed", "assumed")
ASSUMED: Final = "assumed"
ASSUMED_KEYWORDS: Final = "x-assumed"
# What a place of a document says about its evidence; the nearest one counts.
ABOUT: Final = ("x-provenance", "x-source", "description")


class Provenance(NamedTuple):
    """The grade of a part of a contract (empty where nothing states one), its evidence, and the contract's sentence."""

    provenance: str
    source: Evidence | None
    says: str | None

    def within(self, node: Any, sources: Sources) -> "Provenance":
        """The provenance of what stands in a node: what the node states itself goes before what is around it.

        A node that states its own evidence has no sentence of others, because that evidence is not of the sentence.
        """
        if not isinstance(node, Mapping):
            return self
        own = sources.find_evidence(node.get("x-source"))
        return Provenance(
            node.get("x-provenance", self.provenance),
            self.source if own is None else own,
            node.get("description", None if own is not None or "x-provenance" in node else self.says),
        )

    def along(self, path: Iterable[Any], sources: Sources) -> "Provenance":
        """The provenance at the end of a path of nodes, from the outside in."""
        found = self
        for node in path:
            found = found.within(node, sources)
        return found

    def or_stronger(self, other: "Provenance | None") -> "Provenance":
        """The one with the better grade; of equals the other, which was there before. No grade is the worst."""
        if other is None or _rank(self.provenance) < _rank(other.provenance):
            return self
        return other


def _rank(grade: str) -> int:
    return GRADES.index(grade) if grade else len(GRADES)


UNSTATED: Final = Provenance("", None, None)


def assumes(node: Any, keyword: str) -> bool:
    """Whether a schema says that one of its keywords is our own assumption, whatever the source documents beside it."""
    return isinstance(node, Mapping) and keyword in node.get(ASSUMED_KEYWORDS, ())

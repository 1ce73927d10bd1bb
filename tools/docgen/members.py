"""The members of a contract's bodies as rows of tables, each with who vouches for it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from paysandbox.contract.document import METHODS
from paysandbox.contract.provenance import ASSUMED_KEYWORDS, GRADES
from paysandbox.contract.sources import Evidence, Sources
from tools.docgen.kinds import Kinds, has_members

_COMPOSED: Final = ("allOf", "oneOf", "anyOf")


class Row(NamedTuple):
    """One member: its path in the body, such as `lines[].amount`, and what the contract says of it."""

    path: str
    kind: str
    required: bool
    default: Any
    says: str
    grades: frozenset[str]
    source: Evidence | None
    assumed: tuple[str, ...]


class Vouchers(NamedTuple):
    """The grades that a place has by its uses, and the source that it inherits."""

    grades: frozenset[str]
    source: Evidence | None

    def within(self, node: Mapping[str, Any], sources: Sources) -> "Vouchers":
        """What a node says of itself is the nearest."""
        own, source = node.get("x-provenance"), sources.find_evidence(node.get("x-source"))
        return Vouchers(self.grades if own is None else frozenset([own]), source or self.source)


class Members:
    """Lists the members of one contract.

    `named` has the schemas that are used under a name, in the order of their first use, with the grades that their
    members inherit from all who use them.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.kinds = Kinds(document)
        self.named: dict[str, Vouchers] = {}
        self._document = document
        for body, vouchers in bodies(document, self.kinds):
            self._use(body, vouchers, ())

    def rows(self, schema: Any, vouchers: Vouchers, prefix: str = "") -> Iterator[Row]:
        """The members of a schema, those of unnamed objects within it included, but not those of named ones."""
        schema = self.kinds.follow(schema)
        vouchers = vouchers.within(schema, self.kinds.sources)
        for part in schema.get("allOf", []):
            if has_members(self.kinds.follow(part)):
                yield from self.rows(part, vouchers, prefix)
        for name, below in schema.get("properties", {}).items():
            yield from self._member(f"{prefix}{name}", below, vouchers, required=name in schema.get("required", ()))

    def schema(self, name: str) -> dict[str, Any]:
        """A named schema."""
        found: dict[str, Any] = self._document["components"]["schemas"][name]
        return found

    def _member(self, path: str, written: Any, vouchers: Vouchers, *, required: bool) -> Iterator[Row]:
        schema = self.kinds.follow(written)
        if not isinstance(schema, dict):
            yield Row(path, self.kinds.kind(schema), required, None, "", vouchers.grades, None, ())
            return
        own = vouchers.within(schema, self.kinds.sources)
        default = schema.get("default")
        says = schema.get("description", "")
        source = self.kinds.sources.find_evidence(schema.get("x-source"))
        assumed = tuple(schema.get(ASSUMED_KEYWORDS, ()))
        yield Row(path, self.kinds.kind(written), required, default, says, own.grades, source, assumed)
        if self.kinds.name(written) is not None:
            return
        if "properties" in schema:
            yield from self.rows(schema, own, f"{path}.")
        items = schema.get("items")
        if isinstance(items, dict) and "properties" in items:
            yield from self.rows(items, own, f"{path}[].")

    def _use(self, written: Any, vouchers: Vouchers, within: tuple[str, ...]) -> None:
        """Note every named schema below a use, with the grades it inherits there."""
        name = self.kinds.name(written)
        schema = self.kinds.follow(written)
        if not isinstance(schema, dict) or (name is not None and name in within):
            return
        if name is not None:
            before = self.named.get(name, Vouchers(frozenset(), vouchers.source))
            self.named[name] = Vouchers(
                before.grades | vouchers.within(written, self.kinds.sources).grades, before.source
            )
            within = (*within, name)
        vouchers = vouchers.within(schema, self.kinds.sources)
        for below in schema.get("properties", {}).values():
            self._use(below, vouchers, within)
        for part in [schema.get("items"), *(part for keyword in _COMPOSED for part in schema.get(keyword, []))]:
            self._use(part, vouchers, within)


def bodies(document: Mapping[str, Any], kinds: Kinds) -> Iterator[tuple[Any, Vouchers]]:
    """The schemas of all requests and replies, in the contract's order, and who vouches for each use."""
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                operation = item[method]
                own = Vouchers(frozenset(), None).within(operation, kinds.sources)
                parts = [operation["requestBody"]] if "requestBody" in operation else []
                for part in [*parts, *operation["responses"].values()]:
                    written = kinds.follow(part)
                    for content in written.get("content", {}).values():
                        yield content["schema"], own.within(written, kinds.sources)


def told(grades: frozenset[str]) -> str:
    """The grades in words, the best first."""
    return " or ".join(grade for grade in GRADES if grade in grades)

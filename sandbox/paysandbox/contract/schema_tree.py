"""The places of a value that a contract's schema speaks of, with who vouches for what it says there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from paysandbox.contract.provenance import GRADES
from paysandbox.contract.validators import Schemas, unescaped

_ABOUT: Final = ("x-provenance", "x-source", "description")
_COMPOSED: Final = ("allOf", "oneOf", "anyOf", "then", "else")

Path = tuple[str, ...]


class Provenance(NamedTuple):
    """Who vouches for a part of a contract, where, and in which words."""

    provenance: str
    source: str | None
    says: str | None

    def within(self, node: Mapping[str, Any]) -> "Provenance":
        """The voucher of what stands in a node: its own marks are the nearest."""
        return Provenance(*(node.get(name, mark) for name, mark in zip(_ABOUT, self, strict=True)))

    def or_stronger(self, other: "Provenance | None") -> "Provenance":
        """The one that is worth more; of equals the other, which was there before."""
        if other is None or GRADES.index(self.provenance) < GRADES.index(other.provenance):
            return self
        return other


class SchemaNode:
    """A place in a value, all branches of its schema together.

    `choices` are the values of its enums, `fixed` those of its constants, `default` vouches for its default.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.choices: dict[Any, Provenance] = {}
        self.fixed: dict[Any, Provenance] = {}
        self.default: Provenance | None = None
        self.members: dict[str, SchemaNode] = {}
        self.items: SchemaNode | None = None
        self._schemas = schemas

    def read(self, written: Any, voucher: Provenance, within: frozenset[int] = frozenset()) -> "SchemaNode":
        """Add what a schema says of this place; a schema that contains itself is read once."""
        if not isinstance(written, dict) or id(written) in within:
            return self
        within |= {id(written)}
        if "$ref" in written:
            target = self._schemas.at(unescaped(written["$ref"]))
            if id(target) not in within:
                # What stands beside a reference says more of this use than the common schema behind it.
                beside = {name: written[name] for name in _ABOUT if name in written}
                self.read({**target, **beside}, voucher, within | {id(target)})
        voucher = voucher.within(written)
        self._add_values(written, voucher)
        for keyword in _COMPOSED:
            parts = written.get(keyword, [])
            for part in parts if isinstance(parts, list) else [parts]:
                self.read(part, voucher, within)
        for name, member in written.get("properties", {}).items():
            # What describes the object does not describe a member.
            self.members.setdefault(name, SchemaNode(self._schemas)).read(member, voucher._replace(says=None), within)
        if "items" in written:
            self.items = (self.items or SchemaNode(self._schemas)).read(written["items"], voucher, within)
        return self

    def limited(self, path: Path = ()) -> Iterator[tuple[Path, dict[Any, Provenance]]]:
        """Where this place and the members below it are limited to some values, and to which."""
        if self.choices or self.fixed:
            yield path, self.choices | self.fixed
        for name, member in self.members.items():
            yield from member.limited((*path, name))

    def _add_values(self, schema: Mapping[str, Any], voucher: Provenance) -> None:
        constants = [schema["const"]] if "const" in schema else []
        for values, kept in ((schema.get("enum", []), self.choices), (constants, self.fixed)):
            for value in values:
                if value is not None and not isinstance(value, (dict, list)):
                    kept[value] = voucher.or_stronger(kept.get(value))
        if "default" in schema:
            self.default = voucher.or_stronger(self.default)

"""The places of a value that a contract's schema describes, each with its provenance."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.contract.provenance import ABOUT, Provenance
from paysandbox.contract.validators import Schemas, split_reference

_COMPOSED: Final = ("allOf", "oneOf", "anyOf", "then", "else")

Path = tuple[str, ...]


class SchemaNode:
    """A place in a value; all branches of its schema are read into it.

    `choices` are the values of its enums, `fixed` those of its constants, `default` is the provenance of its default.
    A property is read-only if every branch that declares it says so.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.choices: dict[Any, Provenance] = {}
        self.fixed: dict[Any, Provenance] = {}
        self.default: Provenance | None = None
        self.members: dict[str, SchemaNode] = {}
        self.items: SchemaNode | None = None
        self.is_read_only = False
        self._schemas = schemas

    def read(self, written: Any, around: Provenance, within: frozenset[int] = frozenset()) -> "SchemaNode":
        """Add what a schema says about this place; a schema that contains itself is read once."""
        if not isinstance(written, dict) or id(written) in within:
            return self
        within |= {id(written)}
        if "$ref" in written:
            target = self._schemas.at(split_reference(written["$ref"]))
            if id(target) not in within:
                # What stands beside a reference says more of this use than the common schema behind it.
                beside = {name: written[name] for name in ABOUT if name in written}
                self.read({**target, **beside}, around, within | {id(target)})
        around = around.within(written, self._schemas.sources)
        self._add_values(written, around)
        for keyword in _COMPOSED:
            parts = written.get(keyword, [])
            for part in parts if isinstance(parts, list) else [parts]:
                self.read(part, around, within)
        for name, member in written.get("properties", {}).items():
            is_read_only = self._schemas.is_read_only(member)
            if name in self.members:
                is_read_only = is_read_only and self.members[name].is_read_only
            node = self.members.setdefault(name, SchemaNode(self._schemas))
            node.is_read_only = is_read_only
            # The description of the object is not that of a property.
            node.read(member, around._replace(says=None), within)
        if "items" in written:
            self.items = (self.items or SchemaNode(self._schemas)).read(written["items"], around, within)
        return self

    def limited(self, path: Path = ()) -> Iterator[tuple[Path, dict[Any, Provenance]]]:
        """The paths of this place and of the properties below it that allow some values only, with those values."""
        if self.choices or self.fixed:
            yield path, self.choices | self.fixed
        for name, member in self.members.items():
            yield from member.limited((*path, name))

    def _add_values(self, schema: Mapping[str, Any], around: Provenance) -> None:
        constants = [schema["const"]] if "const" in schema else []
        for values, kept in ((schema.get("enum", []), self.choices), (constants, self.fixed)):
            for value in values:
                if value is not None and not isinstance(value, (dict, list)):
                    kept[value] = around.or_stronger(kept.get(value))
        if "default" in schema:
            self.default = around.or_stronger(self.default)

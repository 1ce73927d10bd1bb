"""Tell which properties of a record two replies of a contract share: the one to the call that made it, and a read's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED

GRADE: Final = "x-provenance"
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_BRANCHES: Final = ("then", "else")
Schema = Mapping[str, Any]
Pair = tuple[list[Schema], list[Schema]]  # the schemas of the same place in either reply


class SharedProperty(NamedTuple):
    """A place of a reply that the schemas of both replies have, but not one with an object or array.

    `has_one_schema`: the same schema describes it in both, so it has the same value. `is_assumed`: the contract only
    assumes that one of the replies has it.
    """

    pointer: str
    has_one_schema: bool
    is_assumed: bool


class SharedProperties:
    """Compares the schemas of a reply to one operation with those of a successful read."""

    def __init__(self, subject: Subject, made: tuple[Operation, int], read: tuple[Operation, int]) -> None:
        self._subject = subject
        self._schemas: Pair = (self._list_schemas(*made), self._list_schemas(*read))

    def find(self, value: Any) -> Iterator[SharedProperty]:
        """The shared properties that the first reply has. What is `writeOnly` is left out, because no read shows it."""
        return self._walk(value, "", self._schemas)

    def names(self, pointer: str) -> bool:
        """Whether both replies have a property by this name; an object of any names tells nothing."""
        pair = self._schemas
        for name in pointer.split("/")[1:]:
            pair = self._go_below(pair, name, takes_any=False)
        return all(pair)

    def _walk(self, value: Any, pointer: str, pair: Pair) -> Iterator[SharedProperty]:
        made, read = pair
        if not made or not read or any(schema.get("writeOnly") for schema in made + read):
            return
        if isinstance(value, Mapping):
            for name, below in value.items():
                step = str(name).replace("~", "~0").replace("/", "~1")
                yield from self._walk(below, f"{pointer}/{step}", self._go_below(pair, name))
        elif isinstance(value, list):
            for number, below in enumerate(value):
                yield from self._walk(below, f"{pointer}/{number}", (self._find_items(made), self._find_items(read)))
        else:
            yield SharedProperty(pointer, made == read, _is_assumed(made) or _is_assumed(read))

    def _go_below(self, pair: Pair, name: str, *, takes_any: bool = True) -> Pair:
        made, read = (self._find_property(schemas, name, takes_any=takes_any) for schemas in pair)
        return made, read

    def _find_property(self, schemas: Sequence[Schema], name: str, *, takes_any: bool) -> list[Schema]:
        found: list[Schema] = []
        for schema in schemas:
            others = schema.get("additionalProperties") if takes_any else None
            declared = schema.get("properties", {}).get(name, others)
            if isinstance(declared, Mapping):
                found += self._spread([declared], schema)
        return found

    def _find_items(self, schemas: Sequence[Schema]) -> list[Schema]:
        return [found for schema in schemas if "items" in schema for found in self._spread([schema["items"]], schema)]

    def _spread(self, written: Sequence[Any], around: Schema) -> list[Schema]:
        """Schemas with all that they are composed of; each has its grade, or that of the schema around it."""
        found: list[Schema] = []
        for node in written:
            schema = self._subject.follow(node)
            if not isinstance(schema, Mapping):
                continue
            grades = (part[GRADE] for part in (node, schema, around) if GRADE in part)
            graded = {**schema, GRADE: next(grades, "")}
            found.append(graded)
            parts = [part for keyword in _LISTS for part in schema.get(keyword, [])]
            parts += [schema[keyword] for keyword in _BRANCHES if keyword in schema]
            found += self._spread(parts, graded)
        return found

    def _list_schemas(self, operation: Operation, status: int) -> list[Schema]:
        written = self._subject.operation_object(operation)["responses"].get(str(status), {})
        contents = self._subject.follow(written).get("content", {}).values()
        return self._spread([media["schema"] for media in contents if "schema" in media], {GRADE: ""})


def _is_assumed(schemas: Sequence[Schema]) -> bool:
    """Whether the schemas of a place that say how well it is known all say that it is assumed."""
    return {schema[GRADE] for schema in schemas} - {""} == {ASSUMED}

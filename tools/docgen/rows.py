"""The view of a contract as rows of Markdown tables: the properties of a body, each with its value in a few words."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from paysandbox.contract.provenance import GRADES
from paysandbox.contract.sources import Evidence, Source
from paysandbox.contract.validators import Schemas
from paysandbox.web.console.contract_view.reference import Reference
from paysandbox.web.console.contract_view.values import ALSO, FORM, ITEM, OTHERS, Anchors, Tree, Value
from tools.docgen.markdown import code, escape, make_anchor

_MANY: Final = 24  # values of an enumeration that are listed
_LONG: Final = 60  # characters of a pattern, which an example replaces
_AS_CODE: Final = frozenset(["pattern", "names of properties:"])


class Row(NamedTuple):
    """A property: its path in the body, such as `lines[].amount`, and what the contract says about it."""

    path: str
    value: str
    required: bool
    says: str
    evidence: str


class Schema(NamedTuple):
    """A component with properties: what it is, its limits as a sentence, and its rows."""

    name: str
    says: str
    limits: str
    rows: list[Row]


def list_schemas(reference: Reference, schemas: Schemas) -> Iterator[Schema]:
    """Yield every component that bodies refer to, in the order of first use, with the grades of all its uses."""
    waiting = [body.value for entry in reference.entries for body in entry.list_bodies()]
    uses: dict[str, dict[str, Value]] = {}
    while waiting:
        value = waiting.pop(0)
        if value.schema and value.provenance not in uses.setdefault(value.schema, {}):
            written = {"$ref": f"#/components/schemas/{value.schema}"}
            uses[value.schema][value.provenance] = Tree(schemas, Anchors()).read_body("", written, value.provenance)
        waiting[:0] = value.inside
    for name, by_grade in uses.items():
        first = next(iter(by_grade.values()))
        limits = "; ".join(_describe_limits(first))
        says = first.says or ""
        yield Schema(name, says, f"{limits[0].upper()}{limits[1:]}." if limits else "", merge_rows(by_grade.values()))


def merge_rows(values: Iterable[Value]) -> list[Row]:
    """List the rows of one schema as its uses have them; where their provenance differs, all grades are named."""
    found: dict[str, tuple[Value, set[str]]] = {}
    for value in values:
        for path, part in _walk(value, ""):
            found.setdefault(path, (part, set()))[1].add(part.provenance)
    return [
        Row(
            path=path,
            value=describe_value(part) + (f"; default {code(part.default)}" if part.default is not None else ""),
            required=part.required,
            says=part.says or "",
            evidence=cite(_join_grades(part, grades), part.source, part.assumed),
        )
        for path, (part, grades) in found.items()
    ]


def describe_value(value: Value) -> str:
    """Describe what a value may be: `string, length 1 to 100`, `array of Debt`, `A or B`."""
    # The limits of a component stand in its own section.
    return ", ".join([_describe_type(value), *(() if value.schema else _describe_limits(value))])


def cite(grade: str, source: Evidence | None, assumed: tuple[str, ...] = ()) -> str:
    """Name a provenance, the places in its sources, and the keywords that are assumed nevertheless."""
    places = (
        ""
        if source is None
        else "; ".join(
            link_source(citation.source) + (f": {escape(citation.place)}" if citation.place else "")
            for citation in source.citations
        )
    )
    return (
        grade + (f" ({places})" if places else "") + (f"; assumed: {', '.join(map(code, assumed))}" if assumed else "")
    )


def cite_value(value: Value) -> str:
    """Name the provenance of a value, and that of its schema where it differs."""
    return cite(_join_grades(value, {value.provenance}), value.source, value.assumed)


def link_source(source: Source) -> str:
    """Name a source, with a link to its page where one is known."""
    return escape(source.title) if source.url is None else f"[{escape(source.title)}]({source.url})"


def _join_grades(value: Value, grades: set[str]) -> str:
    joined = " or ".join(grade for grade in GRADES if grade in grades)
    return joined if value.value_provenance in grades else f"{joined}, its value {value.value_provenance}"


def _walk(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    """Yield the properties below a value with their paths; those of a named schema stand in its own section."""
    for part in value.inside:
        if part.kind == ITEM:
            yield from () if part.schema else _walk(part, f"{path}[]")
        elif part.kind == OTHERS:
            yield f"{path}.*" if path else "*", part
            yield from () if part.schema else _walk(part, f"{path}.*" if path else "*")
        elif part.kind in {FORM, ALSO}:
            yield from () if part.schema else _walk(part, path)
        else:
            below = f"{path}.{part.name}" if path else part.name
            yield below, part
            yield from () if part.schema else _walk(part, below)


def _describe_type(value: Value) -> str:
    null = " or null" if "null" in value.types.split(" or ") else ""
    if value.schema:
        return f"[{value.schema}](#{make_anchor(f'Schema {value.schema}')}){null}"
    if value.values:
        return _describe_values(value.values, has_null=bool(null))
    items = [part for part in value.inside if part.kind == ITEM]
    if items:
        return f"array of {describe_value(items[0])}{null}"
    together = [describe_value(part) for part in value.inside if part.kind == ALSO and part.schema]
    forms = [describe_value(part) for part in value.inside if part.kind == FORM]
    if together:
        return " and ".join(together) + null
    return " or ".join(dict.fromkeys(forms)) if forms else value.types


def _describe_values(values: tuple[str, ...], *, has_null: bool) -> str:
    quoted = [text if has_null and text == "null" else code(text or '""') for text in values]
    if len(values) > _MANY:
        return f"one of {len(values)} values: {', '.join(quoted[:3])} … {quoted[-1]}"
    *before, last = quoted
    return f"{', '.join(before)} or {last}" if before else f"always {last}"


def _describe_limits(value: Value) -> Iterator[str]:
    for word, limit in value.limits:
        if word == "pattern" and len(limit) > _LONG and value.example is not None:
            yield f"like {code(value.example)}"
        else:
            yield f"{word} {code(limit) if word in _AS_CODE else escape(limit)}"

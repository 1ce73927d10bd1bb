"""The contracts as a second reader has them: own YAML, own routing, Python's jsonschema; nothing of the server's.

The server reads, routes and judges by code of its own and by jsonschema-rs. Whatever both say is said twice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import jsonschema
import yaml
from jsonschema.protocols import Validator
from msgspec import Struct
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SCHEMAS: Final = Path(__file__).parents[3] / "schemas"
# Enough digits for a remainder of the longest number that the sandbox reads.
EXACT: Final = Context(prec=800)
SchemaNode = tuple[str | int, ...]
CONTROL: Final = "control"

_METHODS: Final = ("get", "put", "post", "patch", "delete")
_ROOT: Final = "urn:judged"
_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_END: Final = re.compile(r"(?<!\\)\$")
_MOMENT: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>-[0-9]{2}-[0-9]{2})T(?P<hour>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?:\.[0-9]+)?(?P<zone>Z|[+-][0-9]{2}:[0-5][0-9])"
)


class Judged(Struct, frozen=True):
    """One operation as the document has it. `place` is where it stands; `parameters` say where theirs do."""

    id: str
    method: str
    pattern: re.Pattern[str]
    place: SchemaNode
    written: Mapping[str, Any]
    parameters: Sequence[tuple[SchemaNode, Mapping[str, Any]]]


class Document:
    """One contract, read from its file, under choices of its variants."""

    def __init__(self, name: str, choices: Iterable[tuple[str, str]] = ()) -> None:
        self._document = yaml.load((SCHEMAS / name / "openapi.yaml").read_text(), _Loader)  # noqa: S506 - no objects
        self.is_lenient = False
        for variant, choice in choices:
            if variant == "unknown_members":  # of every contract, and written in none
                self.is_lenient = choice == "ignore"
            else:
                written = self._document["x-variants"][variant]["choices"][choice]
                self._document = _merged(self._document, written.get("patch", {}))
        self._registry = Registry().with_resource(_ROOT, DRAFT202012.create_resource(self._document))
        self._validators: dict[tuple[SchemaNode, bool], Validator] = {}
        self._is_control = name == CONTROL
        self.refuses_unknown_parameters = not self.is_lenient
        base = self._document["servers"][0]["url"].partition("://")[2].partition("/")[2].rstrip("/")
        self.operations = sorted(
            self._operations(f"/{base}" if base else ""), key=lambda one: str(one.place).count("{")
        )

    def methods(self, path: str) -> dict[str, Judged]:
        """The operations on a path below the provider's root, by method; HEAD is where GET is."""
        found = [one for one in self.operations if one.pattern.fullmatch(path)]
        if not found and path.endswith("/") and not self._is_control:
            found = [one for one in self.operations if one.pattern.fullmatch(path[:-1])]
        on_it = {one.method: one for one in found if one.pattern == found[0].pattern}
        return on_it | ({"HEAD": on_it["GET"]} if "GET" in on_it else {})

    def credential_name(self, operation: Judged) -> str | None:
        """The name of the query parameter that carries the credential of an operation."""
        for needed in operation.written.get("security", self._document.get("security", [])):
            for name in needed:
                scheme = self._document["components"]["securitySchemes"][name]
                return scheme["name"] if scheme.get("in") == "query" else None
        return None

    def followed(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(_steps(node["$ref"]))
        return node

    def at(self, place: SchemaNode) -> Any:
        """The part at a place, references on the way followed."""
        node: Any = self._document
        for step in place:
            node = self.followed(node)[step]
        return node

    def is_valid(self, place: SchemaNode, value: Any, *, lenient: bool = False) -> bool:
        """Whether the schema at a place takes the value; numbers with a fraction are Decimal.

        A `lenient` schema takes properties that it does not name.
        """
        if (place, lenient) not in self._validators:
            pointer = "".join(
                "/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in self._resolved(place)
            )
            self._validators[place, lenient] = (_Lenient if lenient else _Exact)(
                {"$ref": f"{_ROOT}#{pointer}"}, registry=self._registry, format_checker=_FORMATS
            )
        with localcontext(EXACT):
            return self._validators[place, lenient].is_valid(value)

    def takes(self, place: SchemaNode, text: str) -> bool:
        """Whether the parameter at a place takes a text as it stands in path, query or header."""
        return self.is_valid((*place, "schema"), self._typed(self.at((*place, "schema")), text))

    def takes_all(self, place: SchemaNode, texts: Sequence[str]) -> bool:
        """Whether the query parameter at a place, an array, takes these texts together."""
        items = self.followed(self.at((*place, "schema"))).get("items", {})
        return self.is_valid((*place, "schema"), [self._typed(items, text) for text in texts])

    def takes_keys(self, place: SchemaNode, texts: Mapping[str, str]) -> bool:
        """Whether the query parameter at a place, a deepObject, takes these texts under these keys."""
        schema = self.followed(self.at((*place, "schema")))
        known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
        value = {key: self._typed(known.get(key, other), text) for key, text in texts.items()}
        return self.is_valid((*place, "schema"), value, lenient=self.is_lenient)

    def without_read_only(self, schema: Any, value: Any) -> Any:
        """A value without the properties that every branch declaring them calls readOnly."""
        branches = list(self._branches(schema))
        if isinstance(value, list):
            items = [branch["items"] for branch in branches if "items" in branch]
            return [self.without_read_only({"allOf": items} if items else {}, one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {}
        for name, inner in value.items():
            declared = [branch["properties"][name] for branch in branches if name in branch.get("properties", {})]
            if not declared or not all(self._is_read_only(one) for one in declared):
                found[name] = self.without_read_only({"allOf": declared} if declared else {}, inner)
        return found

    def _is_read_only(self, written: Any) -> bool:
        nodes = (written, self.followed(written))
        return any(isinstance(one, dict) and one.get("readOnly", False) for one in nodes)

    def _branches(self, schema: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(schema, dict):
            return
        yield schema
        if "$ref" in schema:
            yield from self._branches(self.followed(schema))
        for keyword in ("allOf", "anyOf", "oneOf"):
            for one in schema.get(keyword, []):
                yield from self._branches(one)
        for keyword in ("then", "else"):
            yield from self._branches(schema.get(keyword))

    def _typed(self, schema: Any, text: str) -> Any:
        schema = self.followed(schema)
        types = schema.get("type", []) if isinstance(schema, dict) else []
        types = [types] if isinstance(types, str) else types
        if "integer" in types and _INTEGER.fullmatch(text) and len(text) <= 300:
            return int(text)
        if "boolean" in types and text in {"true", "false"}:
            return text == "true"
        return text

    def path_is_valid(self, operation: Judged, path: str) -> bool:
        """Whether each variable of a path (percent-encoded) can be what it stands for."""
        found = operation.pattern.fullmatch(path) or operation.pattern.fullmatch(path.removesuffix("/"))
        assert found is not None, "the path has been routed to this operation"
        texts = dict(zip(_VARIABLE.findall(str(operation.place[1])), found.groups(), strict=True))
        return all(
            self.takes(place, unquote(texts[one["name"]], errors="replace"))
            for place, one in operation.parameters
            if one["in"] == "path"
        )

    def _operations(self, base: str) -> Iterator[Judged]:
        for template, item in self._document["paths"].items():
            parts = _VARIABLE.split(base + template)
            pattern = "".join("([^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
            shared = [("paths", template, "parameters", number) for number in range(len(item.get("parameters", [])))]
            for method in _METHODS:
                if method in item:
                    place: SchemaNode = ("paths", template, method)
                    own = [(*place, "parameters", number) for number in range(len(item[method].get("parameters", [])))]
                    yield Judged(
                        id=item[method]["operationId"],
                        method=method.upper(),
                        pattern=re.compile(pattern),
                        place=place,
                        written=item[method],
                        parameters=[(at, self.followed(self.at(at))) for at in [*shared, *own]],
                    )

    def _resolved(self, place: SchemaNode) -> SchemaNode:
        """The same place, references on the way followed, as a JSON pointer cannot pass through them."""
        node: Any = self._document
        found: SchemaNode = ()
        for step in place:
            while isinstance(node, dict) and "$ref" in node:
                found = self._resolved(_steps(node["$ref"]))
                node = self.at(found)
            found, node = (*found, step), node[step]
        return found


@cache
def document(name: str, choices: tuple[tuple[str, str], ...] = ()) -> Document:
    return Document(name, choices)


def _merged(value: Any, patch: Any) -> Any:
    """A value after a JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    value = value if isinstance(value, dict) else {}
    kept = {name: inner for name, inner in value.items() if name not in patch}
    return kept | {name: _merged(value.get(name), inner) for name, inner in patch.items() if inner is not None}


def _steps(reference: str) -> SchemaNode:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


class _Loader(yaml.SafeLoader):
    """YAML with exact numbers, dates as the texts that they are, and texts for the names of members."""

    yaml_implicit_resolvers: Final = {  # type: ignore[misc] # the parent has it as a variable
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as inherited
        found = super().construct_mapping(node, deep)
        return {str(name) if isinstance(name, int) else name: value for name, value in found.items()}


def _exact(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


_Loader.add_constructor("tag:yaml.org,2002:float", _exact)


def _ecma_pattern(validator: Validator, pattern: str, value: Any, _: Any) -> Iterator[jsonschema.ValidationError]:
    """`pattern` in the ECMA reading, where `$` does not match before a newline at the end, as Python's does."""
    if validator.is_type(value, "string") and not re.search(_END.sub(r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


_FORMATS: Final = jsonschema.FormatChecker()


@_FORMATS.checks("date-time")
def _is_moment(value: Any) -> bool:
    """RFC 3339 by the standard library: its form first, then a calendar, which lacks leap seconds and the year 0."""
    if not isinstance(value, str):
        return True
    found = _MOMENT.fullmatch(value.upper())
    if found is None or found["hour"] >= "24":  # which newer Pythons take for the next day
        return False
    leaps = found["second"] == "60"
    year, second = found["year"].replace("0000", "0400"), "59" if leaps else found["second"]
    try:
        moment = datetime.fromisoformat(f"{year}{found['month']}T{found['hour']}:{second}{found['zone']}")
        moment = moment.replace(year=2000 + moment.year % 400)  # far from both ends, and leap years stay
    except ValueError:
        return False
    return not leaps or moment.astimezone(UTC).strftime("%H:%M") == "23:59"


def _is_integer(_: Any, value: Any) -> bool:
    """1.0 is an integer to JSON Schema, and so it is as a Decimal."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


_Exact: Final[type[Validator]] = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # untyped there
    jsonschema.Draft202012Validator,
    {"pattern": _ecma_pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def _passing_over_unknown(keyword: str) -> Any:
    """The keyword, but for `false`, under which unknown properties would be refused."""
    strict = _Exact.VALIDATORS[keyword]
    return lambda validator, allowed, *rest: () if allowed is False else strict(validator, allowed, *rest)


_Lenient: Final[type[Validator]] = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # untyped there
    _Exact, {name: _passing_over_unknown(name) for name in ("additionalProperties", "unevaluatedProperties")}
)

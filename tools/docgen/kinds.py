"""What a JSON Schema allows, in a few words: `string, at most 35 characters`, `number, 0 to 100`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.core.exact_json import write_json
from tools.docgen.markdown import anchor, code

_MANY: Final = 24
_LONG: Final = 60
_ANYTHING: Final = "anything"
_SCHEMA: Final = "Schema "
_TEXTS: Final = {
    "format": "a {}",
    "minProperties": "at least {} members",
    "maxProperties": "at most {} members",
    "multipleOf": "in steps of {}",
}
_RANGES: Final = (("minLength", "maxLength", " character{}"), ("minItems", "maxItems", " item{}"))


class Kinds:
    """Describes the schemas of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = Schemas(document)
        self.sources = self._schemas.sources

    def follow(self, schema: Any) -> Any:
        """A schema with what it refers to; what stands beside a reference says more of this use."""
        if isinstance(schema, dict) and "$ref" in schema:
            beside = {name: value for name, value in schema.items() if name != "$ref"}
            target = self.follow(self._schemas.at(split_reference(schema["$ref"])))
            return {**target, **beside} if isinstance(target, dict) else target
        return schema

    def name(self, schema: Any) -> str | None:
        """The name under which the members of a schema are listed; None if it is not a named one with members."""
        if not isinstance(schema, dict) or "$ref" not in schema:
            return None
        *place, name = split_reference(schema["$ref"])
        target = self._schemas.at(split_reference(schema["$ref"]))
        return str(name) if place == ["components", "schemas"] and has_members(target) else None

    def kind(self, schema: Any) -> str:
        """What a value may be."""
        name = self.name(schema)
        if name is not None:
            null = " or null" if "null" in _types(self.follow(schema)) else ""
            return link(name) + null
        schema = self.follow(schema)
        if not isinstance(schema, dict):
            return _ANYTHING if schema else "nothing"
        return ", ".join(filter(None, [self._main(schema), *_limits(schema), *self._composed(schema)])) or _ANYTHING

    def constraints(self, schema: Mapping[str, Any]) -> str:
        """What is asked of an object beside its members, as a sentence; empty if nothing is."""
        said = "; ".join(filter(None, [*_limits(schema), *self._composed(schema)]))
        return f"{said[0].upper()}{said[1:]}." if said else ""

    def _main(self, schema: Mapping[str, Any]) -> str:
        if "const" in schema:
            return f"always {_value(schema['const'])}"
        if "enum" in schema:
            return _choices(schema["enum"])
        types = [one for one in _types(schema) if one != "null"]
        if types == ["array"]:
            types = [f"list of {self.kind(schema['items'])}" if "items" in schema else "list"]
        return " or ".join([*types, "null"] if "null" in _types(schema) else types)

    def _composed(self, schema: Mapping[str, Any]) -> list[str]:
        found = []
        for keyword, words in (("oneOf", "exactly one of"), ("anyOf", "one of"), ("allOf", "")):
            parts = schema.get(keyword, [])
            said = [one for one in (self._part(part) for part in parts) if one]
            if keyword == "allOf":
                found += said
            elif said:
                joined = " or ".join(said)
                found.append(joined if self._are_kinds(parts) else f"{words}: {joined}")
        if "not" in schema:
            found.append(f"not: {self._part(schema['not'])}")
        if "if" in schema:
            found.append(f"if {self._part(schema['if'])}, then {self._part(schema.get('then', True))}")
            found += [f"else {self._part(schema['else'])}"] if "else" in schema else []
        for name, others in schema.get("dependentRequired", {}).items():
            found.append(f"with {code(name)} also {_names(others)}")
        return found

    def _part(self, part: Any) -> str:
        """A part of a composed schema: what it asks of members, or what kind of value it is."""
        if not isinstance(part, dict) or "$ref" in part:
            return self.kind(part)
        said = []
        if "type" not in part:
            below = {name: kind for name, kind in part.get("properties", {}).items() if kind is not True}
            said += [code(name) for name in part.get("required", ()) if name not in below]
            said += [f"{code(name)} {self.kind(kind)}" for name, kind in below.items()]
        own = self.kind({name: value for name, value in part.items() if name not in {"required", "properties"}})
        return " and ".join([*said, own] if own != _ANYTHING or not said else said)

    def _are_kinds(self, parts: Sequence[Any]) -> bool:
        """Whether branches are whole kinds of values, so that "a or b" says it all."""
        return all(isinstance(self.follow(one), dict) and "type" in self.follow(one) for one in parts)


def has_members(schema: Any) -> bool:
    """Whether a schema names members."""
    return isinstance(schema, dict) and (
        "properties" in schema or any(has_members(part) for part in schema.get("allOf", []))
    )


def heading(name: str) -> str:
    """The heading over the members of a named schema."""
    return f"{_SCHEMA}{name}"


def link(name: str) -> str:
    """A link to them."""
    return f"[{name}](#{anchor(heading(name))})"


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _choices(values: Sequence[Any]) -> str:
    if len(values) > _MANY:
        return f"one of {len(values)} values: {', '.join(map(_value, values[:3]))} … {_value(values[-1])}"
    *before, last = map(_value, values)
    return f"{', '.join(before)} or {last}" if before else f"always {last}"


def _limits(schema: Mapping[str, Any]) -> list[str]:
    """Bounds, lengths, pattern and the like."""
    low, high = schema.get("minimum"), schema.get("maximum")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    found = [_between(low, high, "") if low is not None or high is not None else ""]
    found += [f"above {over}" if over is not None else "", f"below {under}" if under is not None else ""]
    found += [
        _between(schema.get(least), schema.get(most), what)
        for least, most, what in _RANGES
        if least in schema or most in schema
    ]
    for keyword, words in _TEXTS.items():
        if keyword in schema:
            found.append(words.format(schema[keyword]))
    found += [_pattern(schema)] if "pattern" in schema else []
    found += ["each different"] if schema.get("uniqueItems") else []
    if isinstance(schema.get("propertyNames"), dict) and "pattern" in schema["propertyNames"]:
        found.append(f"names of members matching {code(schema['propertyNames']['pattern'])}")
    return [one for one in found if one]


def _pattern(schema: Mapping[str, Any]) -> str:
    """The pattern; of a long one an example says more."""
    pattern = schema["pattern"]
    if len(pattern) <= _LONG:
        return f"matching {code(pattern)}"
    examples = [one for one in schema.get("examples", []) if one is not None]
    return f"of the form of {_value(examples[0])}" if examples else "of a form that the contract says"


def _between(low: Any, high: Any, what: str) -> str:
    what = what.format("" if (low if high is None else high) == 1 else "s")
    if high is None:
        return f"at least {low}{what}"
    if low is None:
        return f"at most {high}{what}"
    return f"{low}{what}" if low == high else f"{low} to {high}{what}"


def _names(names: Sequence[str]) -> str:
    return " and ".join(map(code, names))


def _value(value: Any) -> str:
    return "null" if value is None else code(value if isinstance(value, str) else write_json(value).decode())

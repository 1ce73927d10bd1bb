"""The messages of violations. They never show objects and arrays, because those may hold credentials."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import jsonschema_rs

from paysandbox.contract.near_names import find_near, spell_plainly

SHOWN: Final = 80
CHOICES: Final = 20
LISTED: Final = 12
SUGGESTED: Final = "did you mean"  # in messages that name what is meant

_TYPES: Final = {
    "null": "null",
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "boolean": "a boolean",
    "number": "a number",
    "integer": "an integer",
}
_BOUNDS: Final = {
    "minimum": ("is less than the minimum of", ""),
    "maximum": ("is more than the maximum of", ""),
    "exclusiveMinimum": ("must be more than", ""),
    "exclusiveMaximum": ("must be less than", ""),
    "multipleOf": ("is not a multiple of", ""),
    "minLength": ("is shorter than", " characters"),
    "maxLength": ("is longer than", " characters"),
    "minItems": ("has fewer items than", ""),
    "maxItems": ("has more items than", ""),
    "minProperties": ("has fewer properties than", ""),
    "maxProperties": ("has more properties than", ""),
    "const": ("is not", ""),
}
NAMED: Final = 100  # unknown properties that a message names, because a body of 1 MiB can have 100,000
_MOST_UNKNOWN: Final = 100  # names whose descriptions are remembered, because a client's mistake comes again and again
_FORMS: Final = {
    "date": "; a date is YYYY-MM-DD, of a day that exists, for example '2024-01-31'",
    "date-time": "; a time is RFC 3339 with an offset, for example '2024-01-31T09:00:00Z'",
    "time": "; a time of day is HH:MM:SS with an offset, for example '09:00:00Z'",
    "uuid": ", for example '61c57002-5bec-479e-841f-cf55bddf6766'",
    "uri": ", for example 'https://shop.example/paid'",
    "email": ", for example 'anna@shop.example'",
}
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
# Numbers as people write them, and the marks to leave out; 1,234 is not among them, because it can mean two.
_WRITTEN: Final = (
    (re.compile(r"-?[0-9]+,(?![0-9]{3}$)[0-9]+", re.ASCII), ""),
    (re.compile(r"-?[0-9]{1,3}(?:[. ][0-9]{3})+,[0-9]+", re.ASCII), ". "),
    (re.compile(r"-?[0-9]{1,3}(?:[, ][0-9]{3})+\.[0-9]+", re.ASCII), ", "),
)
_OF_VALUES: Final = frozenset({"enum", "format", "pattern"})  # never about the properties of an object


class SchemaWording:
    """The messages about values that violate one schema. What does not depend on the value is worked out once.

    `follow` returns the schema at the end of a node's references; `known` are the names to offer in place of an unknown
    property.
    """

    def __init__(self, schema: Mapping[str, Any], follow: Callable[[Any], Any], known: Sequence[str] = ()) -> None:
        self._schema = schema
        self._follow = follow
        self._known = known
        self._types: str | None = None
        self._unknown: dict[str, str] = {}

    def describe(self, error: jsonschema_rs.ValidationError, keyword: str) -> str:
        """The message of an error; `keyword` is the one of the schema that is violated."""
        if keyword == "type":  # first, because most errors are of it
            meant = suggest_number(error.instance) if "number" in error.kind.as_dict()["types"] else ""
            return f"{show_value(error.instance)} is not {self._name_types(error)}{meant}"
        if keyword in _BOUNDS:
            verb, unit = _BOUNDS[keyword]
            value = show_value(error.instance)
            if isinstance(error.instance, (dict, list)):
                value = "the object" if isinstance(error.instance, dict) else "the array"
            return "must not be empty" if error.instance == "" else f"{value} {verb} {self._schema[keyword]}{unit}"
        if keyword in _OF_VALUES:
            return self._describe_value(error, keyword)
        return self._describe_properties(error, keyword) or self._describe_value(error, keyword)

    def _name_types(self, error: jsonschema_rs.ValidationError) -> str:
        """The types that the schema asks for, which all errors of this schema have in common."""
        if self._types is None:
            self._types = _join_types(error.kind.as_dict()["types"])
        return self._types

    def _describe_properties(self, error: jsonschema_rs.ValidationError, keyword: str) -> str | None:
        about, value, schema = error.kind.as_dict(), error.instance, self._schema
        match keyword:
            case "required":
                return f"missing property {about['property']!r}"
            case "additionalProperties" | "unevaluatedProperties":
                names = about["unexpected"]
                more = [f"and {len(names) - NAMED:,} more"] if len(names) > NAMED else []
                return "; ".join([*map(self._describe_unknown, names[:NAMED]), *more])
            case "falseSchema":
                where = error.instance_path
                return describe_unknown(str(where[-1]), []) if where else "no property is allowed"
            case "oneOf" if keys := _find_exclusive(schema):
                given = [key for key in keys if _is_given(value.get(key))] if isinstance(value, dict) else []
                if not given:
                    keys = [key for key in keys if key not in schema.get("x-unavailable", ())]
                if len(keys) == 1:
                    return f"missing property {keys[0]!r}"
                if len(given) == 1:  # the errors of its value say what is wrong with it
                    return f"exactly one of {', '.join(keys)} is required, and {given[0]} is not valid"
                which = f"{' and '.join(given)} are given" if given else "none is given"
                return f"exactly one of {', '.join(keys)} is required, but {which}"
            case "anyOf" if choices := _find_choices(schema):
                return f"required: {', or '.join(' and '.join(keys) for keys in choices)}"
            case "not" if len(keys := schema["not"].get("required", ())) > 1:
                return f"{' and '.join(keys)} cannot be given together"
            case _:
                return None

    def _describe_unknown(self, name: str) -> str:
        """Describe an unknown property; the comparison with the known ones takes a third of a refusal."""
        described = self._unknown.get(name)
        if described is None:
            described = describe_unknown(name, self._known, self._find_holders(name))
            if len(self._unknown) < _MOST_UNKNOWN and len(name) <= SHOWN:
                self._unknown[name] = described
        return described

    def _find_holders(self, name: str) -> list[str]:
        """The known properties whose object has a property of this name."""
        return [
            known for known, written in self._schema.get("properties", {}).items() if name in self._list_inner(written)
        ]

    def _list_inner(self, written: Any) -> set[str]:
        schema = self._follow(written)
        branches = [branch for keyword in ("allOf", "anyOf", "oneOf") for branch in schema.get(keyword, ())]
        return {name for node in (schema, *map(self._follow, branches)) for name in node.get("properties", {})}

    def _describe_value(self, error: jsonschema_rs.ValidationError, keyword: str) -> str:
        value = error.instance
        match keyword:
            case "enum":
                return self._describe_choice(value)
            case "format":
                name = self._schema["format"]
                return f"{show_value(value)} is not a valid {name}{self._examples or _FORMS.get(name, '')}"
            case "pattern":
                # Without an example the pattern itself, if a person can read it.
                pattern = self._schema["pattern"]
                form = self._examples or (f", the pattern {pattern}" if len(pattern) <= SHOWN else "")
                return f"{show_value(value)} does not match the expected format{form}"
            case "not":
                return f"{show_value(value)} is not allowed"
            case "anyOf" | "oneOf":
                types = _types_of(error.kind.as_dict()["context"], len(error.instance_path))
                if types is not None:
                    return f"{show_value(value)} is not {_join_types(types)}"
        return f"{show_value(value)} violates the contract's {keyword}"

    @cached_property
    def _examples(self) -> str:
        """The examples of the schema, because several are of different formats that it takes."""
        shown = [show_value(example) for example in self._schema.get("examples", []) if example is not None]
        *others, last = shown or [""]
        return last and f", for example {' or '.join(filter(None, (', '.join(others), last)))}"

    @cached_property
    def _choices(self) -> list[Any]:
        return [choice for choice in self._schema["enum"] if choice is not None and choice != ""]

    @cached_property
    def _listed(self) -> str:
        return ", ".join(map(str, self._choices[:CHOICES])) + (" …" if len(self._choices) > CHOICES else "")

    @cached_property
    def _choices_by_letters(self) -> dict[str, Any]:
        # A dictionary, because a wrong currency is compared with 181 codes; the first of those alike is meant.
        return {spell_plainly(str(choice)): choice for choice in reversed(self._choices)}

    def _describe_choice(self, value: Any) -> str:
        alike = self._choices_by_letters.get(spell_plainly(value)) if isinstance(value, str) else None
        case = " case matters" if alike is not None and str(alike).lower() == value.lower() else ""
        hint = f" (did you mean {alike!r}?{case})" if alike is not None else ""
        return f"{show_value(value)} is not one of {self._listed}{hint}"


def _find_exclusive(schema: Mapping[str, Any]) -> list[str]:
    """Return the properties of which a `oneOf` takes exactly one; a branch without any says that none may do, too."""
    branches = schema["oneOf"]
    if not all(isinstance(branch, dict) and ("required" in branch or "properties" in branch) for branch in branches):
        return []
    return [key for branch in branches for key in branch.get("required", ())]


def _find_choices(schema: Mapping[str, Any]) -> list[list[str]]:
    """Return the sets of properties of which an `anyOf` asks for one; none if it asks for anything else."""
    choices = [branch.get("required") if isinstance(branch, dict) else None for branch in schema["anyOf"]]
    return [keys for keys in choices if keys] if all(choices) else []


def _is_given(value: Any) -> bool:
    """Tell whether a value counts: null, an empty string and an object of such values are often sent for unset keys."""
    return any(map(_is_given, value.values())) if isinstance(value, dict) else value is not None and value != ""


def _join_types(types: Iterable[str]) -> str:
    return " or ".join(_TYPES[name] for name in types if name != "null") or "null"


def show_value(value: Any) -> str:
    """A value for a message: a string in quotes, at most 80 characters of it."""
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return str(value)[:SHOWN]


def suggest_number(value: Any) -> str:
    """Return what a message adds on a text in place of a number: the number that is meant, or how one is written."""
    if not isinstance(value, str) or len(value) > SHOWN:
        return ""
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return f" (did you mean {text}, without quotation marks?)"
    for pattern, left_out in _WRITTEN:
        if pattern.fullmatch(text):
            meant = text.translate(dict.fromkeys(map(ord, left_out))).replace(",", ".")
            return f" (did you mean {meant}?)"
    return "; a number is written like 12.50" if any(map(str.isdecimal, value)) else ""


def _types_of(branches: list[list[jsonschema_rs.ValidationError]], depth: int) -> list[str] | None:
    """The types that the branches ask for, if the type is wrong in each of them."""
    wrong = [
        [error for error in branch if error.kind.name == "type" and not error.instance_path[depth:]]
        for branch in branches
    ]
    if not branches or not all(wrong):
        return None
    return list(dict.fromkeys(name for errors in wrong for error in errors for name in error.kind.as_dict()["types"]))


def describe_unknown(
    name: str, known: Sequence[str], holders: Sequence[str] = (), *, noun: str = "property", most: int = LISTED
) -> str:
    """The message about a name that the contract lacks, with the known one that is meant, or the one that holds it.

    `holders` are the known properties that have a property of this name. If nothing is meant, the message lists names
    with the same beginning, like `date[from]` for `date[start]`; without one, all names if there are at most `most`.
    """
    alike = [other for other in known if spell_plainly(other) == spell_plainly(name)]
    if not alike and len(holders) == 1:
        return f"unknown {noun} {show_value(name)} (put it under {holders[0]!r})"
    if near := alike[:1] or find_near(name, known):
        return f"unknown {noun} {show_value(name)} ({SUGGESTED} {' or '.join(map(repr, near))}?)"
    stem = name.partition("[")[0]
    known = [other for other in known if other.startswith(f"{stem}[")] or known
    listed = f" (known: {', '.join(known)})" if 0 < len(known) <= most else ""
    return f"unknown {noun} {show_value(name)}{listed}"

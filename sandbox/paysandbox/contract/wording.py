"""What breaks a schema, in words. Objects and arrays are never shown: they may hold credentials."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

SHOWN: Final = 80
_SPELLING: Final = dict.fromkeys(map(ord, " \t\n\r_-"))
CHOICES: Final = 20
LISTED: Final = 12

_TYPES: Final = {
    "null": "null",
    "object": "an object",
    "array": "an array",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}
_BOUNDS: Final = {
    "minimum": ("is less than the minimum of", ""),
    "maximum": ("is more than the maximum of", ""),
    "exclusiveMinimum": ("must be more than", ""),
    "exclusiveMaximum": ("must be less than", ""),
    "multipleOf": ("is no multiple of", ""),
    "minLength": ("is shorter than", " characters"),
    "maxLength": ("is longer than", " characters"),
    "minItems": ("has fewer items than", ""),
    "maxItems": ("has more items than", ""),
    "minProperties": ("has fewer members than", ""),
    "maxProperties": ("has more members than", ""),
    "const": ("is not", ""),
}


def describe_error(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> str:
    """What is wrong with the value, given the schema that it breaks."""
    if error.kind.name in _BOUNDS:
        verb, unit = _BOUNDS[error.kind.name]
        value = show_value(error.instance)
        if isinstance(error.instance, (dict, list)):
            value = "the object" if isinstance(error.instance, dict) else "the array"
        return "it is empty" if error.instance == "" else f"{value} {verb} {schema[error.kind.name]}{unit}"
    return _of_members(error, schema) or _of_form(error, schema)


def _of_members(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> str | None:
    """Members that are missing, unknown, or too many."""
    about, value = error.kind.as_dict(), error.instance
    match error.kind.name:
        case "required":
            return f"the member {about['property']!r} is missing"
        case "additionalProperties" | "unevaluatedProperties":
            return " ".join(_unknown(name, list(schema.get("properties", {}))) for name in about["unexpected"])
        case "falseSchema":
            return _unknown(str(error.instance_path[-1]), []) if error.instance_path else "no member is known here."
        case "oneOf" if all(isinstance(one, dict) and "required" in one for one in schema["oneOf"]):
            keys = [key for one in schema["oneOf"] for key in one["required"]]
            given = [key for key in keys if value.get(key) is not None] if isinstance(value, dict) else []
            which = f"{' and '.join(given)} are" if given else "none is"
            return f"exactly one of {', '.join(keys)} must be given; {which}"
        case _:
            return None


def _of_form(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> str:
    """A value that is not of the type, choice or form asked for."""
    about, value = error.kind.as_dict(), error.instance
    match error.kind.name:
        case "type":
            return f"{show_value(value)} is not {_one_of(about['types'])}"
        case "anyOf" | "oneOf" if (types := _types_of(about["context"])) is not None:
            return f"{show_value(value)} is not {_one_of(types)}"
        case "enum":
            return _not_among(value, [one for one in schema["enum"] if one is not None])
        case "format":
            return f"{show_value(value)} is not a {about['format']}"
        case "pattern":
            example = next((one for one in schema.get("examples", []) if one is not None), None)
            return f"{show_value(value)} is not of the form asked for" + (
                "" if example is None else f", like {show_value(example)}"
            )
        case keyword:
            return f"{show_value(value)} breaks the contract's {keyword}"


def _one_of(types: Iterable[str]) -> str:
    return " or ".join(_TYPES[one] for one in types if one != "null") or "null"


def show_value(value: Any) -> str:
    """A value in a message: text in quotes, at most 80 characters of it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return str(value)[:SHOWN]


def _types_of(branches: list[list[jsonschema_rs.ValidationError]]) -> list[str] | None:
    """The types that the branches ask for, if the type is all that is wrong in each of them."""
    errors = [one for branch in branches for one in branch]
    if not errors or any(one.kind.name != "type" for one in errors):
        return None
    return [name for one in errors for name in one.kind.as_dict()["types"]]


def _unknown(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt member asks for it

    alike = [one for one in known if _letters(one) == _letters(name)] or get_close_matches(
        name, known, n=1, cutoff=0.75
    )
    if alike:
        return f"there is no member {show_value(name)} here (did you mean {alike[0]!r}?)."
    listed = f", only {', '.join(known)}" if 0 < len(known) <= LISTED else ""
    return f"there is no member {show_value(name)} here{listed}."


def _not_among(value: Any, allowed: list[Any]) -> str:
    choices = ", ".join(str(one) for one in allowed[:CHOICES]) + (" …" if len(allowed) > CHOICES else "")
    letters = _letters(value) if isinstance(value, str) else None
    alike = [one for one in allowed if _choice_letters(str(one)) == letters] if letters is not None else []
    why = "case matters" if alike and str(alike[0]).lower() == str(value).lower() else "it is spelled so"
    hint = f" (did you mean {alike[0]!r}? {why})" if alike else ""
    return f"{show_value(value)} is not one of {choices}{hint}"


def _letters(text: str) -> str:
    """What is left of a name without case, `_`, `-` and spaces: where spelling conventions differ."""
    return text.translate(_SPELLING).lower()


@lru_cache(maxsize=1024)
def _choice_letters(text: str) -> str:
    """Those of a contract's own text: a currency that is none is held against 181 that are."""
    return _letters(text)

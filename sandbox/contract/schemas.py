"""The JSON Schemas of one contract: each judges values, and says in the vendor's words what a value breaks."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs

from sandbox.problems import Violation

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROOT: Final = "urn:contract"

Pointer = tuple[str | int, ...]


class Schemas:
    """Compiles the schemas of one document, each when it is first needed."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._registry: jsonschema_rs.Registry | None = None

    def judge(self, *steps: str | int) -> "Judge":
        """The judge for the schema at this place of the document."""
        return Judge(self, steps)

    def compile(self, steps: Pointer) -> jsonschema_rs.Validator:
        """A validator for the schema at a place, formats asserted.

        Raises:
            ValueError: no valid JSON Schema there.
        """
        if self._registry is None:
            self._registry = jsonschema_rs.Registry([(_ROOT, self._document)])
        place = "".join("/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in steps)
        return jsonschema_rs.validator_for(
            {"$schema": DRAFT, "$ref": f"{_ROOT}#{place}"},
            registry=self._registry,
            validate_formats=True,
            ignore_unknown_formats=False,
            offline=True,
        )

    def at(self, steps: Sequence[str | int]) -> Any:
        """The part of the document at a place, references on the way and at the end followed."""
        return self._walked(steps)[1]

    def resolved(self, steps: Sequence[str | int]) -> Pointer:
        """Where the part at a place really stands, references on the way followed."""
        return self._walked(steps)[0]

    def followed(self, node: Any) -> Any:
        """The node, or what it refers to."""
        return self.at(unescaped(node["$ref"])) if isinstance(node, dict) and "$ref" in node else node

    def _walked(self, steps: Sequence[str | int]) -> tuple[Pointer, Any]:
        place: Pointer = ()
        node: Any = self._document
        for step in steps:
            place, node = (*place, step), node[step]
            if isinstance(node, dict) and "$ref" in node:
                place, node = self._walked(unescaped(node["$ref"]))
        return place, node


class Judge:
    """One schema at work. `is_valid` is the hot path; `violations` may take its time to explain."""

    __slots__ = ("_place", "_schemas", "is_valid")

    is_valid: Callable[[Any], bool]

    def __init__(self, schemas: Schemas, place: Pointer) -> None:
        self._schemas = schemas
        self._place = place
        self.is_valid = self._first

    def _first(self, value: Any) -> bool:
        """Compile, and from then on answer without this step."""
        self.is_valid = self._schemas.compile(self._place).is_valid
        return self.is_valid(value)

    def violations(self, value: Any, prefix: str = "") -> list[Violation]:
        """Everything that is wrong with the value, in the document's order; `prefix` goes before each JSON pointer."""
        validator = self._schemas.compile(self._place)
        return [self._violation(error, prefix) for error in validator.iter_errors(value)]

    def _violation(self, error: jsonschema_rs.ValidationError, prefix: str) -> Violation:
        about = self._path_to(error)
        keyword = error.kind.name
        pointer = prefix + "".join(
            f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.instance_path
        )
        if any(node.get("format") == "password" for node in about):
            message = "the value (masked) is not of the form asked for"
        else:
            message = _message(error, about[-1])
        return Violation(
            pointer=pointer,
            keyword=keyword,
            message=message,
            says=_nearest(about, "description"),
            source=_nearest(about, "x-source"),
            provenance=_nearest(about, "x-provenance"),
        )

    def _path_to(self, error: jsonschema_rs.ValidationError) -> list[dict[str, Any]]:
        """The schemas passed on the way to the one that the value breaks, from the outside in."""
        node: Any = self._schemas.at(self._place)
        path: list[dict[str, Any]] = []
        for step in error.evaluation_path[1:-1]:  # the first is the reference by which `compile` got here
            if isinstance(node, dict):
                path.append(node)
            node = self._schemas.at(unescaped(node["$ref"])) if step == "$ref" else node[step]
        path.append(node)
        missing = error.kind.as_dict().get("property") if error.kind.name == "required" else None
        if missing in node.get("properties", {}):
            path.append(node["properties"][missing])
        return path


def unescaped(reference: str) -> Pointer:
    """The steps of a reference inside the document: `#/components/schemas/Line` and the like."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


def _nearest(path: Sequence[Mapping[str, Any]], name: str) -> str | None:
    for node in reversed(path):
        if name in node:
            return str(node[name])
    return None


def _message(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> str:
    """What is wrong, in words, where the validator's own message would be a riddle."""
    about = error.kind.as_dict()
    value = error.instance
    match error.kind.name:
        case "required":
            return f"the member {about['property']!r} is missing"
        case "additionalProperties" | "unevaluatedProperties":
            return " ".join(_unknown(name, list(schema.get("properties", {}))) for name in about["unexpected"])
        case "enum":
            return _not_among(value, [one for one in schema["enum"] if one is not None])
        case "pattern":
            example = next((one for one in schema.get("examples", []) if one is not None), None)
            return f"{value!r} is not of the form asked for" + (f", like {example!r}" if example is not None else "")
        case "oneOf" if all(isinstance(one, dict) and set(one) == {"required"} for one in schema["oneOf"]):
            keys = [key for one in schema["oneOf"] for key in one["required"]]
            given = [key for key in keys if key in value] if isinstance(value, dict) else []
            return f"exactly one of {', '.join(keys)} must be given; {', '.join(given) if given else 'none'} is"
        case _:
            return str(error.message)


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"there is no member {name!r} here" + (f" (did you mean {near[0]!r}?)" if near else "") + "."


def _not_among(value: Any, allowed: list[Any]) -> str:
    shown = ", ".join(str(one) for one in allowed[:20]) + (" …" if len(allowed) > 20 else "")  # noqa: PLR2004 - fits a line
    near = [one for one in allowed if isinstance(value, str) and str(one).lower() == value.lower()]
    return f"{value!r} is not one of {shown}" + (f" (did you mean {near[0]!r}? case matters)" if near else "")

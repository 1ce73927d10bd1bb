"""Parameters of an operation: text from the path, the query or a header as a typed and validated value."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.provenance import ASSUMED
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import UNKNOWN_PARAMETER, SchemaValidator
from paysandbox.contract.wording import describe_unknown
from paysandbox.core.problems import Violation

MARKS: Final = {"path": "{%s}", "query": "?%s", "header": "#%s"}
DEEP_OBJECT: Final = "deepObject"
REFUSES_UNKNOWN: Final = "house decision: unknown query parameters are refused"
_GIVEN_ONCE: Final = "house decision: it is given once"
MOST_UNKNOWN: Final = 20  # described one by one; a query can have thousands
_SHOWN: Final = 80
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,299})", re.ASCII)

Types = frozenset[str]
Query = Sequence[tuple[str, str]]


class Parameter(Struct, frozen=True):
    """A declared parameter. `place` is path, query or header; `types` are the JSON types that its schema allows.

    `is_array`: repeated values make a list. `is_deep`: the values of `name[key]` make an object (`style: deepObject`).
    `item_types` are the types of an item, or of a key that is not declared; `key_types` those of the declared keys.
    `may_be_empty`: an empty text counts as not given (`allowEmptyValue`).
    """

    name: str
    place: str
    required: bool
    types: Types
    default: Any
    validator: SchemaValidator
    says: str | None
    source: Evidence | None
    provenance: str | None
    is_array: bool = False
    is_deep: bool = False
    item_types: Types = frozenset()
    key_types: Mapping[str, Types] = {}
    may_be_empty: bool = False

    def collect(self, query: Query) -> list[Any]:
        """The values that a query gives this parameter: texts, or pairs of a key and a text if it is an object."""
        if self.is_deep:
            keys = ((self.find_key(name), value) for name, value in query)
            return [(key, value) for key, value in keys if key is not None]
        return [value for name, value in query if name == self.name]

    def find_key(self, name: str) -> str | None:
        """The key in `name[key]`; None if a name is not of that form."""
        if not name.startswith(f"{self.name}[") or not name.endswith("]"):
            return None
        key = name[len(self.name) + 1 : -1]
        return key if key and "[" not in key and "]" not in key else None

    def read(self, given: Sequence[Any]) -> tuple[Any, list[Violation]]:
        """The typed value (the default, or None, if it was not given) and its violations."""
        if not given:
            return self.default, [self._violation("required", "is required")] if self.required else []
        if self.is_deep:
            return self._read_object(given)
        if self.may_be_empty and "" in given:
            given = [text for text in given if text != ""]
            if not given:
                return self.default, []
        if self.is_array:
            return self._validate([_convert(text, self.item_types) for text in given])
        if len(given) > 1:
            return None, [self._violation("repeated", f"is given {len(given)} times")]
        return self._validate(_convert(given[0], self.types))

    def _read_object(self, given: Sequence[tuple[str, str]]) -> tuple[Any, list[Violation]]:
        value: dict[str, Any] = {}
        repeated: dict[str, None] = {}
        for key, text in given:
            if key in value:
                repeated[key] = None
            value[key] = _convert(text, self.key_types.get(key, self.item_types))
        if repeated:
            key = next(iter(repeated))
            times = sum(1 for other, _ in given if other == key)
            return None, [self._violation("repeated", f"is given {times} times", f"/{key}")]
        return self._validate(value)

    def _validate(self, value: Any) -> tuple[Any, list[Violation]]:
        if self.validator.is_valid(value):
            return value, []
        return value, [self._locate(violation) for violation in self.validator.violations(value)]

    def _violation(self, keyword: str, message: str, pointer: str = "") -> Violation:
        provenance, source = (ASSUMED, _GIVEN_ONCE) if keyword == "repeated" else (None, None)
        return self._locate(
            Violation(pointer=pointer, keyword=keyword, message=message, provenance=provenance, source=source)
        )

    def _locate(self, violation: Violation) -> Violation:
        """A violation of the schema as one of the parameter; what the schema states of its evidence is nearer."""
        source = None if self.source is None else str(self.source)
        is_own = violation.source is None and violation.provenance is None
        said_by = None if is_own else (self.provenance, source)
        key = f"[{violation.pointer[1 : _SHOWN + 1]}]" if self.is_deep and violation.pointer else ""
        return Violation(
            pointer=MARKS[self.place] % self.name + key,
            keyword=violation.keyword,
            message=violation.message,
            says=self.says or violation.says,
            source=source if is_own else violation.source,
            provenance=violation.provenance or self.provenance,
            said_by=said_by if self.says else violation.said_by,
        )


class QueryNames(Struct, frozen=True):
    """The names that the query of an operation may have: `exact` ones, and `objects` with keys in brackets.

    `shown` are the names that a refusal lists and compares with.
    """

    exact: frozenset[str]
    objects: tuple[Parameter, ...]
    shown: tuple[str, ...]

    def find_unknown(self, query: Query) -> list[Violation]:
        """A violation for each name that the contract lacks. Beyond 20 of them only their number is told."""
        exact = self.exact
        unknown = [name for name, _ in query if name not in exact]
        if not unknown:
            return []
        unknown = [name for name in dict.fromkeys(unknown) if all(one.find_key(name) is None for one in self.objects)]
        found = [
            _refuse(name, describe_unknown(name, self.shown, noun="query parameter", most=MOST_UNKNOWN))
            for name in unknown[:MOST_UNKNOWN]
        ]
        if len(unknown) > MOST_UNKNOWN:
            more = len(unknown) - MOST_UNKNOWN
            found.append(_refuse(unknown[MOST_UNKNOWN], f"{more} more unknown query parameters"))
        return found


def read_query_names(parameters: Iterable[Parameter], credential: str | None) -> QueryNames:
    """The names of these parameters' queries, and that of a credential in the query."""
    declared = [parameter for parameter in parameters if parameter.place == "query"]
    objects = tuple(parameter for parameter in declared if parameter.is_deep)
    exact = [parameter.name for parameter in declared if not parameter.is_deep]
    return QueryNames(
        frozenset([*exact, *([] if credential is None else [credential])]),
        objects,
        tuple(name for parameter in declared for name in _list_names(parameter)),
    )


def _list_names(parameter: Parameter) -> Iterator[str]:
    if not parameter.is_deep:
        yield parameter.name
    else:
        yield from (f"{parameter.name}[{key}]" for key in parameter.key_types)
        if not parameter.key_types:
            yield f"{parameter.name}[…]"


def _refuse(name: str, message: str) -> Violation:
    return Violation(f"?{name[:_SHOWN]}", UNKNOWN_PARAMETER, message, source=REFUSES_UNKNOWN, provenance=ASSUMED)


def _convert(text: str, types: Types) -> Any:
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "boolean" in types and text in {"true", "false"}:
        return text == "true"
    return text

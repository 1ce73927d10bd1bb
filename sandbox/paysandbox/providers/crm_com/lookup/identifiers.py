"""Identifiers: objects that name a record by exactly one key, `{"number": "192"}`; in a query `number=192`."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.store.state import Record, Table

R = TypeVar("R", bound=Record)
Identifier = Mapping[str, Any]

_EMPTY: Final = (None, "")

# The keys that identifiers have, in the order in which advice names them.
_KEYS: Final = (
    "id",
    "number",
    "reference_number",
    "back_office_code",
    "alternative_code",
    "code",
    "username",
    "payment_gateway_reference_number",
    "name",
)


def find_record(call: Call, parameter: str, table: Table[R], name: str) -> R:
    """Return the record that the identifier in a parameter names, which the call has in its body or its query.

    `name` says in a refusal what kind of record it is: `payment`.

    Raises:
        NotFound: no record matches.
        NotAllowed: several records match.
    """
    identifier = read_identifier(call.query[parameter]) if call.body is None else call.body[parameter]
    return require_single(find_records(table, identifier), identifier, name, at=locate_parameter(call, parameter))


def find_id(call: Call, parameter: str, table: Table[Any], name: str) -> str | None:
    """Return the id of the record that the identifier in an optional parameter names; None without the parameter.

    Raises:
        NotFound, NotAllowed: as `find_record`.
    """
    given = call.query if call.body is None else call.body
    return None if given.get(parameter) is None else str(find_record(call, parameter, table, name).id)


def locate_parameter(call: Call, parameter: str) -> str:
    """Return the place of a parameter: in the body of a call that writes, in the query of one that reads."""
    return f"?{parameter}" if call.body is None else f"/{parameter}"


def find_records(table: Table[R], identifier: Identifier) -> list[R]:
    """Return all records that an identifier names. Its key is `id` or the name of an index of the table."""
    ((key, value),) = identifier.items()
    if key == "id":
        record = table.get(value)
        return [] if record is None else [record]
    return table.all(key, value)


def require_single(found: list[R], identifier: Identifier, name: str, *, at: str) -> R:
    """Return the only record among those found for an identifier, whose place in the request is `at`.

    Raises:
        NotFound: there is no record.
        NotAllowed: there are several.
    """
    if not found:
        message = f"there is no {name} {describe_identifier(identifier)}"
        raise NotFound(message, rule="unknown-reference-is-refused", at=at)
    if len(found) > 1:
        raise NotAllowed(
            f"there are {len(found)} records for the {name} {describe_identifier(identifier)}; use the "
            f"{' or the '.join(_find_telling_keys(found))} instead",
            rule="ambiguous-reference-is-refused",
            at=at,
        )
    return found[0]


def _find_telling_keys(found: list[R]) -> list[str]:
    """Return the keys whose values tell all these records apart."""
    values = {key: [getattr(record, key, None) for record in found] for key in _KEYS}
    return [key.replace("_", " ") for key, each in values.items() if all(each) and len({*each}) == len(found)]


def drop_empty_keys(parameters: Mapping[str, Any], dropped: set[Any]) -> dict[str, Any]:
    """Return the parameters without identifiers' keys that are null or empty, and without identifiers of such keys.

    Adds the values that were left out, None and `""`, to `dropped`.
    """
    kept = {}
    for name, value in parameters.items():
        inner = _drop_empty_keys(value, dropped) if isinstance(value, dict) else value
        if inner != {}:
            kept[name] = inner
    return kept


def _drop_empty_keys(identifier: Identifier, dropped: set[Any]) -> Identifier:
    kept = drop_empty_keys(identifier, dropped)
    for key in [key for key, value in kept.items() if value in _EMPTY]:
        dropped.add(kept.pop(key))
    return kept


def read_identifier(text: str) -> Identifier:
    """Read an identifier from a query, `number=192`. The value may contain `=`. Source: a public client."""
    key, _, value = text.partition("=")
    return {key: value}


def describe_identifier(identifier: Identifier) -> str:
    """Describe an identifier for a message: `with the number 192`."""
    ((key, value),) = identifier.items()
    if isinstance(value, dict):
        return f"with the {key.removesuffix('_identifier').replace('_', ' ')} {describe_identifier(value)}"
    return f"with the {key.replace('_', ' ')} {value}"

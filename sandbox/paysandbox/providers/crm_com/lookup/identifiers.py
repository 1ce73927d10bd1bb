"""Identifiers: objects that name a record by exactly one key, `{"number": "192"}`; in a query `number=192`."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

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


def find_record(table: Table[R], identifier: Identifier, name: str) -> R:
    """Return the record that an identifier names. `name` says in a refusal what kind of record it is: `payment`.

    Raises:
        NotFound: no record matches.
        NotAllowed: several records match.
    """
    return require_single(find_records(table, identifier), identifier, name)


def find_id(table: Table[Any], identifier: Identifier | None, name: str) -> str | None:
    """Return the id of the record that an optional identifier names; None without an identifier.

    Raises:
        NotFound, NotAllowed: as `find_record`.
    """
    return None if identifier is None else str(find_record(table, identifier, name).id)


def find_packed_id(table: Table[Any], text: str | None, name: str) -> str | None:
    """Return the id of the record that an optional identifier in a query names, `number=192`; None without one.

    Raises:
        NotFound, NotAllowed: as `find_record`.
    """
    return find_id(table, None if text is None else read_identifier(text), name)


def find_records(table: Table[R], identifier: Identifier) -> list[R]:
    """Return all records that an identifier names. Its key is `id` or the name of an index of the table."""
    ((key, value),) = identifier.items()
    if key == "id":
        record = table.get(value)
        return [] if record is None else [record]
    return table.all(key, value)


def require_single(found: list[R], identifier: Identifier, name: str) -> R:
    """Return the only record among those found.

    Raises:
        NotFound: there is no record.
        NotAllowed: there are several.
    """
    if not found:
        raise NotFound(f"there is no {name} {describe_identifier(identifier)}", rule="unknown-reference-is-refused")
    if len(found) > 1:
        raise NotAllowed(
            f"there are {len(found)} records for the {name} {describe_identifier(identifier)}; use the "
            f"{' or the '.join(_find_telling_keys(found))} instead",
            rule="ambiguous-reference-is-refused",
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

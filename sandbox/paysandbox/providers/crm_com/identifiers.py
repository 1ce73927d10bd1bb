"""Identifiers: objects that name one record by exactly one key, `{"number": "192"}`, or in a query `number=192`."""

from collections.abc import Mapping
from typing import Any, TypeVar

from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.store.state import Record, Table

R = TypeVar("R", bound=Record)
Identifier = Mapping[str, Any]


def named(table: Table[R], identifier: Identifier, what: str) -> R:
    """The one record that an identifier names; `what` is what it is called in a refusal.

    Raises:
        NotFound: it names nothing.
        NotAllowed: it names more than one record.
    """
    return only(all_named(table, identifier), identifier, what)


def id_of(table: Table[Any], identifier: Identifier | None, what: str) -> str | None:
    """The id of the one record that an optional identifier names; None for none.

    Raises:
        NotFound, NotAllowed: as `named`.
    """
    return None if identifier is None else str(named(table, identifier, what).id)


def all_named(table: Table[R], identifier: Identifier) -> list[R]:
    """Every record that an identifier names. Its key is `id` or the name of an index of the table."""
    ((key, value),) = identifier.items()
    if key == "id":
        record = table.get(value)
        return [] if record is None else [record]
    return table.all(key, value)


def only(found: list[R], identifier: Identifier, what: str) -> R:
    """The record among those `found` under an identifier, if it is one.

    Raises:
        NotFound: there is none.
        NotAllowed: there are several.
    """
    if not found:
        raise NotFound(f"there is no {what} {spelt(identifier)}", rule="unknown-reference-is-refused")
    if len(found) > 1:
        raise NotAllowed(
            f"the {what} {spelt(identifier)} is not one record but {len(found)}; only an id tells them apart",
            rule="ambiguous-reference-is-refused",
        )
    return found[0]


def unpacked(text: str) -> Identifier:
    """An identifier as it stands in a query, its key and its value in one: `number=192`. Source: a client."""
    key, _, value = text.partition("=")
    return {key: value}


def spelt(identifier: Identifier) -> str:
    """An identifier in words: `with the number 192`."""
    ((key, value),) = identifier.items()
    if isinstance(value, dict):
        return f"with the {key.removesuffix('_identifier').replace('_', ' ')} {spelt(value)}"
    return f"with the {key.replace('_', ' ')} {value}"

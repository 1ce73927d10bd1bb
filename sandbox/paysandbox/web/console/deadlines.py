"""Dates of records on which something becomes due or expires."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from paysandbox.control.masking import MASK, Masks
from paysandbox.control.timestamps import format_timestamp
from paysandbox.kit.provider import Service
from paysandbox.store.state import State

# The name of a property, under which records of any provider have such a date.
_NAME: Final = re.compile(r"due_?(?:date|on|at)?|expir(?:es|y|ation)_?(?:date|on|at)?", re.IGNORECASE | re.ASCII)


class Deadline(Struct, frozen=True):
    """A date of a record: a property, or what happens then. It has passed at the time `passes` (UTC), a day at its end.

    `key` is masked where it is a credential.
    """

    provider: str
    table: str
    key: str
    name: str
    value: str
    passes: datetime

    @property
    def moment(self) -> str:
        return format_timestamp(self.passes)


def list_deadlines(service: Service, state: State) -> Iterator[Deadline]:
    """Yield the deadlines of a provider's records; a key that is a credential is masked."""
    yield from _list_dates(service.provider.name, state)
    masks, defs = Masks(service), state.table_defs()
    for table, key, what, passes in service.provider.expiries(state) if service.provider.expiries else ():
        shown = MASK if masks.is_property(defs[table].key_name) else str(key)
        yield Deadline(service.provider.name, table, shown, what, format_timestamp(passes), passes)


def _list_dates(provider: str, state: State) -> Iterator[Deadline]:
    for table, table_def in state.table_defs().items():
        fields = [field for field in msgspec.structs.fields(table_def.record) if _NAME.fullmatch(field.encode_name)]
        if not fields:
            continue
        for record in state.table(table).records():
            for field in fields:
                value = getattr(record, field.name)
                passes = _find_end(value)
                if passes is not None:
                    text = value if isinstance(value, str) else value.isoformat()
                    yield Deadline(provider, table, str(table_def.key(record)), field.encode_name, text, passes)


def _find_end(value: Any) -> datetime | None:
    """Return the time at which a date has passed; None for what is no date."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    try:
        if isinstance(value, datetime):
            return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
        return datetime.combine(value + timedelta(days=1), time(), UTC) if isinstance(value, date) else None
    except OverflowError:  # the last day that there is never ends
        return None

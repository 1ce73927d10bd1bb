"""Dates of records on which something becomes due or expires."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from paysandbox.control.timestamps import format_timestamp
from paysandbox.store.state import State

# The name of a property, under which records of any provider have such a date.
_NAME: Final = re.compile(r"due_?(?:date|on|at)?|expir(?:es|y|ation)_?(?:date|on|at)?", re.IGNORECASE | re.ASCII)


class Deadline(Struct, frozen=True):
    """A date of a record, as the record has it. It has passed at the time `passes`, in UTC: a day at its end."""

    provider: str
    table: str
    key: str
    name: str
    value: str
    passes: datetime

    @property
    def moment(self) -> str:
        return format_timestamp(self.passes)


def list_deadlines(provider: str, state: State) -> Iterator[Deadline]:
    """Yield the deadlines of a provider's records."""
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

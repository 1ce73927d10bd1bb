"""Forms whose examples name records that a namespace has, because its fixtures' may have been deleted there."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from heapq import nlargest
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from paysandbox.control.records import find_record
from paysandbox.core.exact_json import read_json
from paysandbox.store.state import Baseline, Record, State
from paysandbox.web.console.contract_view.limits import format_json
from paysandbox.web.console.contract_view.reference import Example, Field, Form, Reference

CHOICES: Final = 20  # keys that a form offers for a parameter
_LOOKED_AT: Final = 1000  # of the newest records of a table
_SHORTEST: Final = 8  # characters of a string in a body that is taken for a key


class ExampleRecords:
    """Finds the records of a state that can stand for the ones that examples name."""

    def __init__(self, state: State, baseline: Baseline) -> None:
        self._state = state
        self._rows = baseline.fixture_rows
        self._tables: dict[Any, str] = {}
        for name, rows in self._rows.items():
            for key in rows.records:
                self._tables.setdefault(str(key), name)

    def list_keys(self, example: str, template: str, name: str) -> tuple[str, ...]:
        """List keys of records for a parameter of a path: of the example if it exists, then of those most like it."""
        table = self._tables.get(example) or self._name_table(template, name)
        return () if table is None else tuple(dict.fromkeys(self._list_like(example, table)))

    def replace_keys(self, value: Any) -> Any:
        """Replace each string in a body that is the key of a record which does not exist any more."""
        if isinstance(value, Mapping):
            return {name: self.replace_keys(inside) for name, inside in value.items()}
        if isinstance(value, list):
            return [self.replace_keys(inside) for inside in value]
        if isinstance(value, str) and len(value) >= _SHORTEST and value in self._tables:
            return next(self._list_like(value, self._tables[value]), value)
        return value

    def _name_table(self, template: str, name: str) -> str | None:
        """Return the table that the path names before the parameter, as `/invoices/{id}` does."""
        found = re.search(rf"/([^/{{]+)/{re.escape(f'{{{name}}}')}", template)
        table = found[1].replace("-", "_") if found else ""
        # A parameter of another name, as `externalId`, has no key of the table.
        is_key = name == "id" or name.endswith("-id") or table.startswith(name)
        return table if is_key and table in self._state.table_defs() else None

    def _list_like(self, example: str, name: str) -> Iterator[str]:
        """Yield the keys of the records most like an example, which may not exist any more."""
        table, key = self._state.table(name), self._state.table_defs()[name].key
        existing = find_record(example, table)
        if existing is not None:
            yield example
        records = self._rows[name].records
        model = existing or records.get(example) or (records.get(int(example)) if example.isdecimal() else None)
        newest = reversed(deque(table.records(), maxlen=_LOOKED_AT))
        for record in nlargest(CHOICES, newest, key=lambda record: _count_alike(record, model)):
            yield str(key(record))


def _count_alike(record: Record, model: Record | None) -> int:
    """Count the properties that two records have in common: an account, a state, a currency."""
    if model is None:
        return 0
    return sum(getattr(record, field.name) == getattr(model, field.name) for field in msgspec.structs.fields(model))


def adapt_forms(view: Reference, state: State, baseline: Baseline) -> Reference:
    """Return the view with forms that name records of a state; whatever it has stays as the contract says it."""
    records = ExampleRecords(state, baseline)
    entries = (replace(entry, form=_adapt_form(entry.form, records)) for entry in view.entries)
    return replace(view, entries=tuple(entries))


def choose_namespace(view: Reference) -> Reference:
    """Return the view of the control plane with forms whose paths name the chosen namespace."""

    def choose(field: Field) -> Field:
        return replace(field, value=view.namespace) if (field.place, field.name) == ("path", "ns") else field

    entries = (
        replace(entry, form=replace(entry.form, fields=tuple(map(choose, entry.form.fields)))) for entry in view.entries
    )
    return replace(view, entries=tuple(entries))


def _adapt_form(form: Form, records: ExampleRecords) -> Form:
    fields = tuple(_adapt_field(field, form.path, records) for field in form.fields)
    if form.body is None:
        return replace(form, fields=fields)
    examples = tuple(_adapt_example(example, records) for example in form.body.examples)
    return replace(form, fields=fields, body=replace(form.body, examples=examples))


def _adapt_field(field: Field, template: str, records: ExampleRecords) -> Field:
    keys = records.list_keys(field.value, template, field.name) if field.place == "path" else ()
    return replace(field, value=keys[0], choices=keys) if keys else field


def _adapt_example(example: Example, records: ExampleRecords) -> Example:
    value = read_json(example.text.encode())
    adapted = records.replace_keys(value)
    return example if adapted == value else replace(example, text=format_json(adapted))

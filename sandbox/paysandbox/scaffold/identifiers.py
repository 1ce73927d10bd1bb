"""The source of new keys, in the form of those that a document shows."""

import re
from collections.abc import Iterator
from typing import Any, Final

from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.resources import Resource
from paysandbox.scaffold.shapes import get_kind

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIX: Final = re.compile(r"[A-Za-z]+[-_]")
_DIGITS: Final = "0123456789abcdef" * 8
_LEAST: Final = 8  # fewer digits of a hash are soon given twice
_LENGTHS: Final = (12, 8, 10, 16, 20, 24, 32, 6, 4)


def write_new_key(draft: Draft, resource: Resource, in_path: Any, key: Any) -> str:
    """Return the source of a new key; `key` is the one in the fixtures, `in_path` the schema of the path parameter."""
    schema = resource.properties[resource.key]
    if get_kind(draft, schema) == "integer":
        return f'{key} + state.next_number("{resource.singular}")'
    for sample, source in _list_forms(resource, str(key)):
        if draft.is_valid(schema, sample) and draft.is_valid(in_path, sample):
            return source
    draft.notes.add("No new keys of the documented form could be made", resource.table)
    return f'state.hex_id("{resource.singular}", 12)'


def _list_forms(resource: Resource, key: str) -> Iterator[tuple[str, str]]:
    """Yield samples of keys, each with its source, the most likely form first."""
    kind = resource.singular
    uuid = ("5f0c9f8e-7d1b-4c3a-9a62-0d4f1c2b3e47", f'state.uuid("{kind}")')
    if _UUID.fullmatch(key):
        yield uuid
    match = _PREFIX.match(key)
    prefix = match[0] if match is not None else ""
    rest = key[len(prefix) :]
    lengths = dict.fromkeys([*([len(rest)] if len(rest) >= _LEAST else []), *_LENGTHS])
    if rest.isdigit():
        for length in dict.fromkeys([len(rest), *lengths]):
            number = f"{{{int(rest) if length == len(rest) else 0} + state.next_number('{kind}'):0{length}}}"
            yield f"{prefix}{7:0{length}}", f'f"{prefix}{number}"'
    for length in filter(None, lengths):
        made = f'state.hex_id("{kind}", {length})'
        yield prefix + _DIGITS[:length], f'"{prefix}" + {made}' if prefix else made
        yield (
            prefix + _DIGITS[:length].upper(),
            f'"{prefix}" + {made}.upper()' if prefix else f"{made}.upper()",
        )
    yield uuid

"""The outer form of a provider's fixtures: their sections, and what each of them may hold."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from paysandbox.contract.variants import Variant, write_choice
from paysandbox.kit.fixture_records import LocatedError
from paysandbox.kit.provider import Provider

EXTENDS: Final = "extends"
DEFAULT: Final = "default"
WEBHOOKS: Final = "webhooks"
_MAPPINGS: Final = ("variants", "credentials", "counters", "tables")
SECTIONS: Final = (EXTENDS, *_MAPPINGS[:-1], WEBHOOKS, "tables")


def get_section(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a section of a provider's fixtures; empty if it is missing."""
    return value.get(name) or {}


def is_of_one_provider(value: Mapping[str, Any], providers: Collection[str]) -> bool:
    """Tell whether a file has the sections of one provider, not a mapping of providers to their sections."""
    return any(name in value for name in SECTIONS) and not any(name in value for name in providers)


def find_form_errors(value: Any, provider: Provider, variants: Mapping[str, Variant] | None) -> Iterator[LocatedError]:
    """Yield errors of sections, variants, credentials, counters and names of tables.

    `variants` are those of the contract; None if it could not be read, and they are not checked.
    """
    if not isinstance(value, dict):
        yield (), "a fixture file is a mapping with variants, credentials and tables"
        return
    for name in value:
        if name not in SECTIONS:
            yield (name,), f"unknown section {name!r}; the sections are {', '.join(SECTIONS)}"
    if value.get(EXTENDS) not in {None, DEFAULT}:
        yield (EXTENDS,), f"{EXTENDS} can only be {DEFAULT}: the provider's default fixtures"
    for section in _MAPPINGS:
        if not isinstance(value.get(section, {}) or {}, dict):
            yield (section,), f"{section} must be a mapping"
            return
    yield from _find_value_errors(value)
    if variants is not None:
        yield from _find_variant_errors(get_section(value, "variants"), variants)
    yield from _find_table_errors(value, provider)


def _find_table_errors(value: Mapping[str, Any], provider: Provider) -> Iterator[LocatedError]:
    table_defs = provider.state.table_defs()
    for name, rows in get_section(value, "tables").items():
        if name not in table_defs:
            yield ("tables", name), f"unknown table {name!r}; the tables are {', '.join(table_defs)}"
        elif not isinstance(rows or [], list):
            yield ("tables", name), "a table is a list of records"


def _find_value_errors(value: Mapping[str, Any]) -> Iterator[LocatedError]:
    for name, secret in get_section(value, "credentials").items():
        if not isinstance(secret, str):
            yield ("credentials", name), "a credential must be a string; put it in quotes"
    for name, count in get_section(value, "counters").items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            yield ("counters", name), "a counter is the number of ids made so far: an integer, not below 0"


def _find_variant_errors(chosen: Mapping[str, Any], variants: Mapping[str, Variant]) -> Iterator[LocatedError]:
    for name, choice in chosen.items():
        if name not in variants:
            yield ("variants", name), f"unknown variant {name!r}; the variants are {', '.join(variants)}"
        elif write_choice(choice) not in variants[name].choices:
            yield ("variants", name), f"{choice!r} is not one of {', '.join(variants[name].choices)}"

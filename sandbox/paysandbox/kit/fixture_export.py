"""The state of a provider as the sections of a fixture file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from paysandbox.kit.fixture_form import WEBHOOKS
from paysandbox.kit.fixtures import find_credential_errors
from paysandbox.kit.provider import Provider
from paysandbox.store.state import Record, State


def export_state(state: State, provider: Provider, credentials: Mapping[str, str]) -> dict[str, Any]:
    """Return variants, credentials, id counters, endpoints and all records; what is at its default is left out of them.

    A credential that no record bears out, such as a token after its logout, is left out too.

    A start from them continues where the state is, with the same next ids in a namespace of the same name.
    """
    useless = {name for name, _ in find_credential_errors(provider, state, credentials)}
    endpoints = [] if state.webhooks is None or provider.webhooks is None else state.webhooks.endpoints
    taking = [endpoint.define() for endpoint in endpoints if endpoint.takes_any(provider.name)]
    return {
        "variants": dict(state.variants),
        "credentials": {name: value for name, value in credentials.items() if name not in useless},
        "counters": state.counters(),
        **({WEBHOOKS: list(map(_encode, dict.fromkeys(taking)))} if taking else {}),
        "tables": {name: [_encode(record) for record in state.table(name).records()] for name in state.table_defs()},
    }


def _encode(record: Record) -> dict[str, Any]:
    properties: dict[str, Any] = msgspec.to_builtins(record, builtin_types=(Decimal,))
    for field in msgspec.structs.fields(record):
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        # By their text, because 0.00 and 0 are equal, and may be answered as they are spelled.
        if repr(getattr(record, field.name)) == repr(default):
            del properties[field.encode_name]
    return properties

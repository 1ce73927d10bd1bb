"""Invisible Collector: registering payments of debts. Source: its page for POST /payments."""

from sandbox.provider import Provider
from sandbox.providers.invisible_collector import advice, errors, laws, operations
from sandbox.providers.invisible_collector.records import InvisibleCollectorState

PROVIDER = Provider(
    name="invisible_collector",
    operations=operations,
    state=InvisibleCollectorState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advice.advise,
    laws=laws.LAWS,
    marked=("token",),
    tolerates_double_slash=True,  # a client library builds `//payments` from a base URL with a trailing slash
)

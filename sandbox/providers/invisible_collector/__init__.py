"""Invisible Collector: debts, the notes that change them, and payments. Source: its page for POST /payments."""

from sandbox.provider import Provider
from sandbox.providers.invisible_collector import advice, debts, errors, laws, operations
from sandbox.providers.invisible_collector.records import InvisibleCollectorState

PROVIDER = Provider(
    name="invisible_collector",
    operations=(operations, debts),
    state=InvisibleCollectorState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advice.advise,
    laws=laws.LAWS,
    marked=("token",),
    tolerates_double_slash=True,  # a client library builds `//payments` from a base URL with a trailing slash
)

"""Invisible Collector: debts, the notes that change them, and payments."""

from paysandbox.kit.provider import Provider
from paysandbox.providers.invisible_collector import errors, hints, invariants, operations
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from paysandbox.providers.invisible_collector.statements import STATEMENTS

PROVIDER = Provider(
    name="invisible_collector",
    operations=operations,
    state=InvisibleCollectorState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=hints.advise,
    invariants=invariants.INVARIANTS,
    statements=STATEMENTS,
    namespace_credentials=("token",),
    optional_version="/v1",  # the vendor's pages have both forms of every path
    tolerates_double_slash=True,  # a client library builds `//payments` from a base URL with a trailing slash
)

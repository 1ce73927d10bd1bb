"""Piggybank, a toy."""

from paysandbox.providers.piggybank import errors, operations
from paysandbox.providers.piggybank.records import PiggybankState, overfull

from paysandbox.kit.provider import Invariant, Provider

PROVIDER = Provider(
    name="piggybank",
    operations=operations,
    state=PiggybankState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    invariants=(Invariant("full-is-full", "No bank has more coins than fit in.", overfull),),
    namespace_credentials=("api_key",),
)

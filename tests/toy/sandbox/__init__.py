"""Piggybank, a toy."""

from sandbox.provider import Law, Provider
from sandbox.providers.piggybank import errors, operations
from sandbox.providers.piggybank.records import PiggybankState, overfull

PROVIDER = Provider(
    name="piggybank",
    operations=operations,
    state=PiggybankState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    laws=(Law("full-is-full", "No bank has more coins than fit in.", overfull),),
    marked=("api_key",),
)

"""Piggybank, a toy."""

from sandbox.provider import Provider
from sandbox.providers.piggybank import errors, operations
from sandbox.providers.piggybank.records import PiggybankState

PROVIDER = Provider(
    name="piggybank",
    operations=operations,
    state=PiggybankState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
)

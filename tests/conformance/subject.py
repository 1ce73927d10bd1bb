"""One API under contract test, on contracts and fixtures that are read once for all tests of it."""

from functools import cache

from sandbox.app import create_world
from sandbox.check.subject import Subject as CheckedSubject
from sandbox.provider import installed
from sandbox.world import CONTROL, World
from tests.support import fresh_world


def names() -> list[str]:
    """Every installed provider, and the control plane."""
    return [*(provider.name for provider in installed()), CONTROL]


@cache
def base_world(name: str) -> World:
    """Contracts and fixtures, read once; the provider's own only, as a broken neighbour must not fail its tests."""
    providers = list(installed())
    return create_world(providers=[one for one in providers if one.name == name] if name != CONTROL else providers)


class Subject(CheckedSubject):
    """An API with a world of its own, over those that were read before; its clock stands at noon."""

    def __init__(self, name: str) -> None:
        super().__init__(name, fresh_world(base_world(name)))

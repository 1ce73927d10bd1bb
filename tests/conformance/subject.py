"""One API under contract test, on contracts and fixtures that are read once for all tests of it."""

from functools import cache

from paysandbox.app import create_runtime
from paysandbox.check.subject import Subject as CheckedSubject
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL, Runtime
from tests.helpers.runtimes import fresh_runtime


def names() -> list[str]:
    """Every installed provider, and the control plane."""
    return [*(provider.name for provider in find_providers()), CONTROL]


@cache
def base_runtime(name: str) -> Runtime:
    """Contracts and fixtures, read once; the provider's own only, as a broken neighbour must not fail its tests."""
    providers = list(find_providers())
    return create_runtime(providers=[one for one in providers if one.name == name] if name != CONTROL else providers)


class Subject(CheckedSubject):
    """An API with a world of its own, over those that were read before; its clock stands at noon."""

    def __init__(self, name: str) -> None:
        super().__init__(name, fresh_runtime(base_runtime(name)))

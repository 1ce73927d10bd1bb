"""Fixtures for all tests: contracts and fixtures are read once, and each test has a sandbox of its own."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox.world import World
from tests.judges.rules_passed import RulesPassed
from tests.support import Client, broken_laws, fresh_world, read_world

# Test machines are noisy: no test fails on a time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

collect_ignore = ["toy"]  # its tests run in the copy that test_layout.py makes


def pytest_configure(config: pytest.Config) -> None:
    """Every rule of a contract is to be passed through by a test of its provider."""
    config.pluginmanager.register(RulesPassed(), "rules-passed")


@pytest.fixture(scope="session")
def base_world() -> World:
    """Contracts and fixtures, read once; nobody writes to it."""
    return read_world()


@pytest.fixture
def world(base_world: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """A sandbox of the test's own; it is 2026-03-31T12:00:00Z there.

    Whatever the test does, the ledgers' laws hold in the end, unless it is marked to break them on purpose.
    """
    made = fresh_world(base_world)
    yield made
    if request.node.get_closest_marker("breaks_laws") is None:
        assert broken_laws(made) == []


@pytest.fixture
def client(world: World) -> Client:
    """Calls the sandbox at its shared root."""
    return Client(world)

"""Fixtures for all tests: contracts and fixtures are read once, and each test has a sandbox of its own."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from paysandbox.kit.runtime import Runtime
from tests.conformance.second_validator.rules_passed import RulesPassed
from tests.helpers.runtimes import Client, broken_invariants, fresh_runtime, read_runtime

# Test machines are noisy: no test fails on a time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

collect_ignore = ["toy"]  # its tests run in the copy that test_layout.py makes


def pytest_configure(config: pytest.Config) -> None:
    """Every rule of a contract is to be passed through by a test of its provider."""
    config.pluginmanager.register(RulesPassed(), "rules-passed")


@pytest.fixture(scope="session")
def base_runtime() -> Runtime:
    """Contracts and fixtures, read once; nobody writes to it."""
    return read_runtime()


@pytest.fixture
def runtime(base_runtime: Runtime, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A sandbox of the test's own; it is 2026-03-31T12:00:00Z there.

    Whatever the test does, the ledgers' laws hold in the end, unless it is marked to break them on purpose.
    """
    made = fresh_runtime(base_runtime)
    yield made
    if request.node.get_closest_marker("breaks_invariants") is None:
        assert broken_invariants(made) == []


@pytest.fixture
def client(runtime: Runtime) -> Client:
    """Calls the sandbox at its shared root."""
    return Client(runtime)

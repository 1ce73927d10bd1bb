"""Fixtures for all tests: contracts and fixtures are read once, and each test has a sandbox of its own."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from paysandbox.app import create_runtime
from paysandbox.kit.runtime import Runtime
from tests.conformance.second_validator.rules_passed import RulesPassed
from tests.helpers.lanes import COLLECTED, mark_lanes
from tests.helpers.parameter_ids import shorten_ids
from tests.helpers.round_trip import ROUND_TRIP, check_round_trips
from tests.helpers.runtimes import Client, broken_invariants, fresh_runtime, read_runtime

# Test machines are noisy: no test fails on a time.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", parent=settings.get_profile("patient"), max_examples=15)  # for the fast lane
settings.load_profile("patient")

# A shell lets background jobs ignore SIGINT, and processes that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

collect_ignore = ["toy"]  # its tests run in the copy that test_layout.py makes


def pytest_configure(config: pytest.Config) -> None:
    """Register the check that a test of its provider passes through each rule of a contract."""
    config.pluginmanager.register(RulesPassed(), "rules-passed")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make ids that can be read, before pytest makes its own."""
    shorten_ids(metafunc)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the lanes, and keep all ids, before `-m` chooses among them."""
    mark_lanes(items)
    config.stash[COLLECTED] = [item.nodeid for item in items]


@pytest.fixture(scope="session")
def base_runtime() -> Runtime:
    """Contracts and fixtures, edge cases included, read once and never written to."""
    return read_runtime()


@pytest.fixture(scope="session")
def packaged_runtime() -> Runtime:
    """The sandbox as users get it: contracts and default fixtures, read once and never written to."""
    return create_runtime()


@pytest.fixture
def runtime(base_runtime: Runtime, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A sandbox of the test's own, whose clock stands at 2026-03-31T12:00:00Z.

    When the test ends, all invariants hold, unless it is marked `breaks_invariants`.
    """
    made = fresh_runtime(base_runtime)
    yield made
    if request.node.get_closest_marker("breaks_invariants") is None:
        assert broken_invariants(made) == []
        if request.config.pluginmanager.has_plugin(ROUND_TRIP):
            check_round_trips(made)


@pytest.fixture
def client(runtime: Runtime) -> Client:
    """Calls the sandbox at its shared root."""
    return Client(runtime)

"""What the tests of every provider share."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import Observation
from tests.helpers.observers import observe_exchanges
from tests.helpers.places import find_misplaced
from tests.helpers.runtimes import Client
from tests.providers.known import Passed


@pytest.fixture(autouse=True)
def places_exist() -> Iterator[None]:
    """Hold each place that a rule names in a refusal against the request."""
    misplaced: list[str] = []
    with observe_exchanges(lambda observation: misplaced.extend(find_misplaced(observation))):
        yield
    assert misplaced == []


@pytest.fixture
def passed(runtime: Runtime) -> Passed:
    """Return a function that makes a call, on top of those before it, and returns the rules that it passed through."""

    def call_and_list_rules(provider: str, call: str, body: Any = None, *, query: str = "", **headers: str) -> set[str]:
        method, path = call.split(" ")
        sent: Mapping[str, str] = {"content-type": "application/json"} | headers
        client = Client(runtime, f"/{runtime.services[provider].provider.prefix}")
        seen: list[Observation] = []
        with observe_exchanges(seen.append):
            client.call(
                method,
                path,
                content=write_json(body),
                headers={name.replace("_", "-"): value for name, value in sent.items()},
                query=query,
            )
        (observation,) = seen
        assert observation.outcome.breach is None
        return set(observation.outcome.rules)

    return call_and_list_rules

"""What the tests of every provider share."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sandbox.answer import answer
from sandbox.documents import write_json
from sandbox.exchange import Request
from sandbox.world import World

Passed = Callable[..., set[str]]


@pytest.fixture
def passed(world: World) -> Passed:
    """Makes a call, on top of those before it, and tells through which rules it passed."""

    def rules(provider: str, call: str, body: Any = None, *, query: str = "", **headers: str) -> set[str]:
        method, path = call.split(" ")
        sent: Mapping[str, str] = {"content-type": "application/json"} | headers
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=[(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
            content=write_json(body),
        )
        done = answer(request, world.services[provider], world.namespaces.get("default").state(provider))
        assert done.breach is None
        return set(done.rules)

    return rules

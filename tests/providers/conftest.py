"""What the tests of every provider share."""

from collections.abc import Mapping
from typing import Any

import pytest

from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.process import process
from tests.providers.known import Passed


@pytest.fixture
def passed(runtime: Runtime) -> Passed:
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
        done = process(request, runtime.services[provider], runtime.namespaces.get("default").state(provider))
        assert done.breach is None
        return set(done.rules)

    return rules

"""Query parameters that no contract has: every operation of every provider refuses them, or passes over them."""

from urllib.parse import urlencode

import pytest

from paysandbox.contract.operation import Operation
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, dump, read_runtime
from tests.helpers.valid_calls import valid_call

ALL = [
    pytest.param(name, operation, id=f"{name}-{operation.id}")
    for name, service in read_runtime().services.items()
    for operation in service.contract.operations
]


@pytest.mark.parametrize(("provider", "operation"), ALL)
def test_an_unknown_parameter_is_refused_or_passed_over(
    client: Client, runtime: Runtime, provider: str, operation: Operation
) -> None:
    """A refused call changes nothing; under `unknown_members: ignore` the call is what it would be without it."""
    call = valid_call(runtime, provider, operation)
    query = urlencode({**call.parameters, "colour": "red"}, safe="~")
    before = dump(runtime, provider)
    refused = call.send(client, query=query)
    assert not call.carried_out(refused, runtime)
    assert "?colour: unknown query parameter 'colour'" in refused.explain
    assert "[assumed: house decision: unknown query parameters are refused]" in refused.explain
    assert dump(runtime, provider) == before
    variants = {one.name: {"unknown_members": "ignore"} for one in find_providers()}
    assert client.post("/_sandbox/namespaces", {"name": "lenient", "variants": variants}).status == 201
    passed = call.send(client, query=query, X_Sandbox_Namespace="lenient")
    assert call.carried_out(passed, runtime), passed


def test_the_control_plane_passes_over_them(client: Client) -> None:
    """Browsers and proxies add some to defeat caches."""
    assert client.get("/_sandbox/health", query="_=1764300000").status == 200

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


@pytest.mark.parametrize(
    ("path", "query", "detail"),
    [
        ("/health", "_=1764300000", "?_: unknown query parameter '_'"),
        ("/coverage", "fromat=json", "?fromat: unknown query parameter 'fromat' (did you mean 'format'?)"),
        ("/namespaces/default/requests", "limt=1", "?limt: unknown query parameter 'limt' (did you mean 'limit'?)"),
        ("/namespaces/default/requests", "limit=1&a=1&b=2", "?a: unknown query parameter 'a' (known: provider, "),
    ],
)
def test_the_control_plane_refuses_them(client: Client, path: str, query: str, detail: str) -> None:
    """A misspelt filter would otherwise answer everything."""
    refused = client.get(f"/_sandbox{path}", query=query)
    assert refused.status == 400
    assert refused.json["detail"].startswith(detail)


@pytest.mark.parametrize("operation", read_runtime().control.contract.operations, ids=lambda operation: operation.id)
def test_every_operation_of_the_control_plane_refuses_them(client: Client, operation: Operation) -> None:
    """Before anything else of the call is judged, so that nothing happens."""
    names = {"ns": "default", "name": "fixtures", "table": "a", "key": "a", "id": "fault-1"}
    path = operation.template.format(**names, provider=next(iter(client.runtime.services)))
    refused = client.call(operation.method, f"/_sandbox{path}", json={}, query="colour=red")
    assert refused.status == 400, refused
    assert "?colour: unknown query parameter 'colour'" in refused.json["detail"]


def test_the_control_plane_does_nothing_then(client: Client) -> None:
    """Neither a namespace nor a reset comes of such a call."""
    assert client.post("/_sandbox/namespaces", {"name": "extra"}, query="colour=red").status == 400
    assert client.get("/_sandbox/namespaces/extra").status == 404

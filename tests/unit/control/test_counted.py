"""DELETE of a namespace with `counted=false`: what its calls exercised is forgotten with it."""

import pytest

from tests.helpers.runtimes import Client


@pytest.mark.parametrize(("query", "left"), [("", True), ("counted=true", True), ("counted=false", False)])
def test_what_a_namespace_exercised_can_go_with_it(client: Client, query: str, *, left: bool) -> None:
    """By default it still counts for the sandbox as a whole."""
    client.post("/ns/gone/invoiless/v1/payments", {})
    client.get("/ns/gone/invoiless/v1/payments/659814049b3e7d00418c3145")
    assert client.delete("/_sandbox/namespaces/gone", query=query).status == 204
    assert (client.get("/_sandbox/coverage").json["exercised"] > 0) is left


def test_anything_else_is_refused(client: Client) -> None:
    client.get("/ns/kept/invoiless/v1/payments/659814049b3e7d00418c3145")
    assert client.delete("/_sandbox/namespaces/kept", query="counted=perhaps").status == 400
    assert client.get("/_sandbox/namespaces/kept").status == 200
